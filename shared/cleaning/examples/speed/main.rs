//! Pages a second beside others: `speed REQUESTS RUNS [html5ever] [dom_smoothie]
//! [trafilatura=PYTHON]`, with `{"id","path"}` lines in the file REQUESTS.
//!
//! One thread. All take turns, run by run, and each ratio is the median of those of the runs, so
//! that a busy machine slows all of them down alike. `digest` in place of RUNS tells a number of
//! everything that comes out: it is the same before and after a change for speed alone. `memory`
//! reads and cleans page by page and tells the most memory that the process took.

#[path = "../requests/mod.rs"]
mod requests;

mod peers;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufReader, Write as _};
use std::time::Instant;

use wiredesk_cleaning::{Hints, clean_html};

use peers::Peer;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, runs, peers @ ..] = arguments.as_slice() else {
        return Err("name the file of requests and the number of runs".into());
    };
    let input = || std::fs::File::open(file).map(BufReader::new);
    if runs == "memory" {
        return tell_memory(requests::pages(input()?));
    }
    let pages = requests::pages(input()?)
        .map(|page| page.map(|page| page.html))
        .collect::<Outcome<Vec<_>>>()?;
    if runs == "digest" {
        return tell_digest(&pages);
    }
    let mut peers = peers
        .iter()
        .map(|name| Peer::named(name, file))
        .collect::<Outcome<Vec<_>>>()?;
    tell_speed(&pages, runs.parse()?, &mut peers)
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}

fn tell_speed(pages: &[String], runs: usize, peers: &mut [Peer]) -> Outcome<()> {
    let mut ours = Vec::new();
    let mut theirs = vec![Vec::new(); peers.len()];
    // A first run of each fills caches and tables, and does not count.
    for run in 0..=runs {
        let seconds = timed(pages, |page| {
            std::hint::black_box(clean_html(page, &Hints::default()).is_ok());
        });
        ours.extend((run > 0).then_some(seconds));
        for (peer, all) in peers.iter_mut().zip(&mut theirs) {
            let seconds = peer.seconds(pages)?;
            all.extend((run > 0).then_some(seconds));
        }
    }
    let bytes = pages.iter().map(String::len).sum::<usize>() as f64;
    say(&format!("{} pages, {:.1} MB", pages.len(), bytes / 1e6))?;
    let tell = |name: &str, seconds: &[f64]| {
        let middle = median(seconds.to_vec());
        let ratios = seconds
            .iter()
            .zip(&ours)
            .map(|(theirs, ours)| theirs / ours);
        say(&format!(
            "{name:14} {:7.0} pages/s {:6.0} MB/s   wiredesk is {:.2} times as fast",
            pages.len() as f64 / middle,
            bytes / 1e6 / middle,
            median(ratios.collect()),
        ))
    };
    tell("wiredesk", &ours)?;
    for (peer, seconds) in peers.iter().zip(&theirs) {
        tell(peer.name(), seconds)?;
    }
    Ok(())
}

fn timed(pages: &[String], work: impl Fn(&str)) -> f64 {
    let start = Instant::now();
    for page in pages {
        work(page);
    }
    start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn tell_digest(pages: &[String]) -> Outcome<()> {
    let mut digest = DefaultHasher::new();
    for page in pages {
        format!("{:?}", clean_html(page, &Hints::default())?).hash(&mut digest);
    }
    say(&format!("{:016x}", digest.finish()))?;
    Ok(())
}

fn tell_memory(pages: impl Iterator<Item = Outcome<requests::Page>>) -> Outcome<()> {
    let mut largest = 0;
    for page in pages {
        let page = page?;
        largest = largest.max(page.html.len());
        std::hint::black_box((clean_html(&page.html, &Hints::default())?, page.id));
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .map_or("unknown", str::trim);
    say(&format!("largest page {largest} bytes, most memory {peak}"))?;
    Ok(())
}
