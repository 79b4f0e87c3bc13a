//! The fields of the index.
//!
//! Text is cut into words by us, so that the language of each story decides about its stems. Words
//! stand in one field as they are, with positions, for phrases; and their stems in another.

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, SchemaBuilder,
    TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::RAW_TOKENIZER_NAME;

/// Counted up whenever an index of an older build can no longer be read or says something else.
pub(crate) const FORMAT: u32 = 2;

/// What is counted beside the hits, and the field that holds its values.
pub(crate) const FACETS: [(&str, &str); 5] = [
    ("source", "source"),
    ("language", "language"),
    ("subject", "subject_values"),
    ("place", "place_values"),
    ("person", "person_values"),
];

/// The fields, by what they hold.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    /// Story id.
    pub story: Field,
    /// Id of the chain of stories that tell the same; the story's own where it is alone.
    pub chain: Field,
    /// Partition of `current` that the story is on.
    pub partition: Field,
    /// When this version was made, milliseconds since 1970 UTC.
    pub time: Field,
    /// Everything that is shown, as JSON.
    pub shown: Field,
    pub source: Field,
    pub language: Field,
    pub change: Field,
    pub quality: Field,
    pub urgency: Field,
    pub subject: Field,
    pub place: Field,
    pub person: Field,
    pub genre: Field,
    pub subject_values: Field,
    pub place_values: Field,
    pub person_values: Field,
    pub agency: Field,
    pub byline: Field,
    pub slugline: Field,
    pub note: Field,
    pub id: Field,
    pub headline: Field,
    pub headline_stems: Field,
    pub about: Field,
    pub lead: Field,
    pub body: Field,
    pub body_stems: Field,
}

impl Fields {
    /// The schema, and its fields.
    pub fn schema() -> (Schema, Fields) {
        let mut schema = Schema::builder();
        let fields = Fields {
            story: schema.add_text_field("story", STRING),
            chain: schema.add_text_field("chain", STRING | FAST),
            partition: schema.add_u64_field("partition", INDEXED),
            time: schema.add_i64_field("time", FAST),
            shown: schema.add_text_field("shown", STORED),
            source: schema.add_text_field("source", STRING | FAST),
            language: schema.add_text_field("language", STRING | FAST),
            change: schema.add_text_field("change", STRING),
            quality: schema.add_text_field("quality", STRING),
            urgency: schema.add_text_field("urgency", STRING),
            subject: text(&mut schema, "subject"),
            place: text(&mut schema, "place"),
            person: text(&mut schema, "person"),
            genre: text(&mut schema, "genre"),
            subject_values: schema.add_text_field("subject_values", FAST),
            place_values: schema.add_text_field("place_values", FAST),
            person_values: schema.add_text_field("person_values", FAST),
            agency: text(&mut schema, "agency"),
            byline: text(&mut schema, "byline"),
            slugline: text(&mut schema, "slugline"),
            note: text(&mut schema, "note"),
            id: schema.add_text_field("id", STRING),
            headline: text(&mut schema, "headline"),
            headline_stems: stems(&mut schema, "headline_stems"),
            about: text(&mut schema, "about"),
            lead: text(&mut schema, "lead"),
            body: text(&mut schema, "body"),
            body_stems: stems(&mut schema, "body_stems"),
        };
        (schema.build(), fields)
    }

    /// The field that a query names, if there is one.
    pub fn named(&self, name: &str) -> Option<Asked> {
        Some(match name {
            "source" => Asked::Exact(self.source),
            "lang" | "language" => Asked::Exact(self.language),
            "change" => Asked::Exact(self.change),
            "quality" => Asked::Exact(self.quality),
            "urgency" => Asked::Exact(self.urgency),
            "story" => Asked::Exact(self.story),
            "chain" => Asked::Exact(self.chain),
            "id" => Asked::Exact(self.id),
            "subject" => Asked::Words(self.subject),
            "place" => Asked::Words(self.place),
            "person" => Asked::Words(self.person),
            "genre" => Asked::Words(self.genre),
            "agency" => Asked::Words(self.agency),
            "byline" | "by" => Asked::Words(self.byline),
            "slug" | "slugline" => Asked::Words(self.slugline),
            "note" => Asked::Words(self.note),
            "lead" => Asked::Words(self.lead),
            "headline" | "title" => Asked::Headline,
            "body" => Asked::Body,
            _ => return None,
        })
    }

    /// Names of the fields that a query may name.
    pub const NAMES: [&'static str; 23] = [
        "source", "lang", "change", "quality", "urgency", "story", "chain", "id", "subject",
        "place", "person", "genre", "agency", "byline", "slug", "note", "lead", "headline", "body",
        "language", "by", "slugline", "title",
    ];

    /// Whether a query may name this field.
    pub fn is_name(name: &str) -> bool {
        Self::NAMES.contains(&name)
    }
}

/// How a named field is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked {
    /// Its value as a whole.
    Exact(Field),
    /// The words of its values.
    Words(Field),
    /// Words and stems of headlines.
    Headline,
    /// Words and stems of bodies.
    Body,
}

/// Words with positions.
fn text(schema: &mut SchemaBuilder, name: &str) -> Field {
    schema.add_text_field(name, words(IndexRecordOption::WithFreqsAndPositions))
}

/// Stems; nobody asks where they stand.
fn stems(schema: &mut SchemaBuilder, name: &str) -> Field {
    schema.add_text_field(name, words(IndexRecordOption::WithFreqs))
}

fn words(kept: IndexRecordOption) -> TextOptions {
    // The tokenizer is never asked: words come cut already.
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(RAW_TOKENIZER_NAME)
        .set_index_option(kept);
    TextOptions::default().set_indexing_options(indexing)
}
