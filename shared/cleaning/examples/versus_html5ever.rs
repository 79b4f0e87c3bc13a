//! Cleaning beside a bare html5ever parse of the same pages, one thread, in turns, median of N runs:
//! `versus_html5ever N < requests`, one `{"path"}` a line.

use std::io::{BufRead as _, Read as _, Write as _};
use std::time::Instant;

use serde_json::Value;
use wiredesk_cleaning::{Hints, clean_html};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runs: usize = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "5".to_owned())
        .parse()?;
    let mut pages = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let bytes = std::fs::read(request["path"].as_str().unwrap_or_default())?;
        let mut html = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut html)?;
        pages.push(String::from_utf8_lossy(&html).into_owned());
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ours.push(seconds(&pages, |page| {
            std::hint::black_box(clean_html(page, &Hints::default()).is_ok());
        }));
        theirs.push(seconds(&pages, |page| {
            std::hint::black_box(scraper::Html::parse_document(page));
        }));
    }
    report("clean_html", &pages, ours)?;
    report("html5ever parse", &pages, theirs)?;
    Ok(())
}

fn seconds(pages: &[String], work: impl Fn(&str)) -> f64 {
    let start = Instant::now();
    for page in pages {
        work(page);
    }
    start.elapsed().as_secs_f64()
}

fn report(name: &str, pages: &[String], mut seconds: Vec<f64>) -> std::io::Result<()> {
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let megabytes = pages.iter().map(String::len).sum::<usize>() as f64 / 1e6;
    let (count, rate) = (pages.len(), pages.len() as f64 / median);
    let line = format!(
        "{name}: {count} pages, {megabytes:.1} MB, {median:.3} s, {rate:.0} pages/s, {:.0} MB/s\n",
        megabytes / median
    );
    std::io::stdout().write_all(line.as_bytes())
}
