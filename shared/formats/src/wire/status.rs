//! What lets an item be published: its status and its embargo. Both fail closed.

use wiredesk_model::{Embargo, WireFacts, WireStatus};

use super::dates::read_date;
use super::habits::{EmptyEmbargo, Habits};

/// What stands behind the last `:`, `/` or `#` of a code.
pub fn local_part(code: &str) -> &str {
    code.rsplit([':', '/', '#']).next().unwrap_or(code)
}

/// Notes the status word of an item. Silence means usable; an empty or unknown word does not.
pub fn set_status(facts: &mut WireFacts, code: &str, habits: &Habits) {
    let word = local_part(code.trim()).to_ascii_lowercase();
    facts.status = match word.as_str() {
        word if habits.status_words.contains_key(word) => habits.status_words[word],
        "usable" => WireStatus::Usable,
        "withheld" => WireStatus::Withheld,
        "canceled" | "cancelled" | "killed" => WireStatus::Canceled,
        _ => WireStatus::Unknown,
    };
    facts.status_word = Some(word);
}

/// The embargo that a text stands for, where there is an element or key for it.
pub fn embargo_of(text: &str, habits: &Habits) -> Embargo {
    let text = text.trim();
    if text.is_empty() && habits.empty_embargo == EmptyEmbargo::Ignore {
        return Embargo::Absent;
    }
    match read_date(text, habits) {
        Some(at) => Embargo::Until { at },
        None => Embargo::Unknown {
            text: text.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_known_word_opens_an_item() {
        let cases = [
            ("stat:usable", WireStatus::Usable),
            ("Usable", WireStatus::Usable),
            (
                "http://cv.iptc.org/newscodes/pubstatusg2/withheld",
                WireStatus::Withheld,
            ),
            ("CANCELLED", WireStatus::Canceled),
            ("embargoed", WireStatus::Unknown),
            ("unusable", WireStatus::Unknown),
            ("", WireStatus::Unknown),
        ];
        for (word, expected) in cases {
            let mut facts = WireFacts::default();
            set_status(&mut facts, word, &Habits::default());
            assert_eq!(facts.status, expected, "{word:?}");
        }
    }

    #[test]
    fn an_embargo_without_a_date_stays_closed() {
        let habits = Habits::default();
        let closed = |text: &str| Embargo::Unknown {
            text: text.to_owned(),
        };
        assert_eq!(embargo_of(" ", &habits), closed(""));
        assert_eq!(
            embargo_of("until the speech", &habits),
            closed("until the speech")
        );
        let lenient = Habits {
            empty_embargo: EmptyEmbargo::Ignore,
            ..Habits::default()
        };
        assert_eq!(embargo_of("", &lenient), Embargo::Absent);
        assert_eq!(embargo_of("tomorrow", &lenient), closed("tomorrow"));
    }
}
