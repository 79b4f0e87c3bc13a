//! Credits that stand in the text go all the way into the record.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

use serde_json::json;
use wiredesk_cleaner::{CleanRequest, clean_raw, clean_request};
use wiredesk_cleaning::PublisherRules;
use wiredesk_enrichment::{EnrichSettings, enrich};
use wiredesk_model::RawItem;

const TEXT: &str = "The council of Port Elsin met on Monday and put off its vote on the harbour wall until the end of the \
    month.\n\nPhoto: Ida Holm/Harbour News\n\nMembers said they wanted to see the new figures first, and asked the \
    surveyor to report within two weeks.\n\n(Reporting by Jon Vale; Editing by Mia Lind)";

fn expected() -> serde_json::Value {
    json!([
        {"role": "picture", "text": "Photo: Ida Holm/Harbour News"},
        {"role": "sign-off", "text": "Reporting by Jon Vale; Editing by Mia Lind"},
    ])
}

#[test]
fn credits_of_the_text_are_fields_of_the_record() {
    let raw: RawItem = serde_json::from_value(json!({
        "story": "s1", "version": 1, "identity": "guid", "source": "harbour", "feed": "harbour/main", "run": "live",
        "fetched_at": "2024-05-12T08:00:00Z", "payload": {"media_type": "application/rss+xml", "bytes": ""},
        "hash": "h", "item": {"title": "Council puts off vote", "content": TEXT},
    }))
    .unwrap();
    let story = clean_raw(&raw, "raw/0/7", &PublisherRules::default()).unwrap();
    assert_eq!(story.blocks.len(), 2, "{}", story.text);
    let record = enrich(&story, &EnrichSettings::default());
    let wire = serde_json::to_value(&record.wire).unwrap();
    assert_eq!(wire["credits"], expected());
}

#[test]
fn credits_of_the_text_are_in_the_answer() {
    let request: CleanRequest = serde_json::from_value(json!({"id": "1", "text": TEXT})).unwrap();
    let answer = clean_request(&request, None, &PublisherRules::default());
    let answer = serde_json::to_value(&answer).unwrap();
    assert_eq!(answer["credits"], expected());
}
