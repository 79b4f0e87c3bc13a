//! ANPA 1312, the text wire of North America: a header in control characters, header lines that
//! begin with `^`, the text, and a trailer with the time of filing.
//!
//! ```text
//! SYN SYN SOH V4644 US selector CRLF
//! r e DC3|DC4 DC1|DC2 BC-slug  MM-DD words CRLF
//! STX ^BC-slug, 1st Ld,127< CRLF ^headline< CRLF ^Eds: …< CRLF
//!     text … CRLF
//! ETX AP-WF-08-29-16 1626GMT< CRLF EOT
//! ```

mod header;
mod text;

use wiredesk_model::{Item, ParsedFeed, WireTerm};

use super::advisory_words::mark_advisory;
use super::draft::Draft;
use super::habits::Habits;
use super::text_identity::identify;
use super::text_wire::{ETX, SOH, STX};
use crate::date::to_rfc3339;
use crate::{Detected, FormatError, Hints, Limits};

/// Synchronous idle: fill before a message.
const SYN: char = '\u{16}';
/// Unit separator: ends the number of a message.
const US: char = '\u{1f}';

/// The number of a message ends within so many characters.
const NUMBER_CHARS: usize = 12;

/// Whether a document is ANPA 1312.
pub fn detect(document: &Detected<'_>) -> bool {
    let is_fill = |c: char| c.is_control() || c.is_whitespace();
    let text = document.text.trim_start_matches(is_fill);
    let fill = &document.text[..document.text.len() - text.len()];
    let number: String = text.chars().take(NUMBER_CHARS).collect();
    fill.contains([SYN, SOH]) && number.contains(US)
}

/// Reads every message of a document.
pub fn read(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    limits.check_bytes(text.len())?;
    let mut feed = ParsedFeed::default();
    for message in text.split(SOH).map(|part| part.trim_matches(SYN)) {
        if message.trim().is_empty() {
            continue;
        }
        limits.check_items(feed.items.len() + 1)?;
        feed.items.push(read_message(message, &hints.habits));
        feed.item_sources.push(format!("{SOH}{message}"));
    }
    Ok(feed)
}

fn read_message(message: &str, habits: &Habits) -> Item {
    let mut draft = Draft::default();
    draft.facts.class = Some("text".to_owned());
    draft.language.clone_from(&habits.default_language);
    let (head, text) = message.split_once(STX).unwrap_or(("", message));
    let (text, trailer) = text.rsplit_once(ETX).unwrap_or((text, ""));
    header::read(&mut draft, head);
    filed(&mut draft, trailer);
    mark_advisory(&mut draft.facts, text);
    text::read(&mut draft, text);
    if draft.facts.headlines.is_empty() {
        draft.title.clone_from(&draft.facts.slugline);
    }
    identify(&mut draft);
    draft.finish()
}

/// `AP-WF-08-29-16 1626GMT<`: who, which wire, month, day, year, time.
fn filed(draft: &mut Draft, trailer: &str) {
    let trailer: String = trailer
        .chars()
        .filter(|c| !c.is_control() && *c != '<')
        .collect();
    let mut words = trailer.split_whitespace();
    let (Some(from), Some(time)) = (words.next(), words.next()) else {
        return;
    };
    let parts: Vec<&str> = from.split('-').collect();
    let Some(([.., wire], [month, day, year])) =
        parts.len().checked_sub(3).map(|at| parts.split_at(at))
    else {
        return;
    };
    let (Some(hour), Some(minute)) = (time.get(..2), time.get(2..4)) else {
        return;
    };
    let zone = time
        .get(4..)
        .filter(|zone| !zone.is_empty())
        .unwrap_or("GMT");
    let filed = to_rfc3339(&format!(
        "20{year}-{month}-{day}T{hour}:{minute}:00{}",
        zone_of(zone)
    ));
    let facts = &mut draft.facts;
    facts.first_created.clone_from(&filed);
    facts.version_created = filed;
    facts.provider = parts
        .first()
        .filter(|name| !name.is_empty())
        .map(|name| WireTerm {
            code: Some((*name).to_owned()),
            ..WireTerm::default()
        });
    let transmission = facts.transmission.get_or_insert_default();
    transmission.services.push((*wire).to_owned());
}

/// Zones of North American wires as offsets.
fn zone_of(zone: &str) -> &str {
    match zone {
        "EDT" => "-04:00",
        "EST" | "CDT" => "-05:00",
        "CST" | "MDT" => "-06:00",
        "MST" | "PDT" => "-07:00",
        "PST" => "-08:00",
        _ => "Z",
    }
}
