//! From an article record to what the index holds of it.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tantivy::TantivyDocument;
use tantivy::schema::Field;
use tantivy::tokenizer::{PreTokenizedString, Token};
use wiredesk_model::{ArticleRecord, Incoming, ReasonCode};
use wiredesk_pipeline::caught;

use crate::fields::Fields;
use crate::stems::{Stems, primary};
use crate::words::{Word, words};

/// What `make` makes of the record in `value`. A panic in it is the end of this record alone.
///
/// # Errors
/// Why nothing can be made of it.
pub(crate) fn made_of<R: DeserializeOwned, T>(
    value: &[u8],
    make: impl FnOnce(&R) -> Result<T, serde_json::Error>,
) -> Result<T, (ReasonCode, String)> {
    let made = caught(|| serde_json::from_slice(value).and_then(|article| make(&article)));
    match made {
        Ok(Ok(made)) => Ok(made),
        Ok(Err(error)) => {
            let detail = format!("it is no article record: {error}");
            Err((ReasonCode::Undecodable, detail))
        }
        Err(said) => Err((ReasonCode::Panicked, said)),
    }
}

/// What is shown of a story that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shown {
    /// Story id.
    pub story: String,
    /// Version.
    pub version: String,
    /// How often this version came before with other content.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revision: u32,
    /// What kind of change the version is.
    pub change: String,
    /// Main headline.
    pub headline: String,
    /// Summary.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// The configured source.
    pub source: String,
    /// Language, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Place of origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Byline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byline: Option<String>,
    /// Subjects by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// People by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    /// When the story was published, RFC 3339.
    pub published: String,
    /// When this version was made, RFC 3339.
    pub updated: String,
    /// The page of the story.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Words of the body.
    pub words: u64,
    /// Chain of stories that tell the same.
    pub chain: String,
    /// The body; left out of answers, which show pieces of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl Shown {
    pub(crate) fn of(record: &ArticleRecord, story: &str) -> Self {
        let (article, wire) = (&record.article, &record.wire);
        let chain = wire.chain.as_ref().map(|chain| chain.id.as_str());
        let headlines = &article.headlines;
        let main = headlines.iter().find(|headline| headline.role == "main");
        Self {
            story: story.to_owned(),
            version: article.version.clone(),
            revision: wire.revision,
            change: code(&wire.change),
            headline: main
                .or(headlines.first())
                .map(|headline| headline.value.clone())
                .unwrap_or_default(),
            summary: article
                .descriptions
                .first()
                .map(|summary| summary.value.clone())
                .unwrap_or_default(),
            source: wire.source.as_str().to_owned(),
            language: article.language.clone(),
            place: article.located.clone(),
            byline: article.by.clone(),
            subjects: article.subjects.iter().map(|s| s.name.clone()).collect(),
            people: article.people.iter().map(|p| p.name.clone()).collect(),
            published: wire.published.value.clone(),
            updated: wire.updated.value.clone(),
            url: wire.url.clone(),
            words: wire.words,
            chain: chain.unwrap_or(story).to_owned(),
            body: plain_body(record),
        }
    }
}

/// The document of a record on `current`.
pub(crate) fn document(
    fields: &Fields,
    record: &ArticleRecord,
    incoming: &Incoming,
) -> serde_json::Result<TantivyDocument> {
    let shown = Shown::of(record, &incoming.key);
    let mut made = Making::new(fields, shown.language.as_deref().unwrap_or_default());
    made.document
        .add_u64(fields.partition, u64::from(incoming.at.partition));
    made.document
        .add_i64(fields.time, time_ms(&shown.updated, incoming.timestamp_ms));
    made.document
        .add_text(fields.shown, serde_json::to_string(&shown)?);
    made.exact(record, &shown);
    made.names(record);
    made.texts(record, &shown);
    Ok(made.document)
}

/// A date in milliseconds since 1970; `otherwise` where it is none.
pub(crate) fn time_ms(date: &str, otherwise: i64) -> i64 {
    date.parse::<jiff::Timestamp>()
        .map_or(otherwise, |time| time.as_millisecond())
}

struct Making<'a> {
    fields: &'a Fields,
    stems: Stems,
    document: TantivyDocument,
}

impl<'a> Making<'a> {
    fn new(fields: &'a Fields, language: &str) -> Self {
        Self {
            fields,
            stems: Stems::of(language),
            document: TantivyDocument::default(),
        }
    }

    fn exact(&mut self, record: &ArticleRecord, shown: &Shown) {
        let (fields, document) = (self.fields, &mut self.document);
        let (article, wire) = (&record.article, &record.wire);
        document.add_text(fields.story, &shown.story);
        document.add_text(fields.chain, &shown.chain);
        document.add_text(fields.source, &shown.source);
        document.add_text(fields.change, &shown.change);
        if let Some(language) = &article.language {
            document.add_text(fields.language, primary(language));
        }
        for flag in &wire.quality {
            document.add_text(fields.quality, code(flag));
        }
        if let Some(urgency) = article.urgency {
            document.add_text(fields.urgency, urgency.to_string());
        }
        let ids = article.alt_ids.iter().map(|id| &id.value);
        for id in ids.chain(wire.url.iter()) {
            document.add_text(fields.id, id);
        }
    }

    fn names(&mut self, record: &ArticleRecord) {
        let (fields, article) = (self.fields, &record.article);
        for subject in &article.subjects {
            self.name(fields.subject, Some(fields.subject_values), &subject.name);
        }
        for place in article.located.iter().chain(&record.wire.dateline) {
            self.words(fields.about, place);
        }
        if let Some(place) = &article.located {
            self.name(fields.place, Some(fields.place_values), place);
        }
        for person in &article.people {
            self.name(fields.person, Some(fields.person_values), &person.name);
        }
        for genre in &article.genres {
            self.name(fields.genre, None, &genre.name);
        }
        let infos = article.info_sources.iter().map(|info| &info.name);
        for agency in infos.chain(&record.wire.agency) {
            self.words(fields.agency, agency);
            self.words(fields.about, agency);
        }
        for byline in article.by.iter() {
            self.words(fields.byline, byline);
            self.words(fields.about, byline);
        }
        for slugline in article.slugline.iter() {
            self.words(fields.slugline, slugline);
            self.words(fields.about, slugline);
        }
        for note in article.ed_note.iter() {
            self.words(fields.note, note);
        }
        for rendition in &article.renditions {
            for title in rendition.title.iter() {
                self.words(fields.about, title);
            }
        }
    }

    fn texts(&mut self, record: &ArticleRecord, shown: &Shown) {
        let fields = self.fields;
        for headline in &record.article.headlines {
            let field = match headline.value == shown.headline {
                true => fields.headline,
                false => fields.lead,
            };
            let found = words(&headline.value);
            self.stemmed(fields.headline_stems, &found);
            self.add(field, found);
        }
        for description in &record.article.descriptions {
            let found = words(&description.value);
            self.stemmed(fields.body_stems, &found);
            self.add(fields.lead, found);
        }
        let found = words(&shown.body);
        self.stemmed(fields.body_stems, &found);
        self.add(fields.body, found);
    }

    /// A name, found by its words and counted as it is.
    fn name(&mut self, field: Field, values: Option<Field>, name: &str) {
        if name.trim().is_empty() {
            return;
        }
        self.words(self.fields.about, name);
        self.words(field, name);
        if let Some(values) = values {
            self.document.add_text(values, name.trim());
        }
    }

    fn words(&mut self, field: Field, text: &str) {
        self.add(field, words(text));
    }

    fn add(&mut self, field: Field, found: Vec<Word>) {
        let tokens = found
            .into_iter()
            .map(|word| token(word.folded, word.position));
        let words = PreTokenizedString {
            text: String::new(),
            tokens: tokens.collect(),
        };
        self.document.add_pre_tokenized_text(field, words);
    }

    fn stemmed(&mut self, field: Field, found: &[Word]) {
        let stems = found
            .iter()
            .map(|word| token(self.stems.stem(word), word.position));
        let stems = PreTokenizedString {
            text: String::new(),
            tokens: stems.collect(),
        };
        self.document.add_pre_tokenized_text(field, stems);
    }
}

fn token(text: String, position: usize) -> Token {
    Token {
        offset_from: 0,
        offset_to: 0,
        position,
        text,
        position_length: 1,
    }
}

fn plain_body(record: &ArticleRecord) -> String {
    let bodies = &record.article.bodies;
    bodies
        .iter()
        .find(|body| body.content_type == "text/plain")
        .map(|body| body.value.clone())
        .unwrap_or_default()
}

/// The word that a closed set has for a value.
pub(crate) fn code(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(code)) => code,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic, reason = "one record must not take the index with it")]
    fn what_goes_wrong_with_a_record_stays_with_it() {
        let length = |text: &String| Ok(text.len());
        assert_eq!(made_of(b"\"four\"", length).ok(), Some(4));
        let why = made_of(b"4", length).expect_err("it is another type");
        assert_eq!(why.0, ReasonCode::Undecodable);
        let panicked = made_of::<u8, u8>(b"7", |number| panic!("at {number}"));
        let said = "panicked: at 7".to_owned();
        assert_eq!(
            panicked.expect_err("it panics"),
            (ReasonCode::Panicked, said)
        );
    }
}
