//! Saying that a test could not run here, so that nobody takes it for passed.

use std::io::Write;

/// Prints that something was skipped and why, and adds a line to the file that
/// `WIREDESK_SKIP_LOG` names, which `make test` sums up.
///
/// # Panics
/// In continuous integration (`CI` is set): there nothing is skipped.
#[track_caller]
pub fn skipped(what: &str, why: &str) {
    assert!(
        std::env::var_os("CI").is_none(),
        "{what} must run in continuous integration: {why}"
    );
    eprintln!("SKIPPED {what}: {why}");
    if let Some(path) = std::env::var_os("WIREDESK_SKIP_LOG") {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path);
        // The line on standard error stands either way.
        let _ = log.and_then(|mut log| writeln!(log, "{what}: {why}"));
    }
}
