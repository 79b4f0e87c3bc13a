//! Words that call another story back. What carries them must never run as a story itself.
//!
//! English wires shout them in fixed pairs. Other languages have words that news is made of, too:
//! there a phrase decides only where it stands in capitals at the beginning of a line, with nothing
//! or a sign behind it, and, where it says little, with a word for what is called back.

use std::sync::LazyLock;

use serde::Deserialize;
use wiredesk_model::{WireFacts, WireStatus};

/// How far into the text an advisory says what it is, in characters.
const ADVISORY_CHARS: usize = 400;

/// What English wires shout, anywhere at the beginning.
const SHOUTED: [(&str, &str); 8] = [
    ("KILL KILL", "kill"),
    ("MANDATORY KILL", "kill"),
    ("BULLETIN KILL", "kill"),
    ("STORY KILL", "kill"),
    ("HOLD HOLD", "hold"),
    ("WITHHOLD WITHHOLD", "hold"),
    ("ADVISORY ADVISORY", "advisory"),
    ("ATTENTION EDITORS: KILL", "kill"),
];

/// A phrase of another language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrase {
    #[serde(rename = "language")]
    _language: String,
    /// In capitals.
    phrase: String,
    /// `kill` or `hold`.
    asks: String,
    /// In capitals; one of these must stand at the beginning, too, where there are any.
    #[serde(default)]
    about: Vec<String>,
}

static PHRASES: LazyLock<Vec<Phrase>> =
    LazyLock::new(|| serde_json::from_str(include_str!("advisories.json")).unwrap_or_default());

/// Marks an advisory that calls another story back as not publishable. It is told by what its
/// first lines shout; the same words in small letters are news.
pub fn mark_advisory(facts: &mut WireFacts, text: &str) {
    let start: String = text.chars().take(ADVISORY_CHARS).collect();
    let Some(word) = shouted(&start).or_else(|| called(&start)) else {
        return;
    };
    if facts.status == WireStatus::Usable {
        facts.status = WireStatus::Withheld;
        facts.status_word = Some(word.to_owned());
        facts.signals.push(format!("advisory:{word}"));
    }
}

fn shouted(start: &str) -> Option<&'static str> {
    let folded = start.split_whitespace().collect::<Vec<_>>().join(" ");
    let found = SHOUTED.iter().find(|(words, _)| folded.contains(words));
    found.map(|(_, word)| *word)
}

/// What a phrase of another language asks for.
fn called(start: &str) -> Option<&'static str> {
    let capitals = start.to_uppercase();
    PHRASES
        .iter()
        .find(|phrase| {
            let is_about = |word: &String| capitals.contains(word.as_str());
            start.lines().any(|line| begins(line, &phrase.phrase))
                && (phrase.about.is_empty() || phrase.about.iter().any(is_about))
        })
        .map(|phrase| phrase.asks.as_str())
}

/// Whether a line begins with the phrase, and nothing of a sentence goes on with it.
fn begins(line: &str, phrase: &str) -> bool {
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let Some(rest) = line.strip_prefix(phrase) else {
        return false;
    };
    let rest = rest.trim_start();
    rest.is_empty()
        || rest.starts_with([':', '!', '.', '-', '–', '—', '/', '*', '+', '=', '<'])
        || rest.starts_with(phrase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<String> {
        let mut facts = WireFacts::default();
        mark_advisory(&mut facts, text);
        assert_eq!(
            facts.status == WireStatus::Withheld,
            !facts.signals.is_empty()
        );
        let signal = facts.signals.pop()?;
        Some(signal.trim_start_matches("advisory:").to_owned())
    }

    #[test]
    fn an_advisory_never_runs_as_a_story() {
        for (text, expected) in [
            ("KILL KILL\nKILL story A17", "kill"),
            (
                "BITTE NICHT VERWENDEN\nDie Meldung wa0017 enthält einen Fehler.",
                "hold",
            ),
            (
                "ZURÜCKGEZOGEN: Unsere Meldung \"Hafen brennt\" von 10.15 Uhr",
                "kill",
            ),
            (
                "ACHTUNG REDAKTIONEN:\nDie Meldung wa0017 ist zu streichen.",
                "kill",
            ),
            (
                "+++ EILT ACHTUNG REDAKTIONEN +++ wa0017 bitte streichen",
                "kill",
            ),
            (
                "ANNULATION - ANNULATION\nNotre dépêche WB0017 est annulée.",
                "kill",
            ),
            ("=== NE PAS PUBLIER ===\nWB0017 sera corrigée.", "hold"),
            ("ANULACIÓN: Rogamos anulen el despacho WB0017.", "kill"),
            ("ANULAR ANULAR ANULAR\nLa noticia WB0017", "kill"),
            ("NO PUBLICAR. Sigue corrección.", "hold"),
            ("ANULAÇÃO: a matéria WB0017 contém um erro", "kill"),
            ("NÃO PUBLICAR\nWB0017", "hold"),
            ("ANNULLARE - la notizia WB0017 è errata", "kill"),
            ("NON PUBBLICARE: WB0017", "hold"),
        ] {
            assert_eq!(asked(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_story_that_tells_of_a_kill_stays_one() {
        for text in [
            "Crowd shouts kill kill kill",
            "Ministerium: Bitte nicht verwenden, warnt die Behörde vor Brunnenwasser",
            "ZURÜCKGEZOGEN hat sich der Trainer aus dem Amt",
            "ZURÜCKGEZOGEN: Die Reederei ruft 300 Boote zurück",
            "ACHTUNG REDAKTIONEN: Pressekonferenz um 12 Uhr im Rathaus",
            "ANNULATION DU FESTIVAL DE PORT-LORNE",
            "ANNULATION : le festival de Port-Lorne n'aura pas lieu",
            "ANNULE ET REMPLACE - Port-Lorne élit son maire",
            "Anulación de la boda real en Puerto Lorne",
            "La editora recibió la orden de NO PUBLICAR el libro",
            "NO PUBLICAR EL INFORME FUE UN ERROR, DICE EL ALCALDE",
            "ANNULLARE IL VOTO? Il sindaco dice no",
            "Não publicar a lista foi um erro",
        ] {
            assert_eq!(asked(text), None, "{text}");
        }
    }

    #[test]
    fn the_phrases_are_read_and_each_asks_for_something() {
        assert!(PHRASES.len() > 10);
        for phrase in PHRASES.iter() {
            assert!(
                ["kill", "hold"].contains(&phrase.asks.as_str()),
                "{phrase:?}"
            );
            assert_eq!(phrase.phrase, phrase.phrase.to_uppercase());
            assert!(phrase.about.iter().all(|word| *word == word.to_uppercase()));
        }
    }
}
