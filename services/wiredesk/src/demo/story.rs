//! The sample stories, as they are written down under `demo/`.
//!
//! A story begins with `=== name`, has `key: value` lines up to `---`, and then its parts with
//! empty lines between. A part that begins with `!` is clutter. `{num:3-9}` in a text stands for a
//! number that is another one in every edition of the story.

/// One part of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A paragraph of the story itself.
    Paragraph(String),
    /// The word that stands where an advertisement was.
    Advertisement,
    /// Other stories in the middle of this one: headline and teaser of each.
    Related(Vec<(String, String)>),
    /// One line that points elsewhere.
    ReadMore(String),
    /// A box to subscribe to a newsletter.
    Newsletter,
    /// A line of share buttons.
    Share,
    /// A footer about corrections and feedback.
    Corrections,
    /// A copyright tail.
    Copyright,
}

/// A sample story.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Story {
    pub(crate) slug: String,
    pub(crate) language: String,
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) section: String,
    /// What its second version adds.
    pub(crate) update: Option<String>,
    /// What its second version sets right.
    pub(crate) correction: Option<String>,
    pub(crate) parts: Vec<Part>,
}

impl Story {
    /// The stories of one file.
    pub(crate) fn parse_all(text: &str) -> Vec<Story> {
        text.split("=== ")
            .map(str::trim)
            .filter(|chapter| !chapter.is_empty())
            .map(Story::parse)
            .collect()
    }

    fn parse(chapter: &str) -> Story {
        let (head, body) = chapter.split_once("\n---\n").unwrap_or((chapter, ""));
        let mut lines = head.lines();
        let mut story = Story {
            slug: lines.next().unwrap_or_default().trim().to_owned(),
            parts: body.split("\n\n").filter_map(part).collect(),
            ..Story::default()
        };
        for (key, value) in lines.filter_map(|line| line.split_once(": ")) {
            let value = value.trim().to_owned();
            match key {
                "lang" => story.language = value,
                "title" => story.title = value,
                "by" => story.author = value,
                "section" => story.section = value,
                "update" => story.update = Some(value),
                "correction" => story.correction = Some(value),
                _ => {}
            }
        }
        story
    }

    /// Whether a second version follows.
    pub(crate) fn has_second_version(&self) -> bool {
        self.update.is_some() || self.correction.is_some()
    }
}

fn part(text: &str) -> Option<Part> {
    let text = text.trim();
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Some(match word {
        "" => return None,
        "!ad" => Part::Advertisement,
        "!related" => {
            let fields: Vec<&str> = rest.split(" | ").map(str::trim).collect();
            let pairs = fields.chunks_exact(2);
            Part::Related(
                pairs
                    .map(|pair| (pair[0].to_owned(), pair[1].to_owned()))
                    .collect(),
            )
        }
        "!readmore" => Part::ReadMore(rest.to_owned()),
        "!newsletter" => Part::Newsletter,
        "!share" => Part::Share,
        "!corrections" => Part::Corrections,
        "!copyright" => Part::Copyright,
        _ => Part::Paragraph(text.to_owned()),
    })
}

/// `text` with a number for each `{num:a-b}`; the same placeholder is the same number throughout
/// an edition.
pub(crate) fn fill(text: &str, edition: u64) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("{num:") {
        let Some((range, behind)) = from.split_once('}') else {
            break;
        };
        filled.push_str(before);
        filled.push_str(&number(range, edition).to_string());
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

fn number(range: &str, edition: u64) -> u64 {
    let (low, high) = range.split_once('-').unwrap_or((range, range));
    let low: u64 = low.parse().unwrap_or(0);
    let high: u64 = high.parse().unwrap_or(low);
    low + mix(edition, range) % (high.saturating_sub(low) + 1)
}

/// A number that follows from `edition` and `text` and looks like none does (FNV-1a).
pub(crate) fn mix(edition: u64, text: &str) -> u64 {
    let bytes = edition.to_le_bytes();
    let hash = bytes
        .iter()
        .chain(text.as_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_read_with_its_parts() {
        let text = "=== a\nlang: en\ntitle: T {num:1-1}\nby: B\nsection: S\nupdate: U\n---\nOne.\n\n!ad\n\n!related H | t | H2 | t2\n\nTwo.\n\n=== b\nlang: de\n---\nDrei.\n";
        let stories = Story::parse_all(text);
        assert_eq!(stories.len(), 2);
        assert_eq!(stories[0].update.as_deref(), Some("U"));
        let related = vec![
            ("H".to_owned(), "t".to_owned()),
            ("H2".to_owned(), "t2".to_owned()),
        ];
        assert_eq!(
            stories[0].parts,
            [
                Part::Paragraph("One.".to_owned()),
                Part::Advertisement,
                Part::Related(related),
                Part::Paragraph("Two.".to_owned()),
            ]
        );
    }

    #[test]
    fn numbers_stay_within_an_edition_and_change_between_editions() {
        let text = "{num:100-999} and again {num:100-999}";
        let one = fill(text, 1);
        let (first, second) = one.split_once(" and again ").expect("the text around");
        assert_eq!(first, second);
        assert_ne!(one, fill(text, 2));
    }
}
