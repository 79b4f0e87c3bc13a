//! The change class of a version: what the desk says of it in its headline and notes.

use wiredesk_model::{Block, ChangeClass, CleanStory, RoleText, Version};

/// Words at the start of a headline or a note that announce a correction, lower case.
const CORRECTION_MARKERS: &[&str] = &[
    "corrected",
    "correction",
    "corrects",
    "correcting",
    "refile",
    "clarification",
    "berichtigung",
    "berichtigt",
    "korrektur",
    "korrigiert",
    "berichtigte",
    "rectificatif",
    "correctif",
    "corrigé",
    "rectification",
    "erratum",
    "corrección",
    "corregido",
    "corregida",
    "corrige",
    "rectificación",
    "fe de errores",
    "correção",
    "corrigida",
    "errata",
    "rettifica",
    "correzione",
    "corretto",
    "corregge",
    "correctie",
    "gecorrigeerd",
    "rectificatie",
    "rättelse",
    "rättad",
    "rettelse",
    "korreksjon",
    "korjaus",
    "oikaisu",
    "korekta",
    "sprostowanie",
    "oprava",
    "ispravak",
    "ispravka",
    "popravek",
    "helyesbítés",
    "corectură",
    "rectificare",
    "исправление",
    "уточнение",
    "виправлення",
    "уточнення",
    "поправка",
    "διόρθωση",
    "düzeltme",
    "ralat",
    "koreksi",
    "تصحيح",
    "تصويب",
    "訂正",
    "更正",
    "정정",
];

/// Words at the start of a headline that announce the same text once more, lower case.
const REPEAT_MARKERS: &[&str] = &[
    "repeat",
    "repeats",
    "repeating",
    "rpt",
    "wiederholung",
    "répétition",
    "repetición",
    "repetição",
    "ripetizione",
    "herhaling",
    "повтор",
];

/// Openings of a sentence that says the story was corrected, lower case.
const CORRECTION_SENTENCES: &[&str] = &[
    "this story has been corrected",
    "this story was corrected",
    "this article was amended",
    "this article has been corrected",
    "this article was corrected",
    "an earlier version of this",
    "a previous version of this",
    "this version corrects",
    "in einer früheren version",
    "in einer früheren fassung",
    "une version précédente de",
    "una versión anterior de",
    "uma versão anterior",
    "una versione precedente",
    "in een eerdere versie",
];

/// Notes stand before or behind the story: blocks looked at from either end.
const NOTE_BLOCKS: usize = 3;

/// Decides what kind of change a version is.
///
/// The first version is `Created`, whatever it says; a later one is what the wire's signals, its
/// headline or its notes call it, and an update where they say nothing.
pub fn change_class(story: &CleanStory, blocks: &[Block]) -> ChangeClass {
    if story.version <= Version::FIRST {
        return ChangeClass::Created;
    }
    if is_correction(story, blocks) {
        ChangeClass::Correction
    } else if has_signal(signals(story), "repeat")
        || opens_with_marker(&story.title, REPEAT_MARKERS)
    {
        ChangeClass::Repeat
    } else {
        ChangeClass::Update
    }
}

/// Whether a version says that it corrects what was told before: by the wire's signals, its headline
/// or its notes. Under an id of its own it may be the first.
pub fn is_correction(story: &CleanStory, blocks: &[Block]) -> bool {
    let facts = story.item.wire.as_deref();
    let notes = facts.map_or(&[][..], |facts| &facts.ed_notes);
    has_signal(signals(story), "correction")
        || notes.iter().any(is_correction_of_wire)
        || opens_with_marker(&story.title, CORRECTION_MARKERS)
        || has_correction_note(blocks)
}

fn signals(story: &CleanStory) -> &[String] {
    let facts = story.item.wire.as_deref();
    facts.map_or(&[][..], |facts| &facts.signals)
}

/// `sig:correction`, whatever the alias of the vocabulary.
fn has_signal(signals: &[String], name: &str) -> bool {
    signals
        .iter()
        .any(|signal| signal.rsplit([':', '/']).next() == Some(name))
}

fn is_correction_of_wire(note: &RoleText) -> bool {
    let role = note.role.as_deref().unwrap_or_default();
    role.rsplit(':').next() == Some("correction") || is_correction_note(&note.text)
}

fn has_correction_note(blocks: &[Block]) -> bool {
    let behind = blocks.len().saturating_sub(NOTE_BLOCKS);
    blocks
        .iter()
        .enumerate()
        .filter(|(place, _)| *place < NOTE_BLOCKS || *place >= behind)
        .any(|(_, block)| is_correction_note(&block.text))
}

fn is_correction_note(text: &str) -> bool {
    let opening = text.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    opens_with_marker(text, CORRECTION_MARKERS)
        || CORRECTION_SENTENCES
            .iter()
            .any(|sentence| strip_folded(opening, sentence).is_some())
}

/// Whether the text opens with a marker that stands apart: `CORRECTED-Oil`, `Correction: `,
/// `(Corrects headline)`, `【訂正】`, `RPT-UPDATE 2-`. A sentence that merely begins with the word
/// ("Correction of prices expected", "Correction-facility guard") is none.
fn opens_with_marker(text: &str, markers: &[&str]) -> bool {
    let text = text.trim_start();
    let opening = text.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    let is_bracketed = text.starts_with(['(', '[', '【', '（', '［', '/']);
    markers
        .iter()
        .filter_map(|marker| strip_folded(opening, marker))
        .any(|rest| stands_apart(rest, is_bracketed))
}

fn stands_apart(behind_marker: &str, is_bracketed: bool) -> bool {
    let rest = behind_marker.trim_start();
    if rest.is_empty() || rest.starts_with([':', '：', '/', '|', '】', ')', ']', '）', '］']) {
        return true;
    }
    if is_bracketed {
        return !behind_marker.starts_with(char::is_alphanumeric);
    }
    // A dash parts the marker from a headline, and a headline begins with a capital.
    rest.strip_prefix(['-', '–', '—'])
        .is_some_and(|headline| !headline.starts_with(char::is_lowercase))
}

/// What follows `prefix`, given in lower case, at the start of a text in any case.
fn strip_folded<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for expected in prefix.chars() {
        if !rest.next()?.to_lowercase().eq([expected]) {
            return None;
        }
    }
    Some(rest.as_str())
}

#[cfg(test)]
mod tests {
    use wiredesk_model::WireFacts;

    use super::*;
    use crate::sample::story;

    fn version(number: u32, title: &str) -> CleanStory {
        let mut story = story(title, &[]);
        story.version = Version(number);
        story
    }

    fn of(title: &str) -> ChangeClass {
        change_class(&version(2, title), &[])
    }

    #[test]
    fn headlines_name_the_change() {
        use ChangeClass::{Correction, Repeat, Update};
        let cases = [
            ("CORRECTED-Oil falls on supply fears", Correction),
            ("CORRECTED - Oil falls", Correction),
            ("Correction: Mayor's name", Correction),
            ("REFILE-UPDATE 2-Bank cuts rates", Correction),
            ("Berichtigung: Zahl der Verletzten", Correction),
            ("(Berichtigt) Zahl der Verletzten", Correction),
            ("Rectificatif : le maire", Correction),
            ("CORRECCIÓN: El alcalde", Correction),
            ("【訂正】首相が発言", Correction),
            ("(Corrects day in paragraph 2) Oil falls", Correction),
            ("RPT-Oil falls on supply fears", Repeat),
            ("REPEAT: Oil falls", Repeat),
            ("UPDATE 2-Oil falls", Update),
            ("Correction in share prices is near", Update),
            ("Corrections officer injured", Update),
            ("Repeat offender jailed", Update),
            ("Repeated warnings went unheard", Update),
            ("Correction-facility guard jailed", Update),
            ("", Update),
        ];
        for (title, expected) in cases {
            assert_eq!(of(title), expected, "class of {title:?}");
        }
    }

    #[test]
    fn a_note_before_or_behind_the_story_names_a_correction() {
        let note = Block::paragraph("(This version corrects the age of the mayor.)");
        let body: Vec<Block> = (0..10)
            .map(|n| Block::paragraph(format!("Line {n}")))
            .collect();
        let with_note_at = |place: usize| {
            let mut blocks = body.clone();
            blocks.insert(place, note.clone());
            change_class(&version(3, "Mayor resigns"), &blocks)
        };
        assert_eq!(with_note_at(0), ChangeClass::Correction);
        assert_eq!(with_note_at(10), ChangeClass::Correction);
        assert_eq!(with_note_at(5), ChangeClass::Update);
    }

    #[test]
    fn the_first_version_is_created() {
        let class = change_class(&version(1, "CORRECTED-Oil falls"), &[]);
        assert_eq!(class, ChangeClass::Created);
    }

    #[test]
    fn a_wire_signals_its_changes() {
        let with_facts = |facts: WireFacts| {
            let mut story = version(2, "Oil falls");
            story.item.wire = Some(Box::new(facts));
            change_class(&story, &[])
        };
        let signal = |signal: &str| {
            with_facts(WireFacts {
                signals: vec![signal.to_owned()],
                ..WireFacts::default()
            })
        };
        assert_eq!(signal("sig:correction"), ChangeClass::Correction);
        assert_eq!(signal("sig:update"), ChangeClass::Update);
        let note = RoleText {
            role: Some("dpaednoterole:correction".to_owned()),
            text: "Name im ersten Absatz".to_owned(),
            language: None,
        };
        let facts = WireFacts {
            ed_notes: vec![note],
            ..WireFacts::default()
        };
        assert_eq!(with_facts(facts), ChangeClass::Correction);
    }
}
