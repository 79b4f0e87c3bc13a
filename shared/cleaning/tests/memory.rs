//! What the largest pages take of memory: a bound that holds for all, in a process of its own.

#![cfg(target_os = "linux")]

use wiredesk_cleaning::{Hints, INPUT_BYTES, clean_html};

/// Above what was measured, far below what a tree of the page would take.
const PEAK_BYTES: usize = 256 * 1024 * 1024;

/// The most memory that this process has taken so far.
fn peak_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kilobytes.expect("a number") * 1024
}

#[test]
fn the_largest_pages_stay_within_bounds() {
    for piece in [
        "<p>x",
        "<li class='card'><a href='/wire/1911'>The wall was built in 1911.</a></li>",
        "<br>x",
    ] {
        let page = format!(
            "<html><body>{}",
            piece.repeat((INPUT_BYTES - 12) / piece.len())
        );
        clean_html(&page, &Hints::default()).expect("within the size limit");
        let peak = peak_bytes();
        assert!(peak < PEAK_BYTES, "{piece}: {peak} bytes");
    }
}
