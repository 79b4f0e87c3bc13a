//! Items in our own model, for senders that have no feed: the fields of `item` in
//! `docs/schema/raw-item.schema.json`.

use serde::Deserialize;
use serde_json::Value;
use wiredesk_formats::{FormatError, Limits};
use wiredesk_model::{Feed, Item, ParsedFeed, Payload};
use wiredesk_settings::nearest;

/// Media type of items in our own model.
pub const MEDIA_TYPE: &str = "application/vnd.wiredesk.items+json";
/// Name of the format, in messages.
pub const FORMAT: &str = "items";

#[derive(Deserialize)]
#[serde(untagged)]
enum Sent {
    Several { items: Vec<Value> },
    One(Value),
}

/// Reads one item, or `{"items": [...]}`. A field that is not known is an error, so that no slip
/// of the pen loses a headline.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<ParsedFeed, FormatError> {
    let sent: Sent = serde_json::from_slice(bytes).map_err(|error| damaged(&error.to_string()))?;
    let values = match sent {
        Sent::Several { items } => items,
        Sent::One(item) => vec![item],
    };
    if values.is_empty() {
        return Err(FormatError::Empty);
    }
    if values.len() > limits.items {
        return Err(FormatError::OverLimit {
            what: "items",
            limit: limits.items as u64,
            found: values.len() as u64,
        });
    }
    let known = fields();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let mut parsed = ParsedFeed {
        format: FORMAT.to_owned(),
        feed: Feed::default(),
        ..ParsedFeed::default()
    };
    for (place, value) in values.into_iter().enumerate() {
        parsed.item_sources.push(value.to_string());
        let item =
            read_item(value, &known).map_err(|text| damaged(&format!("item {place}: {text}")))?;
        parsed.items.push(item);
    }
    Ok(parsed)
}

/// The bytes of one of the items, as sent.
pub fn payload(parsed: &ParsedFeed, index: usize) -> Payload {
    let source = parsed.item_sources.get(index).cloned();
    Payload {
        media_type: "application/json".to_owned(),
        charset: Some("utf-8".to_owned()),
        bytes: source.unwrap_or_default().into_bytes(),
    }
}

fn read_item(value: Value, known: &[&str]) -> Result<Item, String> {
    let Value::Object(fields) = &value else {
        return Err("not an object".to_owned());
    };
    if let Some(unknown) = fields.keys().find(|key| !known.contains(&key.as_str())) {
        let hint = nearest(unknown, known.iter().copied())
            .map(|near| format!(", did you mean `{near}`?"))
            .unwrap_or_default();
        return Err(format!("unknown field `{unknown}`{hint}"));
    }
    let item: Item = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let says_something = [&item.title, &item.summary, &item.content];
    let is_empty =
        |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    if says_something.into_iter().all(is_empty) && item.wire.is_none() {
        return Err("none of title, summary and content says anything".to_owned());
    }
    Ok(item)
}

/// The fields of an item, by their names in JSON.
fn fields() -> Vec<String> {
    let shown = serde_json::to_value(Item::default()).unwrap_or_default();
    let shown = shown
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys());
    // Left out where there is none.
    shown.cloned().chain(["wire".to_owned()]).collect()
}

fn damaged(detail: &str) -> FormatError {
    FormatError::Damaged {
        format: FORMAT,
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<ParsedFeed, String> {
        read(text.as_bytes(), &Limits::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn one_item_and_several_are_read() {
        let one = read_text("{\"id\":\"a\",\"title\":\"Bridge opens\"}").unwrap();
        assert_eq!(one.items[0].title.as_deref(), Some("Bridge opens"));
        let two = read_text("{\"items\":[{\"title\":\"One\"},{\"title\":\"Two\"}]}").unwrap();
        assert_eq!(two.items.len(), 2);
        assert_eq!(two.item_sources[1], "{\"title\":\"Two\"}");
    }

    #[test]
    fn slips_are_told_with_their_item() {
        let cases = [
            (
                "{\"items\":[{\"title\":\"One\"},{\"titel\":\"Two\"}]}",
                "damaged items document: item 1: unknown field `titel`, did you mean `title`?",
            ),
            (
                "{\"id\":\"a\",\"title\":\" \"}",
                "damaged items document: item 0: none of title, summary and content says anything",
            ),
            ("{\"items\":[]}", "the document is empty"),
            ("[1]", "damaged items document: item 0: not an object"),
        ];
        for (text, expected) in cases {
            assert_eq!(read_text(text), Err(expected.to_owned()), "{text}");
        }
        assert!(read_text("{").is_err());
        assert!(read_text("{\"title\":5}").is_err());
    }
}
