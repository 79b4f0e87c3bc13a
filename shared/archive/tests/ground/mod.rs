//! Records for archives of tests.
#![allow(dead_code, reason = "each suite uses its own part")]

use std::time::Duration;

use wiredesk_archive::Closing;
use wiredesk_model::{
    Headers, Incoming, Payload, Position, RawItem, Topic, TopicPartition, header,
};

pub const DAY: &str = "2026-11-23";

pub fn closing() -> Closing {
    Closing {
        bytes: 1 << 20,
        age: Duration::from_secs(60),
    }
}

pub fn start(topic: Topic) -> Position {
    Position {
        at: TopicPartition::new(topic, 3),
        next_offset: 0,
    }
}

pub fn incoming(topic: Topic, offset: i64, key: &str, value: Vec<u8>) -> Incoming {
    Incoming {
        at: TopicPartition::new(topic, 3),
        offset,
        timestamp_ms: 1_795_000_000_000 + offset,
        key: key.to_owned(),
        value: Some(value),
        headers: Headers::new().with(header::RUN, "live"),
    }
}

pub fn raw_item(number: i64) -> RawItem {
    let json = serde_json::json!({
        "story": format!("urn:story:{number}"), "version": 1, "identity": "guid",
        "source": "harbour-post", "feed": "harbour-post", "run": "live",
        "fetched_at": format!("{DAY}T06:00:00.25Z"), "hash": "00",
        "payload": {"media_type": "application/rss+xml", "charset": "utf-8", "bytes": ""},
        "item": {"title": "Ferry returns", "link": format!("https://harbourpost.example/{number}")},
    });
    let mut item: RawItem = serde_json::from_value(json).expect("a raw item");
    item.payload.bytes = format!("<item>Äöü {number}\r\n\r\nWARC/1.1\r\n</item>").into_bytes();
    if number % 2 == 0 {
        item.page = Some(Payload {
            media_type: "text/html".to_owned(),
            charset: None,
            bytes: vec![0, 13, 10, 255, number as u8],
        });
    }
    item
}

pub fn raw_record(offset: i64) -> Incoming {
    let item = raw_item(offset);
    let value = serde_json::to_vec(&item).expect("JSON");
    incoming(Topic::Raw, offset, item.story.as_str(), value)
}

pub fn article(offset: i64, event: &str) -> Incoming {
    let story = format!("urn:story:{offset}");
    let value = serde_json::json!({
        "schema": "https://wiredesk.dev/schema/article-record/1",
        "article": {
            "uri": story, "type": "text", "version": "1", "pubStatus": "usable", "language": "en",
            "headlines": [{"role": "main", "contentType": "text/plain", "value": "Ferry returns"}],
            "bodies": [{"role": "main", "contentType": "text/plain", "charCount": 9,
                "wordCount": 2, "value": "It floats."}],
        },
        "wire": {"source": "harbour-post", "words": 2, "change": "created"},
    });
    let mut record = incoming(
        Topic::Enriched,
        offset,
        &story,
        value.to_string().into_bytes(),
    );
    record.headers.push(header::CE_TYPE, event);
    record
}

pub fn next(stored: &wiredesk_pipeline::Stored) -> Option<i64> {
    stored
        .positions
        .first()
        .map(|position| position.next_offset)
}
