//! The JSON Schema files in `docs/schema`, generated from the types.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};
use wiredesk_model::{
    ARTICLE_SCHEMA, Article, ArticleRecord, CleanStory, FeedState, RawItem, SourceEvent, StoryOrder,
};
use wiredesk_tests::root;

use crate::support::{differs, pretty};

/// A published schema: its file, its id, and whether unknown fields are refused.
pub struct Published {
    pub file: &'static str,
    pub id: &'static str,
    schema: fn() -> Schema,
    is_closed: bool,
}

/// Every published schema.
pub const PUBLISHED: &[Published] = &[
    Published {
        file: "raw-item.schema.json",
        id: "https://wiredesk.dev/schema/raw-item/1",
        schema: schema_of::<RawItem>,
        is_closed: false,
    },
    Published {
        file: "clean-story.schema.json",
        id: "https://wiredesk.dev/schema/clean-story/1",
        schema: schema_of::<CleanStory>,
        is_closed: false,
    },
    Published {
        file: "article-record.schema.json",
        id: ARTICLE_SCHEMA,
        schema: schema_of::<ArticleRecord>,
        is_closed: false,
    },
    Published {
        file: "feed-state.schema.json",
        id: "https://wiredesk.dev/schema/feed-state/1",
        schema: schema_of::<FeedState>,
        is_closed: false,
    },
    Published {
        file: "story-order.schema.json",
        id: "https://wiredesk.dev/schema/story-order/1",
        schema: schema_of::<StoryOrder>,
        is_closed: false,
    },
    Published {
        file: "source-event.schema.json",
        id: "https://wiredesk.dev/schema/source-event/1",
        schema: schema_of::<SourceEvent>,
        is_closed: false,
    },
    Published {
        file: "ninjs-subset.schema.json",
        id: "https://wiredesk.dev/schema/ninjs-subset/1",
        schema: schema_of::<Article>,
        is_closed: true,
    },
];

impl Published {
    /// The schema as the types have it now.
    pub fn generate(&self) -> Value {
        let mut schema = (self.schema)();
        RecursiveTransform(without_widths).transform(&mut schema);
        if self.is_closed {
            RecursiveTransform(closed).transform(&mut schema);
        }
        schema.insert("$id".to_owned(), json!(self.id));
        schema.to_value()
    }
}

/// What we write is what subscribers read, so the serialized shape counts.
fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

/// Widths of integers (`uint64`) are formats that no validator but ours knows.
fn without_widths(schema: &mut Schema) {
    let format = schema.get("format").and_then(Value::as_str);
    let is_width = format.is_some_and(|format| {
        ["uint", "int", "float", "double"]
            .iter()
            .any(|width| format.starts_with(width))
    });
    if is_width {
        schema.remove("format");
    }
}

fn closed(schema: &mut Schema) {
    if schema.get("properties").is_some() {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
}

#[test]
fn golden_schema_files_are_those_of_the_code() {
    let wrong: Vec<String> = PUBLISHED
        .iter()
        .filter_map(|published| {
            let path = root().join("docs/schema").join(published.file);
            differs(&path, &pretty(&published.generate()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_schema_is_one() {
    for published in PUBLISHED {
        let schema = published.generate();
        let valid = jsonschema::meta::validate(&schema);
        assert!(valid.is_ok(), "{}: {valid:?}", published.file);
    }
}
