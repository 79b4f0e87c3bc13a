//! Terms, texts with roles, links and files as JSON writes them.

use serde_json::Value;
use wiredesk_model::{RoleText, WireLink, WireRendition, WireTerm};

use super::path::{Found, get};
use crate::wire::el::fold;

/// Keys that a term is understood by.
const TERM_KEYS: [&str; 15] = [
    "code",
    "qcode",
    "uri",
    "literal",
    "scheme",
    "name",
    "by",
    "type",
    "rel",
    "rels",
    "role",
    "relevance",
    "title",
    "creator",
    "rank",
];

/// A string or a number as text; anything else is none, and so is an empty string.
pub fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The text under the first of several keys that has one.
pub fn text_at(value: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| match get(value, key)? {
        Value::Array(list) => list.iter().find_map(text_of),
        value => text_of(value),
    })
}

/// A term: an object, or a bare name. `kind` stands in where it names none.
pub fn term(value: &Value, kind: Option<&str>) -> Option<WireTerm> {
    if let Some(name) = text_of(value) {
        return Some(WireTerm {
            name: Some(name),
            kind: kind.map(str::to_owned),
            ..WireTerm::default()
        });
    }
    let code = text_at(value, &["code", "qcode", "uri", "literal"]);
    let name = feature_name(value)
        .or_else(|| text_at(value, &["name", "by", "title"]))
        .map(|name| fold(&name));
    if code.is_none() && name.is_none() {
        return None;
    }
    let scheme = text_at(value, &["scheme"]).or_else(|| {
        let code = code.as_deref()?;
        let (scheme, _) = code.rsplit_once('/').or_else(|| code.split_once(':'))?;
        Some(scheme.to_owned())
    });
    Some(WireTerm {
        scheme,
        code,
        name,
        kind: text_at(value, &["type"]).or_else(|| kind.map(str::to_owned)),
        role: text_at(value, &["role", "rel", "rels"]),
        relevance: get(value, "relevance")
            .and_then(Value::as_u64)
            .and_then(|number| u8::try_from(number).ok()),
        ..WireTerm::default()
    })
}

/// The name of the place that a term draws as a GeoJSON feature (RFC 7946); the name beside it may
/// have the address in it.
fn feature_name(value: &Value) -> Option<String> {
    let properties = get(get(value, "geojson")?, "properties")?;
    text_at(properties, &["name"])
}

/// Whether a term says more than its fields hold.
pub fn says_more(value: &Value) -> bool {
    value.as_object().is_some_and(|object| {
        object.keys().any(|key| {
            TERM_KEYS
                .iter()
                .all(|known| !key.eq_ignore_ascii_case(known))
        })
    })
}

/// A text with its role: an object, or a string whose role is in its key.
pub fn role_text(found: &Found<'_>) -> Option<RoleText> {
    if let Some(text) = text_of(found.value) {
        return Some(RoleText {
            role: found.tail.clone(),
            text,
            language: None,
        });
    }
    let keys = ["value", "text", "ednote", "description", "headline", "note"];
    Some(RoleText {
        role: text_at(found.value, &["role", "type"]),
        text: text_at(found.value, &keys)?,
        language: text_at(found.value, &["language", "lang"]),
    })
}

/// A link, or an item that belongs to this one.
pub fn link(found: &Found<'_>) -> Option<WireLink> {
    if let Some(target) = text_of(found.value) {
        return Some(WireLink {
            target: Some(target),
            ..WireLink::default()
        });
    }
    let value = found.value;
    let title = text_at(value, &["headline", "title"]).or_else(|| {
        let headlines = get(value, "headlines")?.as_array()?;
        text_at(headlines.first()?, &["value"])
    });
    let link = WireLink {
        rel: text_at(value, &["rel"]),
        target: text_at(value, &["uri", "urn", "href", "guid"]),
        version: text_at(value, &["version"]),
        class: text_at(value, &["type"]),
        title,
        group: text_at(value, &["name"]).or_else(|| found.tail.clone()),
        media_type: text_at(value, &["mimetype", "contenttype"]),
    };
    (link.target.is_some() || link.title.is_some()).then_some(link)
}

/// A file.
pub fn rendition(found: &Found<'_>) -> Option<WireRendition> {
    let value = found.value;
    let number = |keys: &[&str]| text_at(value, keys).and_then(|number| number.parse().ok());
    value.is_object().then(|| WireRendition {
        name: text_at(value, &["name"]).or_else(|| found.tail.clone()),
        href: text_at(value, &["href", "url", "uri"]),
        media_type: text_at(value, &["mimetype", "contenttype"]),
        size_bytes: text_at(value, &["sizeinbytes", "filesize"]).and_then(|size| size.parse().ok()),
        width: number(&["width"]),
        height: number(&["height"]),
        caption: text_at(value, &["caption", "title"]),
    })
}
