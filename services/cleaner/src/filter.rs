//! The `clean` filter: one request a line in, one answer a line out. Reading files is the
//! caller's part.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use wiredesk_cleaning::{CleanError, Cleaned, Hints, PublisherRules, clean_html, clean_text};
use wiredesk_formats::{Limits, decode_text, inflate_if_gzip};
use wiredesk_model::{Block, Credit, QualityFlag, Removal};

/// One line in. Exactly one of `html`, `text` and `path` says where the input is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct CleanRequest {
    /// Comes back with the answer as it came: a text, a number, or any other JSON.
    pub id: Value,
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

/// One line out: the id with either the story or the error.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CleanAnswer {
    /// That of the request; null where it could not be read.
    pub id: Value,
    /// Title of the story; written as null where it has none.
    pub title: Option<String>,
    /// The body as plain text, paragraphs separated by an empty line.
    pub text: Option<String>,
    /// The body.
    pub blocks: Option<Vec<Block>>,
    /// Everything taken out, with its rule and its bytes in the decoded input.
    pub removed: Option<Vec<Removal>>,
    /// Credits that stood in the text as lines of their own; written where there are any.
    pub credits: Vec<Credit>,
    /// What a reader should know of the quality.
    pub quality: Vec<QualityFlag>,
    /// What the page says of itself, by the name of the field.
    pub page: Vec<(&'static str, String)>,
    /// What is wrong, where it could not be cleaned.
    pub error: Option<String>,
}

impl CleanAnswer {
    /// The answer to a request that failed before the input could be read.
    pub fn failed(id: &Value, error: impl std::fmt::Display) -> Self {
        Self {
            id: id.clone(),
            error: Some(error.to_string()),
            ..Self::default()
        }
    }
}

impl Serialize for CleanAnswer {
    // By hand, because a story without a title says so, while an error has no field of a story.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("id", &self.id)?;
        if let Some(error) = &self.error {
            line.serialize_entry("error", error)?;
        } else {
            line.serialize_entry("title", &self.title)?;
            line.serialize_entry("text", &self.text)?;
            line.serialize_entry("blocks", &self.blocks)?;
            line.serialize_entry("removed", &self.removed)?;
            if !self.credits.is_empty() {
                line.serialize_entry("credits", &self.credits)?;
            }
            line.serialize_entry("quality", &self.quality)?;
            for (name, value) in &self.page {
                line.serialize_entry(name, value)?;
            }
        }
        line.end()
    }
}

/// Answers a request; `file` holds the bytes of its `path`, where it has one.
pub fn clean_request(
    request: &CleanRequest,
    file: Option<&[u8]>,
    rules: &PublisherRules,
) -> CleanAnswer {
    let hints = Hints {
        url: request.url.as_deref(),
        publishers: Some(rules),
        ..Hints::default()
    };
    let cleaned = match (&request.html, &request.text, &request.path) {
        (Some(html), None, None) => clean_html(html, &hints).map_err(|error| error.to_string()),
        (None, Some(text), None) => clean_text(text, &hints).map_err(|error| error.to_string()),
        (None, None, Some(path)) => match file {
            Some(bytes) => clean_file(request, bytes, &hints),
            None => Err(format!("the file {path} was not read")),
        },
        _ => Err("give exactly one of html, text and path".to_owned()),
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

fn answer(id: &Value, cleaned: Cleaned) -> CleanAnswer {
    let page = [
        ("byline", cleaned.byline),
        ("published", cleaned.published),
        ("language", cleaned.language_declared),
        ("url", cleaned.page.canonical_url),
    ];
    let page = page.into_iter();
    CleanAnswer {
        id: id.clone(),
        title: cleaned.title,
        text: Some(cleaned.text),
        blocks: Some(cleaned.blocks),
        removed: Some(cleaned.removed),
        credits: cleaned.credits,
        quality: cleaned.quality,
        page: page
            .filter_map(|(name, value)| Some((name, value?)))
            .collect(),
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
            let answer = clean_request(&request, file, &PublisherRules::default());
            assert_eq!(answer.text.as_deref(), Some(text), "{request:?}");
        }
    }

    #[test]
    fn exactly_one_input_is_taken() {
        let cases = [
            r#"{"id":"7"}"#,
            r#"{"id":"7","html":"<p>a</p>","text":"a"}"#,
            r#"{"id":"7","html":"<p>a</p>","path":"a.html"}"#,
            r#"{"id":"7","text":"a","path":"a.txt"}"#,
        ];
        for line in cases {
            let request: CleanRequest = serde_json::from_str(line).expect("a request");
            let answer = clean_request(
                &request,
                Some(b"The wall held."),
                &PublisherRules::default(),
            );
            assert_eq!(
                serde_json::to_string(&answer).expect("JSON"),
                r#"{"id":"7","error":"give exactly one of html, text and path"}"#,
                "{line}"
            );
        }
    }

    #[test]
    fn the_id_comes_back_as_it_came_and_a_missing_title_is_null() {
        for id in [r#""7""#, "7", "-7.5", "null", r#"["a",1]"#] {
            let line = format!(r#"{{"id":{id},"text":"The wall held."}}"#);
            let request: CleanRequest = serde_json::from_str(&line).expect("a request");
            let answer = clean_request(&request, None, &PublisherRules::default());
            let answer = serde_json::to_string(&answer).expect("JSON");
            let expected = format!(r#"{{"id":{id},"title":null,"text":"The wall held.","#);
            assert!(answer.starts_with(&expected), "{answer}");
        }
    }
}
