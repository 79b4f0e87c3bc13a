//! `parse`, `clean` and `enrich`: JSON lines in, JSON lines out.

use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;
use wiredesk_cleaner::{CleanAnswer, CleanRequest, clean_request};
use wiredesk_cleaning::PublisherRules;
use wiredesk_formats::{ParseAnswer, ParseRequest, parse_request};
use wiredesk_model::Timestamp;
use wiredesk_pipeline::caught;

use crate::files::read_file;
use crate::jsonl::{Line, each_line};

/// Which filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Documents in, feed items out.
    Parse,
    /// Pages or texts in, clean stories out.
    Clean,
    /// Clean stories in, article records out.
    Enrich,
}

/// Answers each line of `input` with one line of `output`, in the same order, on all cores.
///
/// # Errors
/// Where `input` cannot be read or `output` cannot be written; never because of a line.
pub fn run_filter(
    filter: Filter,
    input: impl BufRead + Send + 'static,
    output: &mut impl Write,
) -> io::Result<()> {
    run_filter_with(filter, PublisherRules::default(), input, output)
}

/// [`run_filter`] with the rules for the pages of some publishers, which `clean` goes by.
///
/// # Errors
/// As [`run_filter`].
pub fn run_filter_with(
    filter: Filter,
    rules: PublisherRules,
    input: impl BufRead + Send + 'static,
    output: &mut impl Write,
) -> io::Result<()> {
    let answered = move |line| answer(filter, &rules, line);
    each_line(input, output, Arc::new(answered))
}

fn answer(filter: Filter, rules: &PublisherRules, line: Line) -> String {
    let text = match line {
        Line::Text(text) => text,
        Line::Unusable(why) => return refusal(filter, &Value::Null, &why),
    };
    if text.trim().is_empty() {
        let why = "the line is empty, give one JSON object a line";
        return refusal(filter, &Value::Null, why);
    }
    let answered = caught(|| match filter {
        Filter::Parse => parse_line(&text),
        Filter::Clean => clean_line(&text, rules),
        Filter::Enrich => wiredesk_enricher::enrich_line(&text, Timestamp::now()),
    });
    answered.unwrap_or_else(|_| {
        let why = "a defect of ours; the details are on standard error, please report the line";
        refusal(filter, &id_of(&text), why)
    })
}

fn parse_line(line: &str) -> String {
    let request: ParseRequest = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(error) => return refusal(Filter::Parse, &id_of(line), &bad_line(&error)),
    };
    let answer = match document(&request) {
        Ok(bytes) => parse_request(&request, &bytes),
        Err(error) => ParseAnswer::failed(&request.id, error),
    };
    to_line(Filter::Parse, &request.id, &answer)
}

/// The bytes of the document that a request names.
fn document(request: &ParseRequest) -> Result<Vec<u8>, String> {
    match (&request.path, &request.text, &request.base64) {
        (Some(path), None, None) => read_file(Path::new(path)).map_err(|error| error.to_string()),
        (None, Some(text), None) => Ok(text.clone().into_bytes()),
        (None, None, Some(text)) => STANDARD
            .decode(text)
            .map_err(|error| format!("base64 cannot be read: {error}")),
        _ => Err("give exactly one of path, text and base64".to_owned()),
    }
}

fn clean_line(line: &str, rules: &PublisherRules) -> String {
    let request: CleanRequest = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(error) => return refusal(Filter::Clean, &id_of(line), &bad_line(&error)),
    };
    let file = match &request.path {
        // With another input beside it the request is refused, whatever the file is.
        Some(path) if request.html.is_none() && request.text.is_none() => {
            match read_file(Path::new(path)) {
                Ok(bytes) => Some(bytes),
                Err(error) => {
                    let answer = CleanAnswer::failed(&request.id, error);
                    return to_line(Filter::Clean, &request.id, &answer);
                }
            }
        }
        _ => None,
    };
    let answer = clean_request(&request, file.as_deref(), rules);
    to_line(Filter::Clean, &request.id, &answer)
}

fn to_line(filter: Filter, id: &Value, answer: &impl Serialize) -> String {
    serde_json::to_string(answer).unwrap_or_else(|error| {
        let why = format!("the answer cannot be written as JSON: {error}");
        refusal(filter, id, &why)
    })
}

/// The answer to a line that cannot be answered.
fn refusal(filter: Filter, id: &Value, why: &str) -> String {
    let why = Value::from(why);
    // Not `json!`, which would sort the fields; the id comes first in every answer.
    match filter {
        Filter::Parse => format!(r#"{{"id":{id},"ok":false,"error":{why}}}"#),
        Filter::Clean | Filter::Enrich => format!(r#"{{"id":{id},"error":{why}}}"#),
    }
}

fn bad_line(error: &serde_json::Error) -> String {
    format!("the line cannot be read as a request: {error}")
}

/// The id of a line, where it has one that can be found.
fn id_of(line: &str) -> Value {
    serde_json::from_str::<Value>(line)
        .ok()
        .and_then(|value| value.get("id").cloned())
        .unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use serde_json::json;

    use super::*;

    fn filtered(filter: Filter, input: &str) -> Vec<Value> {
        let mut output = Vec::new();
        run_filter(filter, Cursor::new(input.to_owned()), &mut output).expect("all in memory");
        let text = String::from_utf8(output).expect("text");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("every answer is JSON"))
            .collect()
    }

    fn ids_of(answers: &[Value]) -> Value {
        answers.iter().map(|answer| answer["id"].clone()).collect()
    }

    #[test]
    fn every_filter_answers_an_empty_line_and_takes_any_id() {
        for filter in [Filter::Parse, Filter::Clean, Filter::Enrich] {
            let answers = filtered(filter, "\n{\"id\":7}\n\n{\"id\":\"7\"}\n \n");
            assert_eq!(ids_of(&answers), json!([null, 7, null, "7", null]));
            for answer in &answers {
                assert!(answer["error"].is_string(), "{filter:?}: {answer}");
            }
        }
    }

    #[test]
    fn a_bad_line_is_answered_and_the_next_goes_on() {
        let input = "\
{\"id\":\"a\",\"text\":\"The wall held.\\n\\nAdvertisement\"}
not json
{\"id\":\"b\",\"text\":7}
{\"id\":\"c\",\"path\":\"/nowhere/at.html\"}
{\"id\":\"d\"}

{\"id\":\"e\",\"text\":\"The tide turned.\"}
{\"id\":8,\"text\":\"The tide turned.\",\"path\":\"/nowhere/at.html\"}
  \r
";
        let answers = filtered(Filter::Clean, input);
        assert_eq!(
            ids_of(&answers),
            json!(["a", null, "b", "c", "d", null, "e", 8, null])
        );
        assert_eq!(answers[0]["text"], "The wall held.");
        assert_eq!(answers[0]["removed"][0]["text"], "Advertisement");
        for answer in answers[1..6].iter().chain(&answers[7..]) {
            assert!(answer["error"].is_string(), "{answer}");
        }
        let missing = answers[3]["error"].as_str().expect("text");
        assert!(
            missing.starts_with("cannot read /nowhere/at.html: "),
            "{missing}"
        );
        assert_eq!(answers[6]["text"], "The tide turned.");
        assert_eq!(answers[6].get("title"), Some(&Value::Null));
        assert_eq!(
            answers[7]["error"],
            "give exactly one of html, text and path"
        );
    }

    #[test]
    fn documents_come_as_text_or_base64() {
        let rss =
            "<rss version='2.0'><channel><item><title>Bridge opens</title></item></channel></rss>";
        let input = format!(
            "{}\n{}\n{}\n",
            json!({ "id": "1", "text": rss }),
            json!({ "id": "2", "base64": STANDARD.encode(rss) }),
            json!({ "id": 3, "text": rss, "path": "x" }),
        );
        let answers = filtered(Filter::Parse, &input);
        for answer in &answers[..2] {
            assert_eq!(answer["ok"], true, "{answer}");
            assert_eq!(answer["items"][0]["title"], "Bridge opens", "{answer}");
        }
        assert_eq!(answers[2]["ok"], false);
        assert_eq!(ids_of(&answers), json!(["1", "2", 3]));
        assert_eq!(
            answers[2]["error"],
            "give exactly one of path, text and base64"
        );
    }

    #[test]
    fn what_clean_prints_can_be_enriched() {
        let line = r#"{"id":"7","title":"Ferry is back","text":"ROME (AP) — The ferry is back.","blocks":[],"removed":[]}"#;
        let answers = filtered(Filter::Enrich, &format!("{line}\n[]\n"));
        assert_eq!(answers[0]["wire"]["dateline"], "ROME (AP)");
        assert!(answers[1]["error"].is_string(), "{}", answers[1]);
    }
}
