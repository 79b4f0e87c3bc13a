//! The formats as the table in the docs has them; with `--targets` the names of the fuzz targets.
//!
//! `cargo run -p wiredesk-formats --example formats`

use std::io::Write;

#[path = "../../../fuzz/targets.rs"]
#[allow(dead_code, reason = "only the names are wanted here")]
mod targets;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if std::env::args().any(|argument| argument == "--targets") {
        for name in targets::names() {
            writeln!(out, "{name}")?;
        }
        return Ok(());
    }
    write!(out, "{}", wiredesk_formats::formats_table())
}
