//! How fast documents become items beside the readers of others: reads the paths on standard input
//! once, keeps the documents that every reader can read, then lets each read all of them in turn,
//! again and again on one thread, and tells the best run of each.
//!
//! `find feeds -type f | cargo run --release -p wiredesk-formats --example measure -- 20`
//!
//! With a Python that has feedparser as the second argument, it reads the same documents, too.

mod peers;
mod repair;

use std::io::{self, BufRead, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use peers::READERS;

/// Runs of feedparser, which takes some hundred times as long as the others.
const PYTHON_RUNS: usize = 3;

/// What a reader came to.
struct Measured {
    name: String,
    items: usize,
    best: Duration,
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let runs = arguments.next().and_then(|runs| runs.parse().ok());
    let python = arguments.next();
    let mut documents = Vec::new();
    for path in io::stdin().lock().lines() {
        let path = path?;
        documents.push((std::fs::read(&path)?, path));
    }
    let given = documents.len();
    // Some of them panic at a document, and would say so.
    std::panic::set_hook(Box::new(|_| {}));
    documents.retain(|(bytes, _)| READERS.iter().all(|reader| (reader.read)(bytes).is_some()));
    let mut measured = measure(&documents, runs.unwrap_or(10));
    if let Some(python) = python {
        measured.push(feedparser(&python, &documents)?);
    }
    tell(&documents, given, &measured)
}

fn measure(documents: &[(Vec<u8>, String)], runs: usize) -> Vec<Measured> {
    let mut measured: Vec<Measured> = READERS
        .iter()
        .map(|reader| Measured {
            name: reader.name.to_owned(),
            items: 0,
            best: Duration::MAX,
        })
        .collect();
    for _ in 0..runs.max(1) {
        for (reader, measured) in READERS.iter().zip(&mut measured) {
            let begun = Instant::now();
            let items = documents
                .iter()
                .filter_map(|(bytes, _)| (reader.read)(bytes));
            measured.items = items.sum();
            measured.best = measured.best.min(begun.elapsed());
        }
    }
    measured
}

/// Lets feedparser read the same documents, in a process of its own that tells its best run.
fn feedparser(python: &str, documents: &[(Vec<u8>, String)]) -> io::Result<Measured> {
    let mut child = Command::new(python)
        .arg("-c")
        .arg(include_str!("feedparser.py"))
        .arg(PYTHON_RUNS.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let paths: String = documents
        .iter()
        .map(|(_, path)| format!("{path}\n"))
        .collect();
    if let Some(mut input) = child.stdin.take() {
        input.write_all(paths.as_bytes())?;
    }
    let told = child.wait_with_output()?.stdout;
    let told = String::from_utf8_lossy(&told);
    let fields: Vec<&str> = told.trim().split('\t').collect();
    let unreadable = || io::Error::other(format!("{python} with feedparser said {told:?}"));
    let [version, items, seconds] = fields[..] else {
        return Err(unreadable());
    };
    let seconds: f64 = seconds.parse().map_err(|_| unreadable())?;
    Ok(Measured {
        name: format!("feedparser {version} (Python)"),
        items: items.parse().map_err(|_| unreadable())?,
        best: Duration::from_secs_f64(seconds),
    })
}

fn tell(documents: &[(Vec<u8>, String)], given: usize, measured: &[Measured]) -> io::Result<()> {
    let count = documents.len();
    let bytes: usize = documents.iter().map(|(bytes, _)| bytes.len()).sum();
    let megabytes = bytes as f64 / 1e6;
    let mut out = io::stdout().lock();
    writeln!(out, "{count} of {given} documents, {megabytes:.1} MB")?;
    let ours = measured.first().map_or(0.0, |ours| ours.best.as_secs_f64());
    for Measured { name, items, best } in measured {
        let seconds = best.as_secs_f64();
        writeln!(
            out,
            "{name:26} {items:6} items {:8.0} documents/s {:6.1} MB/s; wiredesk is {:6.2} x as fast",
            count as f64 / seconds,
            megabytes / seconds,
            seconds / ours
        )?;
    }
    Ok(())
}
