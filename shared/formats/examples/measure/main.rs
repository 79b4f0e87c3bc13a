//! How fast documents become items beside feed-rs: reads the paths on standard input once, keeps
//! the documents that both can read, then lets both read all of them in turn, again and again on
//! one thread, and tells the best run of each.
//!
//! `find feeds -type f | cargo run --release -p wiredesk-formats --example measure -- 20`

use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use wiredesk_formats::{Hints, parse};

/// Reads a document and counts its items; none where it cannot be read.
type Reader = fn(&[u8]) -> Option<usize>;

fn ours(bytes: &[u8]) -> Option<usize> {
    Some(parse(bytes, &Hints::default()).ok()?.items.len())
}

fn theirs(bytes: &[u8]) -> Option<usize> {
    let read = || feed_rs::parser::parse(bytes).ok();
    // It panics on some encodings.
    let feed = std::panic::catch_unwind(read).ok().flatten()?;
    Some(feed.entries.len())
}

fn main() -> std::io::Result<()> {
    let runs: usize = std::env::args()
        .nth(1)
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(10);
    let mut documents = Vec::new();
    for path in std::io::stdin().lock().lines() {
        documents.push(std::fs::read(path?)?);
    }
    let given = documents.len();
    documents.retain(|bytes| ours(bytes).is_some() && theirs(bytes).is_some());
    let readers: [(&str, Reader); 2] = [("wiredesk", ours), ("feed-rs", theirs)];
    let mut best = [Duration::MAX; 2];
    let mut items = [0; 2];
    for _ in 0..runs.max(1) {
        for (place, (_, read)) in readers.iter().enumerate() {
            let begun = Instant::now();
            items[place] = documents.iter().filter_map(|bytes| read(bytes)).sum();
            best[place] = best[place].min(begun.elapsed());
        }
    }
    let megabytes = documents.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} of {given} documents, {megabytes:.1} MB",
        documents.len()
    )?;
    for (place, (name, _)) in readers.iter().enumerate() {
        let seconds = best[place].as_secs_f64();
        writeln!(
            out,
            "{name:8} {:6} items {:8.0} documents/s {:5.0} MB/s {:5.2} x feed-rs",
            items[place],
            documents.len() as f64 / seconds,
            megabytes / seconds,
            best[1].as_secs_f64() / seconds
        )?;
    }
    Ok(())
}
