//! The AsyncAPI 3.0 document, generated from the topics and headers of the model.

use serde_json::{Map, Value, json};
use wiredesk_model::{Cleanup, ReasonCode, Topic, TopicNames, header};
use wiredesk_tests::root;

use crate::schemas::PUBLISHED;
use crate::support::{differs, read};
use crate::yaml::to_yaml;

const BINDING_VERSION: &str = "0.5.0";
const JSON_SCHEMA: &str = "application/schema+json;version=draft-2020-12";

/// What the document says of a topic.
struct Told {
    summary: &'static str,
    key: &'static str,
    /// Message name and schema file.
    message: (&'static str, &'static str),
    has_tombstones: bool,
}

fn told(topic: Topic) -> Told {
    let (summary, key, message, has_tombstones) = match topic {
        Topic::Raw => (
            "Items exactly as received, with where they came from.",
            "story id",
            ("RawItem", "raw-item.schema.json"),
            false,
        ),
        Topic::Clean => (
            "Stories without what is not the story, with every removed span.",
            "story id",
            ("CleanStory", "clean-story.schema.json"),
            false,
        ),
        Topic::Enriched => (
            "Article records: every version of every story, and its life-cycle events.",
            "story id",
            ("ArticleEvent", "article-record.schema.json"),
            false,
        ),
        Topic::Current => (
            "The newest publishable version of each story; a tombstone once it is withdrawn.",
            "story id",
            ("ArticleEvent", "article-record.schema.json"),
            true,
        ),
        Topic::Dead => (
            "Records that a stage could not process, byte for byte as they were.",
            "the key of the failing record",
            ("DeadLetter", ""),
            false,
        ),
        Topic::FeedState => (
            "Where the polling of each feed stands.",
            "feed id",
            ("FeedState", "feed-state.schema.json"),
            true,
        ),
        Topic::StoryState => (
            "What is remembered of each story. Holds stories under embargo: not for subscribers.",
            "story id",
            ("StoryMemory", ""),
            true,
        ),
        Topic::CleanerState => (
            "What the cleaner remembers of the newest stories of each source.",
            "story id",
            ("SeenStory", ""),
            true,
        ),
        Topic::Events => (
            "What an operator should know of a source: its pages changed or bar the way, its feed has a gap, went quiet or is gone.",
            "source id",
            ("SourceEvent", "source-event.schema.json"),
            false,
        ),
        Topic::Orders => (
            "Kills and holds, which overtake what waits.",
            "story id",
            ("StoryOrder", "story-order.schema.json"),
            false,
        ),
    };
    Told {
        summary,
        key,
        message,
        has_tombstones,
    }
}

fn document() -> Value {
    let mut channels = Map::new();
    let mut operations = Map::new();
    for topic in Topic::ALL {
        channels.insert(topic.name().to_owned(), channel(topic));
        operations.insert(format!("write-{}", topic.name()), operation(topic));
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Wiredesk",
            "version": "1.0.0",
            "description": "The topics of a Wiredesk pipeline. Subscribers read `enriched` and \
                `current`; the others are the pipeline's own and open to look into.",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages(), "schemas": { "Headers": event_headers() } },
    })
}

fn channel(topic: Topic) -> Value {
    let told = told(topic);
    let mut messages = Map::new();
    let name = told.message.0;
    messages.insert(name.to_owned(), message_ref(name));
    if told.has_tombstones {
        messages.insert("Tombstone".to_owned(), message_ref("Tombstone"));
    }
    json!({
        "address": TopicNames::default().physical(topic),
        "title": topic.name(),
        "summary": told.summary,
        "description": format!("Keyed by {}. A configured prefix stands in front of the \
            address: `newsroom1.{}`.", told.key, TopicNames::default().physical(topic)),
        "messages": messages,
        "bindings": { "kafka": {
            "topic": TopicNames::default().physical(topic),
            "topicConfiguration": topic_configuration(topic.cleanup()),
            "bindingVersion": BINDING_VERSION,
        } },
    })
}

fn topic_configuration(cleanup: Cleanup) -> Value {
    match cleanup {
        Cleanup::Compact => json!({ "cleanup.policy": ["compact"] }),
        Cleanup::Delete { retention_ms } => {
            json!({ "cleanup.policy": ["delete"], "retention.ms": retention_ms })
        }
    }
}

fn message_ref(name: &str) -> Value {
    json!({ "$ref": format!("#/components/messages/{name}") })
}

fn operation(topic: Topic) -> Value {
    json!({
        "action": "send",
        "channel": { "$ref": format!("#/channels/{}", topic.name()) },
        "summary": told(topic).summary,
    })
}

fn messages() -> Value {
    let mut messages = Map::new();
    for topic in Topic::ALL {
        let told = told(topic);
        let (name, file) = told.message;
        messages
            .entry(name)
            .or_insert_with(|| message(name, file, told.key));
    }
    messages.insert("Tombstone".to_owned(), tombstone());
    Value::Object(messages)
}

fn message(name: &str, schema_file: &str, key: &str) -> Value {
    let mut message = json!({
        "name": name,
        "title": name,
        "contentType": "application/json",
        "bindings": key_binding(key),
    });
    if name == "ArticleEvent" {
        message["headers"] = json!({ "$ref": "#/components/schemas/Headers" });
    }
    if name == "DeadLetter" {
        message["headers"] = dead_headers();
        message["contentType"] = json!("application/octet-stream");
    }
    if !schema_file.is_empty() {
        message["payload"] = json!({
            "schemaFormat": JSON_SCHEMA,
            "schema": { "$ref": format!("./{schema_file}") },
        });
    }
    message
}

fn tombstone() -> Value {
    json!({
        "name": "Tombstone",
        "title": "Tombstone",
        "summary": "A key without a value: what stood under it is withdrawn.",
        "contentType": "application/json",
        "payload": { "type": "null" },
        "bindings": key_binding("story id, or feed id"),
    })
}

fn key_binding(key: &str) -> Value {
    json!({ "kafka": {
        "key": { "type": "string", "description": key },
        "bindingVersion": BINDING_VERSION,
    } })
}

/// CloudEvents 1.0 in the binary mode of its Kafka binding.
fn event_headers() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "required": [
            header::CE_SPECVERSION, header::CE_ID, header::CE_SOURCE, header::CE_TYPE,
            header::CE_SUBJECT, header::CE_TIME, header::CE_DATASCHEMA, header::CONTENT_TYPE,
            header::RUN,
        ],
        "properties": {
            header::CE_SPECVERSION: { "type": "string", "const": "1.0" },
            header::CE_ID: text("story@version: the same id is the same version of the same story"),
            header::CE_SOURCE: text("the configured source"),
            header::CE_TYPE: { "type": "string", "enum": EVENT_TYPES },
            header::CE_SUBJECT: text("story id"),
            header::CE_TIME: { "type": "string", "format": "date-time" },
            header::CE_DATASCHEMA: { "type": "string", "format": "uri" },
            header::CONTENT_TYPE: { "type": "string", "const": "application/json" },
            header::RUN: text("live, or the name of the replay that wrote the record"),
        },
    })
}

/// Every type that `ce_type` can have.
const EVENT_TYPES: &[&str] = &[
    "article.created",
    "article.updated",
    "article.corrected",
    "article.withheld",
    "article.canceled",
    "article.released",
    "article.deleted",
    "article.expired",
];

fn dead_headers() -> Value {
    let reasons: Vec<&str> = ReasonCode::ALL.iter().map(|code| code.as_str()).collect();
    json!({
        "type": "object",
        "properties": {
            header::DEAD_STAGE: { "type": "string" },
            header::DEAD_REASON: { "type": "string", "enum": reasons },
            header::DEAD_DETAIL: { "type": "string" },
            header::DEAD_ATTEMPTS: { "type": "string" },
            header::DEAD_TOPIC: { "type": "string" },
            header::DEAD_PARTITION: { "type": "string" },
            header::DEAD_OFFSET: { "type": "string" },
            header::DEAD_TIME: { "type": "string", "format": "date-time" },
        },
    })
}

#[test]
fn golden_asyncapi_document_is_that_of_the_code() {
    let path = root().join("docs/schema/asyncapi.yaml");
    let text = format!(
        "# Generated from the topics and headers of the model: `make golden`.\n{}",
        to_yaml(&document())
    );
    assert_eq!(differs(&path, &text), None);
}

#[test]
fn asyncapi_document_refers_to_files_that_exist() {
    for topic in Topic::ALL {
        let (_, file) = told(topic).message;
        let is_published = PUBLISHED.iter().any(|published| published.file == file);
        assert!(file.is_empty() || is_published, "{topic}: {file}");
    }
}

#[test]
fn subscriber_guide_names_every_topic_header_and_type() {
    let guide = read(&root().join("docs/subscribers.md"));
    let article_topics = [Topic::Enriched, Topic::Current];
    let names = article_topics.map(|topic| TopicNames::default().physical(topic));
    let headers = [
        header::CE_SPECVERSION,
        header::CE_ID,
        header::CE_SOURCE,
        header::CE_TYPE,
        header::CE_SUBJECT,
        header::CE_TIME,
        header::CE_DATASCHEMA,
        header::CONTENT_TYPE,
        header::RUN,
    ];
    let wanted = names
        .iter()
        .map(String::as_str)
        .chain(headers)
        .chain(EVENT_TYPES.iter().copied());
    for word in wanted {
        assert!(
            guide.contains(&format!("`{word}`")),
            "docs/subscribers.md does not tell of {word}"
        );
    }
}
