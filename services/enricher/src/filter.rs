//! `wiredesk enrich`: one clean record a line in, one article record a line out.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wiredesk_enrichment::{EnrichSettings, enrich};
use wiredesk_model::{
    Block, CleanStory, Credit, Enclosure, Item, PageFacts, Person, Removal, RunId, Timestamp,
    Version, content_hash,
};

/// Enriches one line of JSON, and always answers with one line of JSON (without the line break).
///
/// The line is a [`CleanStory`], or what `wiredesk clean` prints: `{"id", "title", "text",
/// "blocks", "removed"}`, to which `url`, `language`, `published`, `updated`, `authors`,
/// `categories`, `summary`, `source` and `fetched_at` may be added by hand. `now` stands in for a
/// fetch time that is not given. The answer is the article record, or `{"id", "error"}`.
///
/// ```
/// use wiredesk_model::Timestamp;
/// let line = r#"{"id":"7","title":"Ferry is back","text":"ROME (AP) — The ferry is back."}"#;
/// let answer = wiredesk_enricher::enrich_line(line, Timestamp::UNIX_EPOCH);
/// assert!(answer.contains(r#""dateline":"ROME (AP)""#));
/// let answer = wiredesk_enricher::enrich_line(r#"{"id":"8"}"#, Timestamp::UNIX_EPOCH);
/// assert!(answer.starts_with(r#"{"id":"8","error":"#));
/// ```
pub fn enrich_line(line: &str, now: Timestamp) -> String {
    let answer = story_of_line(line, now).and_then(|story| {
        let record = enrich(&story, &EnrichSettings::default());
        serde_json::to_string(&record).map_err(|error| Refusal {
            id: Value::from(story.story.as_str()),
            error: format!("the record could not be written as JSON: {error}"),
        })
    });
    answer.unwrap_or_else(|refusal| refusal.to_line())
}

/// Why a line was not enriched.
#[derive(Debug, Serialize)]
struct Refusal {
    id: Value,
    error: String,
}

impl Refusal {
    fn to_line(&self) -> String {
        // Two plain fields are always JSON; the empty object is for the type's sake.
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

/// What `wiredesk clean` prints, and what a person may add to it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CleanLine {
    title: Option<String>,
    text: String,
    blocks: Vec<Block>,
    removed: Vec<RemovedSpan>,
    credits: Vec<Credit>,
    url: Option<String>,
    language: Option<String>,
    byline: Option<String>,
    published: Option<String>,
    updated: Option<String>,
    summary: Option<String>,
    authors: Vec<Author>,
    categories: Vec<String>,
    enclosures: Vec<Enclosure>,
    source: Option<String>,
    version: Option<u32>,
    fetched_at: Option<Timestamp>,
}

/// A removed span; the short form has only rule and text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RemovedSpan {
    rule: String,
    reason: String,
    text: String,
    after_block: u32,
    start: Option<u64>,
    end: Option<u64>,
}

/// An author, as a name or as a person.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Author {
    Name(String),
    Person(Person),
}

fn story_of_line(line: &str, now: Timestamp) -> Result<CleanStory, Refusal> {
    let value: Value = serde_json::from_str(line).map_err(|error| Refusal {
        id: Value::Null,
        error: format!("the line is no JSON: {error}"),
    })?;
    let id = ["id", "story"]
        .iter()
        .find_map(|field| value.get(field))
        .cloned()
        .unwrap_or_default();
    let refused = |error: String| Refusal {
        id: id.clone(),
        error,
    };
    if value.get("story").is_some() {
        return serde_json::from_value(value)
            .map_err(|error| refused(format!("the line is no clean record: {error}")));
    }
    if let Some(error) = value.get("error").and_then(Value::as_str) {
        return Err(refused(format!("not cleaned: {error}")));
    }
    let clean: CleanLine = serde_json::from_value(value)
        .map_err(|error| refused(format!("the line is no clean record: {error}")))?;
    if clean.text.trim().is_empty() && clean.blocks.is_empty() {
        return Err(refused(
            "the record has neither text nor blocks to enrich".to_owned(),
        ));
    }
    Ok(story_of(clean, &name_of(&id, line), now))
}

/// The id as text; a line without one goes by its hash.
fn name_of(id: &Value, line: &str) -> String {
    match id {
        Value::String(name) if !name.is_empty() => name.clone(),
        Value::Number(number) => number.to_string(),
        _ => content_hash(line.as_bytes()),
    }
}

/// A story that says nothing.
pub(crate) fn blank_story(name: &str, now: Timestamp) -> CleanStory {
    story_of(CleanLine::default(), name, now)
}

fn story_of(clean: CleanLine, name: &str, now: Timestamp) -> CleanStory {
    let source = clean.source.as_deref().unwrap_or("stdin");
    let person = |author: Author| match author {
        Author::Person(person) => person,
        Author::Name(name) => Person {
            name: Some(name),
            ..Person::default()
        },
    };
    let removal = |span: RemovedSpan| Removal {
        rule: span.rule,
        reason: span.reason,
        text: span.text,
        after_block: span.after_block,
        start: span.start,
        end: span.end,
    };
    CleanStory {
        story: name.into(),
        version: clean.version.map_or(Version::FIRST, Version),
        identity: "guid".to_owned(),
        source: source.into(),
        feed: source.into(),
        run: RunId::live(),
        fetched_at: clean.fetched_at.unwrap_or(now),
        raw_hash: content_hash(clean.text.as_bytes()),
        raw_ref: String::new(),
        item: Item {
            title: clean.title.clone(),
            link: clean.url,
            published: clean.published,
            updated: clean.updated,
            authors: clean.authors.into_iter().map(person).collect(),
            categories: clean.categories,
            enclosures: clean.enclosures,
            ..Item::default()
        },
        summary: clean.summary,
        feed_title: None,
        declared_language: clean.language,
        page_byline: clean.byline,
        page_published: None,
        page: PageFacts::default(),
        media: Vec::new(),
        title: clean.title.unwrap_or_default(),
        body_from: "document".to_owned(),
        blocks: clean.blocks,
        text: clean.text,
        removed: clean.removed.into_iter().map(removal).collect(),
        credits: clean.credits,
        quality: Vec::new(),
        http: None,
        rules_version: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use wiredesk_model::ArticleRecord;

    use super::*;
    use crate::sample::story;

    fn answer(line: &str) -> String {
        enrich_line(line, "2026-08-30T12:00:00Z".parse().expect("a date"))
    }

    fn record(line: &str) -> ArticleRecord {
        serde_json::from_str(&answer(line)).expect("a record")
    }

    #[test]
    fn a_clean_record_gives_what_the_stage_gives() {
        let line = serde_json::to_string(&story()).expect("a story is JSON");
        assert_eq!(record(&line), enrich(&story(), &EnrichSettings::default()));
    }

    #[test]
    fn the_output_of_clean_is_enough() {
        let record = record(
            r#"{"id":"aeb-1","title":"Ferry is back","text":"ROME (AP) — The ferry is back.\n\nIt sails.",
                "blocks":[{"kind":"paragraph","text":"ROME (AP) — The ferry is back."},
                          {"kind":"paragraph","text":"It sails."}],
                "removed":[{"rule":"advertisement-marker","text":"Advertisement"}],
                "url":"https://example.org/ferry","authors":["By Mara Ellwood"],"extra":true}"#,
        );
        assert_eq!(record.article.uri, "urn:wiredesk:story:aeb-1");
        assert_eq!(record.article.by.as_deref(), Some("Mara Ellwood"));
        assert_eq!(record.wire.dateline.as_deref(), Some("ROME (AP)"));
        assert_eq!(record.wire.removed.len(), 1);
        assert_eq!(record.wire.published.from, "fetched");
    }

    #[test]
    fn a_bad_line_gets_an_answer_of_its_own() {
        let cases = [
            ("", "null", "no JSON"),
            ("{", "null", "no JSON"),
            ("7", "null", "no clean record"),
            (r#"{"id":"a"}"#, "\"a\"", "neither text nor blocks"),
            (r#"{"id":9,"text":7}"#, "9", "no clean record"),
            (
                r#"{"id":"b","error":"over the limit"}"#,
                "\"b\"",
                "over the limit",
            ),
            (r#"{"story":"c"}"#, "\"c\"", "missing field"),
        ];
        for (line, id, reason) in cases {
            let answer = answer(line);
            let expected = format!("{{\"id\":{id},\"error\":");
            assert!(answer.starts_with(&expected), "{line}: {answer}");
            assert!(
                answer.contains(reason) && !answer.contains('\n'),
                "{line}: {answer}"
            );
        }
    }
}
