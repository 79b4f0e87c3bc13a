//! The few fields of JSON-LD that help: found by name and decoded alone.
//!
//! Pages carry up to a megabyte of it, often broken; a full parse would cost more than the page.

use super::entity;

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
}

/// Longest field that is decoded, in bytes.
const FIELD_BYTES: usize = 512 * 1024;

/// Reads one script into `data`; fields that are there already stay.
pub(crate) fn read(script: &str, data: &mut StructuredData) {
    let headline = first_text(script, "\"headline\"");
    data.headline = data.headline.take().or(headline);
    data.published = data
        .published
        .take()
        .or_else(|| first_text(script, "\"datePublished\""));
    data.language = data
        .language
        .take()
        .or_else(|| first_text(script, "\"inLanguage\""));
    data.author = data.author.take().or_else(|| author(script));
    let is_story = ["Article\"", "Posting\"", "Report\""]
        .iter()
        .any(|kind| script.contains(kind));
    data.is_story |= is_story;
    data.is_listing |= LISTINGS.iter().any(|kind| script.contains(kind));
    if is_story {
        let updated = || first_text(script, "\"dateModified\"");
        data.updated = data.updated.take().or_else(updated);
        data.section = data.section.take().or_else(|| section(script));
        data.description = data
            .description
            .take()
            .or_else(|| first_text(script, "\"description\""));
        data.is_paywalled |= says_paywalled(script);
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

/// Types of pages that tell no story.
const LISTINGS: [&str; 6] = [
    "\"CollectionPage\"",
    "\"SearchResultsPage\"",
    "\"ProfilePage\"",
    "\"Product\"",
    "\"ContactPage\"",
    "\"CheckoutPage\"",
];

/// `articleSection`: a text, or the first of a list.
fn section(script: &str) -> Option<String> {
    let value = values(script, "\"articleSection\"").next()?;
    let value = value.strip_prefix('[').map_or(value, str::trim_start);
    decode_string(value).filter(|text| !text.is_empty())
}

fn says_paywalled(script: &str) -> bool {
    values(script, "\"isAccessibleForFree\"")
        .next()
        .is_some_and(|value| {
            value
                .trim_start_matches('"')
                .get(..5)
                .is_some_and(|word| word.eq_ignore_ascii_case("false"))
        })
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
fn decode_string(input: &str) -> Option<String> {
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
fn string_end(inside: &str) -> Option<usize> {
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
