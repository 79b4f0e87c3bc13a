//! What a good feed reader does, whatever the server does: each behaviour drives the real fetcher
//! against a server that misbehaves in one way and counts what it is asked.
//!
//! `cargo test -p wiredesk-fetcher --test behaviour -- --nocapture` prints the table, which is also
//! `docs/feed-behaviour.md`.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod bodies;
mod conditional;
mod moves;
mod pages;
mod scene;
mod timing;

use std::fmt::Write as _;
use std::panic::catch_unwind;

/// One thing that a good feed reader does.
pub struct Behaviour {
    /// What the server does.
    pub server: &'static str,
    /// What the fetcher does then.
    pub fetcher: &'static str,
    /// Panics where it does not.
    pub check: fn(),
}

/// The behaviours of one kind.
pub struct Chapter {
    title: &'static str,
    behaviours: &'static [Behaviour],
}

static CHAPTERS: [Chapter; 6] = [
    Chapter {
        title: "Asking only for what is new",
        behaviours: conditional::BEHAVIOURS,
    },
    Chapter {
        title: "Asking at the right time",
        behaviours: timing::BEHAVIOURS,
    },
    Chapter {
        title: "Feeds that move, and feeds that are gone",
        behaviours: moves::BEHAVIOURS,
    },
    Chapter {
        title: "Pages that are taken down",
        behaviours: pages::BEHAVIOURS,
    },
    Chapter {
        title: "Answers that are too slow, too large, or not what they should be",
        behaviours: bodies::BEHAVIOURS,
    },
    Chapter {
        title: "What is shown, and to whom",
        behaviours: access::BEHAVIOURS,
    },
];

const PREFACE: &str = "\
# How feeds are read

What the fetcher does where a server behaves, and where it does not. Each line is held by a test that
drives the fetcher against such a server, with a clock of its own, and counts the requests:

    cargo test -p wiredesk-fetcher --test behaviour -- --nocapture

The table is written by that test (`make golden`). [Fetching](fetching.md) says how it works.
";

#[test]
#[allow(clippy::print_stdout)]
fn a_feed_reader_behaves() {
    let mut failed = Vec::new();
    let kept: Vec<Vec<bool>> = std::thread::scope(|scope| {
        let check = |chapter: &'static Chapter| {
            let checks = chapter.behaviours.iter();
            checks.map(|one| catch_unwind(one.check).is_ok()).collect()
        };
        let threads: Vec<_> = CHAPTERS
            .iter()
            .map(|chapter| scope.spawn(move || check(chapter)))
            .collect();
        let threads = threads.into_iter();
        threads.map(|thread| thread.join().unwrap()).collect()
    });
    for (chapter, kept) in CHAPTERS.iter().zip(kept) {
        println!("{}", chapter.title);
        for (behaviour, is_kept) in chapter.behaviours.iter().zip(kept) {
            let mark = if is_kept { "ok    " } else { "FAILED" };
            println!("  {mark} {}: {}", behaviour.server, behaviour.fetcher);
            if !is_kept {
                failed.push(behaviour.server);
            }
        }
    }
    let all: usize = CHAPTERS.iter().map(|one| one.behaviours.len()).sum();
    println!("{} of {all} behaviours hold", all - failed.len());
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn golden_table_of_behaviours() {
    let mut table = PREFACE.to_owned();
    for chapter in &CHAPTERS {
        let title = chapter.title;
        write!(
            table,
            "\n## {title}\n\n| the server | the fetcher |\n|---|---|\n"
        )
        .unwrap();
        for one in chapter.behaviours {
            writeln!(table, "| {} | {} |", one.server, one.fetcher).unwrap();
        }
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/feed-behaviour.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(file, &table).unwrap();
    }
    let shown = std::fs::read_to_string(file).unwrap_or_default();
    assert_eq!(shown, table, "UPDATE_GOLDEN=1 rewrites {file}");
}
