//! JSON Feed 1.0 and 1.1: <https://www.jsonfeed.org/version/1.1/>.
//!
//! Every field is read for itself: a wrong type costs that field, not the feed.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use wiredesk_model::{Enclosure, Extra, Feed, Item, ParsedFeed, Person};

use crate::extra::keep_member;
use crate::links::Base;
use crate::{Detected, FormatError, Hints, Limits, to_rfc3339};

/// Whether it is a JSON object with what a JSON Feed has.
pub fn detect(detected: &Detected<'_>) -> bool {
    detected.text.starts_with('{')
        && (detected.text.contains("jsonfeed.org/version") || detected.text.contains("\"items\""))
}

/// Reads a document.
///
/// # Errors
/// Where it is not JSON, or a limit is passed.
pub fn read(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    let damaged = |error: serde_json::Error| FormatError::Damaged {
        format: "json-feed",
        detail: error.to_string(),
    };
    limits.check_bytes(text.len())?;
    let (rest, raw_items) = split(text).map_err(damaged)?;
    limits.check_items(raw_items.len())?;
    let base = Base::of(hints.url.as_deref());
    let feed = read_feed(&rest, &base);
    let mut parsed = ParsedFeed {
        feed,
        ..ParsedFeed::default()
    };
    for raw in raw_items {
        let Ok(Value::Object(item)) = serde_json::from_str(raw) else {
            continue;
        };
        let mut item = read_item(&item, &base);
        if item.authors.is_empty() {
            // An item without authors is by those of its feed (version 1.1, top level).
            item.authors.clone_from(&parsed.feed.authors);
        }
        parsed.items.push(item);
        parsed.item_sources.push(raw.to_owned());
    }
    Ok(parsed)
}

type Object = serde_json::Map<String, Value>;

/// The feed's own fields, and the items as they stand in the document.
fn split(text: &str) -> Result<(Object, Vec<&str>), serde_json::Error> {
    #[derive(Deserialize)]
    struct Items<'a> {
        #[serde(borrow, default)]
        items: Option<Vec<&'a RawValue>>,
    }
    let whole: Items<'_> = serde_json::from_str(text)?;
    let items = whole
        .items
        .unwrap_or_default()
        .into_iter()
        .map(RawValue::get)
        .collect();
    let mut rest: Object = serde_json::from_str(text)?;
    rest.remove("items");
    Ok((rest, items))
}

/// Members of a feed that have a field.
const FEED_MEMBERS: [&str; 11] = [
    "version",
    "title",
    "description",
    "home_page_url",
    "feed_url",
    "icon",
    "favicon",
    "author",
    "authors",
    "language",
    "hubs",
];
/// Members of an item that have a field.
const ITEM_MEMBERS: [&str; 16] = [
    "id",
    "url",
    "external_url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "image",
    "banner_image",
    "date_published",
    "date_modified",
    "author",
    "authors",
    "tags",
    "language",
    "attachments",
];

/// What is beside the `known` members: extensions, and what we have no field for.
fn others(object: &Object, known: &[&str]) -> Vec<Extra> {
    let mut extra = Vec::new();
    for (name, value) in object {
        if !known.contains(&name.as_str()) {
            keep_member(&mut extra, name, value);
        }
    }
    extra
}

/// Text of a field; a number counts as its digits.
fn text(object: &Object, name: &str) -> Option<String> {
    let found = match object.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(found).filter(|text| !text.is_empty())
}

fn date(object: &Object, name: &str) -> Option<String> {
    to_rfc3339(&text(object, name)?)
}

/// Authors of 1.1, the author of 1.0, and one object in place of a list.
fn authors(object: &Object) -> Vec<Person> {
    ["authors", "author"]
        .into_iter()
        .filter_map(|name| object.get(name))
        .flat_map(|value| match value {
            Value::Array(list) => list.iter().collect(),
            one => vec![one],
        })
        .filter_map(|value| match value {
            Value::String(name) => crate::person::parse_person(name),
            Value::Object(author) => Some(Person {
                name: text(author, "name"),
                email: text(author, "email"),
                uri: text(author, "url"),
            }),
            _ => None,
        })
        .filter(|person| *person != Person::default())
        .fold(Vec::new(), |mut list, person| {
            if !list.contains(&person) {
                list.push(person);
            }
            list
        })
}

fn read_feed(object: &Object, base: &Base) -> Feed {
    let link = |name| text(object, name).and_then(|link| base.resolve(&link));
    let home = link("home_page_url");
    Feed {
        title: text(object, "title"),
        subtitle: text(object, "description"),
        links: [home.clone(), link("feed_url")]
            .into_iter()
            .flatten()
            .collect(),
        link: home,
        id: text(object, "feed_url"),
        language: text(object, "language"),
        icon: link("favicon"),
        image: link("icon").or_else(|| link("favicon")),
        authors: authors(object),
        hubs: hubs(object, base),
        self_link: link("feed_url"),
        extra: others(object, &FEED_MEMBERS),
        ..Feed::default()
    }
}

/// The hubs that speak WebSub (version 1.1, "Subscribing to Real-time Notifications").
fn hubs(object: &Object, base: &Base) -> Vec<String> {
    let Some(Value::Array(list)) = object.get("hubs") else {
        return Vec::new();
    };
    let hubs = list.iter().filter_map(Value::as_object);
    hubs.filter(|hub| text(hub, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("websub")))
        .filter_map(|hub| base.resolve(&text(hub, "url")?))
        .collect()
}

fn read_item(object: &Object, base: &Base) -> Item {
    let link = |name| text(object, name).and_then(|link| base.resolve(&link));
    let page = link("url").or_else(|| link("external_url"));
    let tags = match object.get("tags") {
        Some(Value::Array(tags)) => tags
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::String(tag)) => vec![tag.clone()],
        _ => Vec::new(),
    };
    Item {
        id: text(object, "id"),
        title: text(object, "title"),
        links: [
            page.clone(),
            link("external_url").filter(|other| Some(other) != page.as_ref()),
        ]
        .into_iter()
        .flatten()
        .collect(),
        link: page,
        published: date(object, "date_published"),
        updated: date(object, "date_modified"),
        authors: authors(object),
        summary: text(object, "summary"),
        content: text(object, "content_html")
            .map(|html| base.complete(html.into()).into_owned())
            .or_else(|| text(object, "content_text")),
        categories: tags,
        enclosures: enclosures(object, base),
        image: link("image").or_else(|| link("banner_image")),
        language: text(object, "language"),
        extra: others(object, &ITEM_MEMBERS),
        ..Item::default()
    }
}

fn enclosures(object: &Object, base: &Base) -> Vec<Enclosure> {
    let Some(Value::Array(list)) = object.get("attachments") else {
        return Vec::new();
    };
    list.iter()
        .filter_map(Value::as_object)
        .filter_map(|attachment| {
            Some(Enclosure {
                url: base.resolve(&text(attachment, "url")?)?,
                media_type: text(attachment, "mime_type"),
                length: text(attachment, "size_in_bytes"),
                title: text(attachment, "title"),
                ..Enclosure::default()
            })
        })
        .collect()
}
