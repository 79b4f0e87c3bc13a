//! The `parse` filter: one request a line in, one answer a line out. Reading files is the
//! caller's part.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wiredesk_model::{Feed, Item, ParsedFeed};

use crate::{FormatError, Hints, flat_facts};

/// One line in. Exactly one of `path`, `text` and `base64` says where the document is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ParseRequest {
    /// Comes back with the answer as it came: a text, a number, or any other JSON.
    pub id: Value,
    /// A file.
    #[serde(default)]
    pub path: Option<String>,
    /// The document itself.
    #[serde(default)]
    pub text: Option<String>,
    /// The document's bytes in base64.
    #[serde(default)]
    pub base64: Option<String>,
    /// `Content-Type` that it came with.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Address that it came from.
    #[serde(default)]
    pub url: Option<String>,
}

/// One line out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParseAnswer {
    /// That of the request; null where it could not be read.
    pub id: Value,
    /// Whether it could be read.
    pub ok: bool,
    /// Name of the format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The feed's own fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed: Option<Feed>,
    /// The items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<AnswerItem>>,
    /// What is wrong, where it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// An item in the answer: what a wire says of it stands beside its own fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnswerItem {
    /// The item; its wire facts are in `wire`.
    #[serde(flatten)]
    pub item: Item,
    /// What a wire says of it ([`flat_facts`]).
    #[serde(flatten)]
    pub wire: Option<Map<String, Value>>,
}

impl From<Item> for AnswerItem {
    fn from(item: Item) -> Self {
        let wire = flat_facts(&item);
        Self {
            item: Item { wire: None, ..item },
            wire,
        }
    }
}

impl ParseRequest {
    /// What is known of the document beside its bytes.
    pub fn hints(&self) -> Hints {
        Hints {
            content_type: self.content_type.clone(),
            charset: None,
            url: self.url.clone(),
            ..Hints::default()
        }
    }
}

impl ParseAnswer {
    /// The answer to a request that failed before the document could be read.
    pub fn failed(id: &Value, error: impl std::fmt::Display) -> Self {
        Self {
            id: id.clone(),
            ok: false,
            format: None,
            feed: None,
            items: None,
            error: Some(error.to_string()),
        }
    }
}

/// The answer for a document that was read, or could not be.
pub fn answer(id: &Value, result: Result<ParsedFeed, FormatError>) -> ParseAnswer {
    match result {
        Ok(parsed) => ParseAnswer {
            id: id.clone(),
            ok: true,
            format: Some(parsed.format),
            feed: Some(parsed.feed),
            items: Some(parsed.items.into_iter().map(AnswerItem::from).collect()),
            error: None,
        },
        Err(error) => ParseAnswer::failed(id, error),
    }
}

/// Reads the bytes of a request and answers it.
pub fn parse_request(request: &ParseRequest, bytes: &[u8]) -> ParseAnswer {
    answer(&request.id, crate::parse(bytes, &request.hints()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_id_comes_back_as_it_came() {
        for id in [
            json!("7"),
            json!(7),
            json!(-7.5),
            Value::Null,
            json!(["a", 1]),
        ] {
            let line = json!({ "id": id, "text": "no feed" }).to_string();
            let request: ParseRequest = serde_json::from_str(&line).expect("a request");
            let answer = parse_request(&request, b"no feed");
            let answer = serde_json::to_value(answer).expect("JSON");
            assert_eq!(answer["id"], id, "{answer}");
            assert_eq!(answer["ok"], false, "{answer}");
        }
    }
}
