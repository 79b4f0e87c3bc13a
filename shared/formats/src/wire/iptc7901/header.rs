//! The header line: service and number, priority, category, words, options.

use wiredesk_model::WireTerm;

use crate::wire::draft::Draft;
use crate::wire::text_wire::SOH;

/// A service is named by no more letters.
const SERVICE_LETTERS: usize = 5;
/// And a category by no more.
const CATEGORY_LETTERS: usize = 5;

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `eca062 4 i 211 ccccb dpa 061`.
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    service: String,
    sequence: String,
    priority: Option<String>,
    category: Option<String>,
    words: Option<u64>,
    options: String,
}

impl Header {
    /// Reads a line that stands where a header is; what it lacks is left out.
    pub fn read(line: &str) -> Option<Self> {
        let line = line.trim_start_matches(SOH).trim();
        let mut parts = line.split_whitespace().peekable();
        let first = parts.next()?;
        let letters = first.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (service, sequence) = first.split_at_checked(letters)?;
        if !(1..=SERVICE_LETTERS).contains(&letters) || !is_number(sequence) {
            return None;
        }
        let priority = parts.next_if(|part| part.len() == 1);
        let is_category = |part: &&str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let category = parts.next_if(|part| part.len() <= CATEGORY_LETTERS && is_category(part));
        let words = parts.next_if(|part| is_number(part));
        Some(Self {
            service: service.to_owned(),
            sequence: sequence.to_owned(),
            priority: priority.map(str::to_owned),
            category: category.map(str::to_owned),
            words: words.and_then(|words| words.parse().ok()),
            options: parts.collect::<Vec<_>>().join(" "),
        })
    }

    /// Whether it is a header beyond doubt, where no control character says so.
    pub fn is_complete(&self) -> bool {
        let has_priority = self.priority.as_deref().is_some_and(is_number);
        has_priority && self.category.is_some() && self.words.is_some()
    }

    /// Notes it on an item.
    pub fn apply(self, draft: &mut Draft) {
        let facts = &mut draft.facts;
        facts.priority = self.priority;
        facts.words = self.words;
        facts
            .subjects
            .extend(self.category.map(|category| WireTerm {
                code: Some(category),
                scheme: Some("iptc7901-category".to_owned()),
                ..WireTerm::default()
            }));
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
            ("abc", "062", Some(211))
        );
        assert!(header.is_complete());
        assert!(!Header::read("abc062 4 i").unwrap().is_complete());
        for line in [
            "",
            "Berlin 4 people 12",
            "In 2019 the 12",
            "a1b 42 i 7",
            "A-17 4 i 3",
        ] {
            assert_eq!(Header::read(line), None, "{line:?}");
        }
    }
}
