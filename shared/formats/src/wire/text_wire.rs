//! What the two text wires have in common: lines of control characters and customs of the trade.

use wiredesk_model::{RoleText, WireStatus, WireTerm};

use super::draft::Draft;

/// Start of heading.
pub const SOH: char = '\u{1}';
/// Start of text.
pub const STX: char = '\u{2}';
/// End of text.
pub const ETX: char = '\u{3}';

/// How far into the text a dateline is looked for, in characters.
const DATELINE_CHARS: usize = 120;
/// How far into the text an advisory says what it is, in characters.
const ADVISORY_CHARS: usize = 400;

/// What a dateline is followed by.
const DASHES: [char; 5] = ['-', '_', '–', '—', '='];

/// Words that call back another story. What carries them must never run as a story itself.
const ADVISORIES: [(&str, &str); 8] = [
    ("KILL KILL", "kill"),
    ("MANDATORY KILL", "kill"),
    ("BULLETIN KILL", "kill"),
    ("STORY KILL", "kill"),
    ("HOLD HOLD", "hold"),
    ("WITHHOLD WITHHOLD", "hold"),
    ("ADVISORY ADVISORY", "advisory"),
    ("ATTENTION EDITORS: KILL", "kill"),
];

/// The text without control characters; tabs and line ends stay.
pub fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Reads the dateline at the start of a text: `Berlin (dpa) - `, `CHATHAM, Mass. (AP) _ `.
pub fn read_dateline(draft: &mut Draft, text: &str) {
    let text = text.trim_start();
    let end = text.char_indices().nth(DATELINE_CHARS).map_or(text.len(), |(at, _)| at);
    let start = &text[..end];
    let Some(open) = start.find(" (") else {
        return;
    };
    let Some(close) = start[open..].find(')').map(|at| open + at) else {
        return;
    };
    let behind = start[close + 1..].trim_start();
    let place = &start[..open];
    let is_place = place.starts_with(char::is_uppercase) && !place.contains(['.', '!', '?', '"']) || place.contains(", ");
    let has_dash = behind.starts_with(DASHES);
    if !is_place || !has_dash || place.contains('\n') {
        return;
    }
    let city = place.split([',', ';']).next().unwrap_or(place).trim();
    draft.facts.dateline = Some(start[..=close].trim().to_owned());
    draft.facts.located.push(WireTerm {
        name: Some(city.to_owned()),
        role: Some("dateline".to_owned()),
        ..WireTerm::default()
    });
}

/// Marks an advisory that calls another story back as not publishable.
pub fn mark_advisory(draft: &mut Draft, text: &str) {
    let start: String = text.chars().take(ADVISORY_CHARS).collect::<String>().to_uppercase();
    let folded = start.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((_, word)) = ADVISORIES.iter().find(|(words, _)| folded.contains(words)) {
        draft.facts.status = WireStatus::Withheld;
        draft.facts.status_word = Some((*word).to_owned());
        draft.facts.signals.push(format!("advisory:{word}"));
    }
}

/// A note to editors.
pub fn push_note(draft: &mut Draft, role: Option<&str>, text: &str) {
    let text = text.trim();
    if !text.is_empty() {
        draft.facts.ed_notes.push(RoleText {
            role: role.map(str::to_owned),
            text: text.to_owned(),
            language: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datelines_are_told_from_sentences() {
        let cases = [
            ("Berlin (dpa) - The vote", Some(("Berlin (dpa)", "Berlin"))),
            ("CHATHAM, Mass. (AP) _ A boat", Some(("CHATHAM, Mass. (AP)", "CHATHAM"))),
            ("STOCKHOLM, Aug 29, 2014 (AFP) - A firm", Some(("STOCKHOLM, Aug 29, 2014 (AFP)", "STOCKHOLM"))),
            ("The union (with 3 members) said", None),
            ("No dateline here", None),
        ];
        for (text, expected) in cases {
            let mut draft = Draft::default();
            read_dateline(&mut draft, text);
            let found = draft.facts.dateline.as_deref();
            assert_eq!(found, expected.map(|(dateline, _)| dateline), "{text}");
            let place = draft.facts.located.first().and_then(|place| place.name.as_deref());
            assert_eq!(place, expected.map(|(_, place)| place), "{text}");
        }
    }

    #[test]
    fn an_advisory_never_runs_as_a_story() {
        let mut draft = Draft::default();
        mark_advisory(&mut draft, "Kill kill\nkill story A17");
        assert_eq!(draft.facts.status, WireStatus::Withheld);
        let mut story = Draft::default();
        mark_advisory(&mut story, "Hunters kill a boar");
        assert_eq!(story.facts.status, WireStatus::Usable);
    }
}
