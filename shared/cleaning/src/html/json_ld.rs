//! The few fields of JSON-LD that help: found by name and decoded alone.
//!
//! Pages carry up to a megabyte of it, often broken; a full parse would cost more than the page.

use super::entity;
use super::json_objects::{Field, Object, Objects};

/// What the structured data of a page says of the story.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct StructuredData {
    pub headline: Option<String>,
    /// The longest `articleBody`, as sent: mostly text, at times HTML.
    pub body: Option<String>,
    pub published: Option<String>,
    pub author: Option<String>,
    pub language: Option<String>,
    pub description: Option<String>,
    pub updated: Option<String>,
    pub section: Option<String>,
    /// `isAccessibleForFree` is false.
    pub is_paywalled: bool,
    /// One of its types is that of a story.
    pub is_story: bool,
    /// One of its types is that of a page that lists, sells or introduces.
    pub is_listing: bool,
    /// What the fields were said of.
    pub weight: Weight,
}

/// Longest field that is decoded, in bytes.
const FIELD_BYTES: usize = 512 * 1024;

/// Reads one script into `data`. What the object of the story says counts most, then what the one
/// of its page says, then whatever is there.
pub(crate) fn read(script: &str, data: &mut StructuredData) {
    let objects = Objects::of(script);
    let has_story = ["Article\"", "Posting\"", "Report\""]
        .iter()
        .any(|kind| script.contains(kind));
    data.is_story |= has_story;
    data.is_listing |= LISTINGS.iter().any(|kind| script.contains(kind));
    let weight = match &objects {
        Objects { story: Some(_), .. } => Weight::Story,
        Objects { page: Some(_), .. } => Weight::Page,
        _ => Weight::Anything,
    };
    let said = Said::of(script, &objects, has_story);
    said.fill(data, weight);
    data.weight = data.weight.max(weight);
    if has_story {
        let own = objects.story.as_ref();
        data.is_paywalled |= match own.and_then(|story| story.value(Field::IsFree)) {
            Some(value) => says_false(value),
            None => values(script, "\"isAccessibleForFree\"")
                .next()
                .is_some_and(says_false),
        };
    }
    let longest = texts(script, "\"articleBody\"").max_by_key(String::len);
    if let Some(body) = longest
        && data
            .body
            .as_ref()
            .is_none_or(|known| known.len() < body.len())
    {
        data.body = Some(body);
    }
}

/// How much what a script says is worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Said of something.
    #[default]
    Anything,
    /// Said of the page.
    Page,
    /// Said of the story.
    Story,
}

/// The fields of one script.
#[derive(Default)]
struct Said {
    headline: Option<String>,
    published: Option<String>,
    updated: Option<String>,
    author: Option<String>,
    language: Option<String>,
    description: Option<String>,
    section: Option<String>,
}

impl Said {
    fn of(script: &str, objects: &Objects<'_>, has_story: bool) -> Self {
        // Where there is an object of the story, other objects speak of other things.
        let is_told_apart = objects.story.is_some();
        let text = |field: Field, key: &str, counts: bool| {
            let story = objects.story.as_ref().and_then(|one| one.text(field));
            story
                .or_else(|| objects.page.as_ref()?.text(field))
                .or_else(|| first_text(script, key).filter(|_| counts && !is_told_apart))
        };
        let of_story = objects.story.as_ref().and_then(Object::author);
        let of_page = || objects.page.as_ref().and_then(Object::author);
        Self {
            headline: text(Field::Headline, "\"headline\"", true),
            published: text(Field::Published, "\"datePublished\"", true),
            updated: text(Field::Updated, "\"dateModified\"", has_story),
            author: of_story
                .or_else(of_page)
                .or_else(|| author(script).filter(|_| !is_told_apart)),
            language: text(Field::Language, "\"inLanguage\"", true)
                .or_else(|| first_text(script, "\"inLanguage\"")),
            description: text(Field::Description, "\"description\"", has_story)
                .filter(|_| has_story),
            section: text(Field::Section, "\"articleSection\"", has_story),
        }
    }

    /// What is known already stays, unless it was said of something else.
    fn fill(self, data: &mut StructuredData, weight: Weight) {
        let is_better = weight == Weight::Story && data.weight < Weight::Story;
        let replaces = is_better && data.weight == Weight::Anything;
        let is_worse = weight == Weight::Anything && data.weight == Weight::Story;
        let fill = |place: &mut Option<String>, said: Option<String>| {
            let known = place.take().filter(|_| !replaces);
            let said = said.filter(|_| !is_worse);
            *place = if is_better {
                said.or(known)
            } else {
                known.or(said)
            };
        };
        fill(&mut data.headline, self.headline);
        fill(&mut data.published, self.published);
        fill(&mut data.updated, self.updated);
        fill(&mut data.author, self.author);
        fill(&mut data.section, self.section);
        fill(&mut data.description, self.description);
        data.language = data.language.take().or(self.language);
    }
}

/// Types of pages that tell no story.
const LISTINGS: [&str; 6] = [
    "\"CollectionPage\"",
    "\"SearchResultsPage\"",
    "\"ProfilePage\"",
    "\"Product\"",
    "\"ContactPage\"",
    "\"CheckoutPage\"",
];

fn says_false(value: &str) -> bool {
    value
        .trim_start_matches('"')
        .get(..5)
        .is_some_and(|word| word.eq_ignore_ascii_case("false"))
}

/// The author's name: a text, or the name inside an object or list.
fn author(script: &str) -> Option<String> {
    let value = values(script, "\"author\"").next()?;
    if value.starts_with('"') {
        return decode_string(value);
    }
    // Only near its key: further on it is the name of something else.
    let near = value
        .char_indices()
        .nth(400)
        .map_or(value, |(end, _)| &value[..end]);
    first_text(near, "\"name\"")
}

fn first_text(script: &str, key: &str) -> Option<String> {
    texts(script, key).next().filter(|text| !text.is_empty())
}

/// The string values of a key.
fn texts<'a>(script: &'a str, key: &'a str) -> impl Iterator<Item = String> + 'a {
    values(script, key).filter_map(decode_string)
}

/// What stands behind each occurrence of a key, up to the end of the script.
fn values<'a>(script: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    memchr::memmem::find_iter(script.as_bytes(), key).filter_map(move |at| {
        let behind = script[at + key.len()..].trim_start();
        behind.strip_prefix(':').map(str::trim_start)
    })
}

/// The JSON string at the start of `input`.
pub(super) fn decode_string(input: &str) -> Option<String> {
    let inside = input.strip_prefix('"')?;
    let end = string_end(inside)?;
    let mut out = String::with_capacity(end);
    let mut rest = &inside[..end];
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        rest = decode_escape(rest, &mut out);
    }
    out.push_str(rest);
    if out.contains('&') {
        out = entity::decode(&out, false);
    }
    Some(out.trim().to_owned())
}

/// Where the string ends, if it does within the limit.
pub(super) fn string_end(inside: &str) -> Option<usize> {
    let bytes = inside.as_bytes();
    let bytes = &bytes[..bytes.len().min(FIELD_BYTES)];
    let mut at = 0;
    loop {
        let found = at + memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[found] == b'"' {
            return Some(found);
        }
        at = found + 2;
    }
}

/// Decodes what stands behind a backslash; returns what stands behind that.
fn decode_escape<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let mut chars = rest.chars();
    match chars.next() {
        Some('n' | 'r') => out.push('\n'),
        Some('t') => out.push(' '),
        Some('b' | 'f') => {}
        Some('u') => {
            let Some(unit) = hex_unit(chars.as_str()) else {
                return chars.as_str();
            };
            let behind = &chars.as_str()[4..];
            let low = behind.strip_prefix("\\u").and_then(hex_unit);
            let pair = [unit, low.unwrap_or(0)];
            if (0xd800..0xdc00).contains(&unit) && low.is_some() {
                out.extend(char::decode_utf16(pair).filter_map(Result::ok));
                return &behind[6..];
            }
            out.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
            return behind;
        }
        Some(other) => out.push(other),
        None => {}
    }
    chars.as_str()
}

fn hex_unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(script: &str) -> StructuredData {
        let mut data = StructuredData::default();
        read(script, &mut data);
        data
    }

    #[test]
    fn fields_are_found_also_in_broken_json() {
        let found = data(
            r#"{"@type":"NewsArticle", "headline" : "A \"b\" \u00e9\ud83d\ude00", "author":[{"@type":"Person","name":"Ida Holm"}],,
            "articleBody":"One.\n\nTwo &amp; three.", "isAccessibleForFree":"False" "#,
        );
        assert_eq!(found.headline.as_deref(), Some("A \"b\" é😀"));
        assert_eq!(found.author.as_deref(), Some("Ida Holm"));
        assert_eq!(found.body.as_deref(), Some("One.\n\nTwo & three."));
        assert!(found.is_paywalled);
    }

    const STORY: &str = r#"{"@type":["NewsArticle"],"headline":"The wall","datePublished":"2026-03-02",
        "mainEntityOfPage":{"@type":"WebPage","datePublished":"2001-01-01"},"articleSection":["Town","Sea"],
        "author":{"@type":"Person","image":{"@type":"ImageObject","name":"A face"},"description":"LONG","name":"Ida Holm"}}"#;

    #[test]
    fn the_object_of_the_story_speaks_of_the_story() {
        let story = STORY.replace("LONG", &"He writes of boats. ".repeat(60));
        let site = r#"{"@type":"WebSite","headline":"Elsin Courier","datePublished":"1999-01-01","author":{"name":"The Courier"}}"#;
        let list = r#"{"@type":"ItemList","itemListElement":[{"@type":"ListItem","item":{"@type":"NewsArticle",
            "headline":"The ferry","datePublished":"2020-05-05","author":{"name":"Jon Vale"}}}]}"#;
        let crumbs = r#"{"@type":"BreadcrumbList","itemListElement":[{"name":"Home"}]}"#;
        let scripts = [
            format!("[{site},{list},{story}]"),
            format!(r#"{{"@graph":[{crumbs},{list},{site},{story}]}}"#),
            format!(
                r#"{{"@type":"WebPage","datePublished":"2000-01-01","hasPart":[{list}],"mainEntity":{story}}}"#
            ),
            story.clone(),
        ];
        let mut all: Vec<StructuredData> = scripts.iter().map(|script| data(script)).collect();
        let mut one_by_one = StructuredData::default();
        for script in [site, list, crumbs, &story, site] {
            read(script, &mut one_by_one);
        }
        all.push(one_by_one);
        for found in all {
            assert_eq!(found.headline.as_deref(), Some("The wall"));
            assert_eq!(found.published.as_deref(), Some("2026-03-02"));
            assert_eq!(found.author.as_deref(), Some("Ida Holm"));
            assert_eq!(found.section.as_deref(), Some("Town"));
        }
    }

    #[test]
    fn where_no_object_is_of_a_story_the_first_field_counts() {
        let found =
            data(r#"{"@type":"Thing","datePublished":"2026-03-02","author":{"name":"Ida Holm"}}"#);
        assert_eq!(found.published.as_deref(), Some("2026-03-02"));
        assert_eq!(found.author.as_deref(), Some("Ida Holm"));
        let page = r#"{"@graph":[{"@type":"WebSite","datePublished":"1999-01-01"},{"@type":"WebPage","datePublished":"2026-03-02"}]}"#;
        assert_eq!(data(page).published.as_deref(), Some("2026-03-02"));
    }

    #[test]
    fn all_authors_are_named_and_the_story_says_whether_it_is_free() {
        let found = data(
            r#"{"@type":"Report","author":[{"name":"Ida Holm"},{"name":"Jon Vale"}],"isAccessibleForFree":true,
                "hasPart":{"@type":"WebPageElement","isAccessibleForFree":false}}"#,
        );
        assert_eq!(found.author.as_deref(), Some("Ida Holm, Jon Vale"));
        assert!(!found.is_paywalled);
        let names = data(
            r#"{"@type":"Report","author":["Ida Holm"],"hasPart":{"isAccessibleForFree":"False"}}"#,
        );
        assert_eq!(names.author.as_deref(), Some("Ida Holm"));
        assert!(names.is_paywalled);
    }

    #[test]
    fn cut_off_data_ends_quietly() {
        for script in [
            "\"headline\":\"abc",
            "\"headline\":",
            "\"headline\":\"\\",
            "\"headline\":\"\\u12",
            "\"author\":é",
        ] {
            data(script);
        }
    }
}
