//! How fast documents become items: reads the paths on standard input once, then parses all of
//! them again and again on one thread, and tells the best run.
//!
//! `find feeds -type f | cargo run --release -p wiredesk-formats --example measure -- 20`

use std::io::BufRead;
use std::time::{Duration, Instant};

use wiredesk_formats::{Hints, parse};

fn main() -> std::io::Result<()> {
    let runs: usize = std::env::args()
        .nth(1)
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(10);
    let mut documents = Vec::new();
    for path in std::io::stdin().lock().lines() {
        documents.push(std::fs::read(path?)?);
    }
    let bytes: usize = documents.iter().map(Vec::len).sum();
    let mut best = Duration::MAX;
    let mut items = 0;
    for _ in 0..runs.max(1) {
        let begun = Instant::now();
        items = documents
            .iter()
            .filter_map(|document| parse(document, &Hints::default()).ok())
            .map(|feed| feed.items.len())
            .sum();
        best = best.min(begun.elapsed());
    }
    let seconds = best.as_secs_f64();
    let megabytes = bytes as f64 / 1e6;
    let mut out = std::io::stdout().lock();
    std::io::Write::write_fmt(
        &mut out,
        format_args!(
            "{} documents, {megabytes:.1} MB, {items} items in {seconds:.3} s: {:.0} documents/s, {:.0} MB/s\n",
            documents.len(),
            documents.len() as f64 / seconds,
            megabytes / seconds
        ),
    )
}
