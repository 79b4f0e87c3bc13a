//! What is fuzzed, and what must hold for any bytes: nothing panics, nothing recurses without end,
//! and what is read can be written again. The targets follow from the list of formats; the corpus
//! run of `make test` and the fuzzer (`make fuzz`) share this file.

use wiredesk_formats::archive::Archive;
use wiredesk_formats::{
    FORMATS, Format, Hints, Limits, answer, decode_text, parse, parse_date, parse_document,
};

/// Targets beside the formats: detection and all, archives, dates.
const BESIDE_FORMATS: [&str; 3] = ["any", "archive", "date"];

/// An archive of more documents is let be.
const DOCUMENTS: usize = 1_000;

/// Every target by name.
pub fn names() -> impl Iterator<Item = &'static str> {
    FORMATS
        .iter()
        .map(|format| format.name)
        .chain(BESIDE_FORMATS)
}

/// Feeds bytes to a target.
///
/// # Panics
/// Where the target does, or where what it read does not hold together.
pub fn run(target: &str, bytes: &[u8]) {
    let limits = Limits::default();
    let hints = Hints {
        url: Some("https://news.example/a/".to_owned()),
        ..Hints::default()
    };
    match target {
        "any" => {
            let _ = parse_document(bytes, &hints, &limits);
            holds(parse(bytes, &hints));
        }
        "archive" => {
            if let Ok(archive) = Archive::open(bytes, &limits) {
                let _ = archive.take(DOCUMENTS).count();
            }
        }
        "date" => {
            let _ = parse_date(&String::from_utf8_lossy(bytes));
        }
        format => {
            let format = Format::named(format).expect("a target is the name of a format");
            let text = decode_text(bytes, &hints).text;
            holds((format.read)(&text, &hints, &limits));
        }
    }
}

fn holds(read: Result<wiredesk_model::ParsedFeed, wiredesk_formats::FormatError>) {
    if let Ok(parsed) = &read {
        let sources = parsed.item_sources.len();
        assert!(
            sources == 0 || sources == parsed.items.len(),
            "{sources} sources"
        );
    }
    serde_json::to_string(&answer(&serde_json::Value::Null, read))
        .expect("an answer is plain data");
}
