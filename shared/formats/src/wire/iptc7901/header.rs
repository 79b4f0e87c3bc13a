//! The header line: service and number, priority, category, words, options.

use wiredesk_model::WireTerm;

use crate::wire::draft::Draft;
use crate::wire::text_wire::SOH;

/// A service is named by no more letters.
const SERVICE_LETTERS: usize = 5;

/// `eca062 4 i 211 ccccb dpa 061`.
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    service: String,
    sequence: String,
    priority: String,
    category: String,
    words: u64,
    options: String,
}

impl Header {
    /// Reads a header line; none where it is not one.
    pub fn read(line: &str) -> Option<Self> {
        let line = line.trim_start_matches(SOH).trim();
        let mut parts = line.split_whitespace();
        let first = parts.next()?;
        let letters = first.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (service, sequence) = first.split_at_checked(letters)?;
        let is_number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let priority = parts.next()?;
        let category = parts.next()?;
        let words = parts.next()?;
        let holds = (1..=SERVICE_LETTERS).contains(&letters)
            && is_number(sequence)
            && priority.len() == 1
            && is_number(priority)
            && category.len() <= SERVICE_LETTERS
            && category.bytes().all(|byte| byte.is_ascii_alphabetic())
            && is_number(words);
        if !holds {
            return None;
        }
        Some(Self {
            service: service.to_owned(),
            sequence: sequence.to_owned(),
            priority: priority.to_owned(),
            category: category.to_owned(),
            words: words.parse().ok()?,
            options: parts.collect::<Vec<_>>().join(" "),
        })
    }

    /// Notes it on an item.
    pub fn apply(self, draft: &mut Draft) {
        let facts = &mut draft.facts;
        facts.priority = Some(self.priority);
        facts.words = Some(self.words);
        facts.subjects.push(WireTerm {
            code: Some(self.category),
            scheme: Some("iptc7901-category".to_owned()),
            ..WireTerm::default()
        });
        let transmission = facts.transmission.get_or_insert_default();
        transmission.id = Some(format!("{}{}", self.service, self.sequence));
        transmission.sequence = Some(self.sequence);
        transmission.services.push(self.service);
        if !self.options.is_empty() {
            draft.keep_text("header/options", self.options);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Header;

    #[test]
    fn header_lines_are_told_from_sentences() {
        let header = Header::read("\u{1}abc062 4 i 211 ccccb   xyz 061\r").unwrap();
        assert_eq!(
            (
                header.service.as_str(),
                header.sequence.as_str(),
                header.words
            ),
            ("abc", "062", 211)
        );
        for line in [
            "",
            "Berlin 4 people 12",
            "In 2019 the 12",
            "abc062 4 i",
            "a1 42 i 7",
        ] {
            assert_eq!(Header::read(line), None, "{line:?}");
        }
    }
}
