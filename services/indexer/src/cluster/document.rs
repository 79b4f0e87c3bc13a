//! From an article record to its document in the cluster.

use serde_json::{Map, Value, json};
use wiredesk_model::{ArticleRecord, Incoming, content_hash};

use crate::document::{Shown, code};
use crate::stems::primary;

/// Longest id that a cluster takes, in bytes.
const MAX_ID: usize = 512;

/// Id of a story's document: the story id, or its hash where that is too long.
pub(crate) fn document_id(story: &str) -> String {
    match story.len() <= MAX_ID {
        true => story.to_owned(),
        false => format!("blake3:{}", content_hash(story.as_bytes())),
    }
}

/// The document of a record on `current`.
pub(crate) fn document(record: &ArticleRecord, incoming: &Incoming) -> serde_json::Result<Value> {
    let (article, wire) = (&record.article, &record.wire);
    let shown = Shown::of(record, &incoming.key);
    let language = shown.language.as_deref().map(primary).unwrap_or_default();
    let ids: Vec<_> = article.alt_ids.iter().map(|id| &id.value).collect();
    let others = article.headlines.iter().map(|headline| &headline.value);
    let others: Vec<_> = others.filter(|one| **one != shown.headline).collect();
    let agencies = article.info_sources.iter().map(|info| &info.name);
    let agencies: Vec<_> = agencies.chain(&wire.agency).collect();
    let genres: Vec<_> = article.genres.iter().map(|genre| &genre.name).collect();
    let quality: Vec<String> = wire.quality.iter().map(code).collect();
    let mut more = json!({
        "ids": ids,
        "other_headlines": others,
        "genres": genres,
        "agencies": agencies,
        "slugline": article.slugline,
        "note": article.ed_note,
        "urgency": article.urgency,
        "quality": quality,
        "text": { analyzer(&language): { "headline": shown.headline, "body": shown.body } },
        "log": place(incoming),
    });
    let mut document = object(serde_json::to_value(&shown)?);
    document.insert("language".to_owned(), json!(language));
    document.append(&mut object(more.take()));
    document.retain(|_, value| !is_empty(value));
    Ok(Value::Object(document))
}

/// What stands in place of a story that was taken back.
pub(crate) fn marker(incoming: &Incoming) -> Value {
    json!({ "story": incoming.key, "withdrawn": true, "log": place(incoming) })
}

fn place(incoming: &Incoming) -> Value {
    json!({ "partition": incoming.at.partition, "offset": incoming.offset })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// The analyzer that the template has for a language.
fn analyzer(language: &str) -> &'static str {
    const OWN: &[(&str, &str)] = &[
        ("ar", "arabic"),
        ("bg", "bulgarian"),
        ("bn", "bengali"),
        ("ca", "catalan"),
        ("cs", "czech"),
        ("da", "danish"),
        ("de", "german"),
        ("el", "greek"),
        ("en", "english"),
        ("es", "spanish"),
        ("et", "estonian"),
        ("eu", "basque"),
        ("fa", "persian"),
        ("fi", "finnish"),
        ("fr", "french"),
        ("ga", "irish"),
        ("gl", "galician"),
        ("hi", "hindi"),
        ("hu", "hungarian"),
        ("hy", "armenian"),
        ("id", "indonesian"),
        ("it", "italian"),
        ("ja", "cjk"),
        ("ko", "cjk"),
        ("lt", "lithuanian"),
        ("lv", "latvian"),
        ("nb", "norwegian"),
        ("nl", "dutch"),
        ("nn", "norwegian"),
        ("no", "norwegian"),
        ("pt", "portuguese"),
        ("ro", "romanian"),
        ("ru", "russian"),
        ("sv", "swedish"),
        ("th", "thai"),
        ("tr", "turkish"),
        ("zh", "cjk"),
    ];
    let own = OWN.binary_search_by(|(code, _)| code.cmp(&language));
    own.map_or("standard", |at| OWN[at].1)
}
