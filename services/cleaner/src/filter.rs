//! The `clean` filter: one request a line in, one answer a line out. Reading files is the
//! caller's part.

use serde::{Deserialize, Serialize};
use wiredesk_cleaning::{CleanError, Cleaned, Hints, clean_html, clean_text};
use wiredesk_formats::{Limits, decode_text, inflate_if_gzip};
use wiredesk_model::Block;

/// One line in. Exactly one of `html`, `text` and `path` says where the input is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct CleanRequest {
    /// Comes back with the answer.
    pub id: String,
    /// A page.
    #[serde(default)]
    pub html: Option<String>,
    /// A plain text.
    #[serde(default)]
    pub text: Option<String>,
    /// A file; gzip is known by its first bytes, plain text by its name `*.txt`.
    #[serde(default)]
    pub path: Option<String>,
    /// Address that it came from.
    #[serde(default)]
    pub url: Option<String>,
}

/// A removed span, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemovedSpan {
    /// Id of the rule.
    pub rule: String,
    /// The text that went.
    pub text: String,
}

/// One line out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CleanAnswer {
    /// That of the request.
    pub id: String,
    /// Title of the story.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The body as plain text, paragraphs separated by an empty line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Vec<Block>>,
    /// Everything taken out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<Vec<RemovedSpan>>,
    /// What is wrong, where it could not be cleaned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl CleanAnswer {
    /// The answer to a request that failed before the input could be read.
    pub fn failed(id: &str, error: impl std::fmt::Display) -> Self {
        Self {
            id: id.to_owned(),
            error: Some(error.to_string()),
            ..Self::default()
        }
    }
}

/// Answers a request; `file` holds the bytes of its `path`, where it has one.
pub fn clean_request(request: &CleanRequest, file: Option<&[u8]>) -> CleanAnswer {
    let hints = Hints {
        url: request.url.as_deref(),
        ..Hints::default()
    };
    let cleaned = match (&request.html, &request.text, file) {
        (Some(html), _, _) => clean_html(html, &hints).map_err(|error| error.to_string()),
        (None, Some(text), _) => clean_text(text, &hints).map_err(|error| error.to_string()),
        (None, None, Some(bytes)) => clean_file(request, bytes, &hints),
        (None, None, None) => {
            Err("the request has none of html, text and path: give one of them".to_owned())
        }
    };
    match cleaned {
        Ok(cleaned) => answer(&request.id, cleaned),
        Err(error) => CleanAnswer::failed(&request.id, error),
    }
}

fn clean_file(request: &CleanRequest, bytes: &[u8], hints: &Hints<'_>) -> Result<Cleaned, String> {
    let bytes = inflate_if_gzip(bytes, &Limits::default()).map_err(|error| error.to_string())?;
    let text = decode_text(
        &bytes,
        &wiredesk_formats::Hints {
            url: request.url.clone(),
            ..wiredesk_formats::Hints::default()
        },
    )
    .text;
    let path = request.path.as_deref().unwrap_or_default();
    let is_plain = path.trim_end_matches(".gz").ends_with(".txt");
    let cleaned: Result<Cleaned, CleanError> = if is_plain {
        clean_text(&text, hints)
    } else {
        clean_html(&text, hints)
    };
    cleaned.map_err(|error| error.to_string())
}

fn answer(id: &str, cleaned: Cleaned) -> CleanAnswer {
    let removed = cleaned
        .removed
        .into_iter()
        .map(|removal| RemovedSpan {
            rule: removal.rule,
            text: removal.text,
        })
        .collect();
    CleanAnswer {
        id: id.to_owned(),
        title: cleaned.title,
        text: Some(cleaned.text),
        blocks: Some(cleaned.blocks),
        removed: Some(removed),
        error: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_input_is_answered() {
        let text = "The wall held against the storm, and by the evening the water had gone back.";
        let request = |line: &str| serde_json::from_str::<CleanRequest>(line).expect("a request");
        let cases = [
            (request(&format!(r#"{{"id":"1","text":"{text}"}}"#)), None),
            (
                request(&format!(r#"{{"id":"1","html":"<p>{text}</p>"}}"#)),
                None,
            ),
            (
                request(r#"{"id":"1","path":"a.txt"}"#),
                Some(text.as_bytes()),
            ),
            (
                request(r#"{"id":"1","path":"a.html"}"#),
                Some(text.as_bytes()),
            ),
        ];
        for (request, file) in cases {
            let answer = clean_request(&request, file);
            assert_eq!(answer.text.as_deref(), Some(text), "{request:?}");
        }
    }

    #[test]
    fn a_request_without_input_says_so() {
        let answer = clean_request(
            &CleanRequest {
                id: "7".to_owned(),
                ..CleanRequest::default()
            },
            None,
        );
        let line = serde_json::to_string(&answer).expect("JSON");
        assert_eq!(
            line,
            r#"{"id":"7","error":"the request has none of html, text and path: give one of them"}"#
        );
    }
}
