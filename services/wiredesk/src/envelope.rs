//! A record of any topic as JSON, for streams and for `tail --envelope`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::value::RawValue;
use wiredesk_model::{Incoming, Timestamp};

/// A record with where it stands.
#[derive(Debug, Serialize)]
pub struct Envelope<'a> {
    /// Short name of the topic.
    pub topic: &'static str,
    /// Its partition.
    pub partition: u32,
    /// Its offset there.
    pub offset: i64,
    /// When it was written, RFC 3339.
    pub time: String,
    /// Its key.
    pub key: &'a str,
    /// Its headers; of two with one name the newer.
    pub headers: BTreeMap<&'a str, &'a str>,
    /// Its value, where that is JSON; `null` for a tombstone.
    pub value: Option<&'a RawValue>,
    /// Its value as text, where it is no JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<&'a str>,
    /// Its value in base64, where it is no text either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<Cow<'a, str>>,
}

impl<'a> Envelope<'a> {
    /// The envelope of `record`.
    pub fn of(record: &'a Incoming) -> Self {
        let mut envelope = Self {
            topic: record.at.topic.name(),
            partition: record.at.partition,
            offset: record.offset,
            time: time_text(record.timestamp_ms),
            key: &record.key,
            headers: record.headers.iter().collect(),
            value: None,
            text: None,
            base64: None,
        };
        if let Some(bytes) = &record.value {
            match std::str::from_utf8(bytes) {
                Ok(text) => match serde_json::from_str(text) {
                    Ok(value) => envelope.value = Some(value),
                    Err(_) => envelope.text = Some(text),
                },
                Err(_) => envelope.base64 = Some(STANDARD.encode(bytes).into()),
            }
        }
        envelope
    }

    /// The envelope as one line of JSON.
    pub fn to_line(&self) -> String {
        let line = serde_json::to_string(self).unwrap_or_default();
        // A value that was laid out over several lines must still fit one.
        if line.contains('\n') {
            line.replace(['\n', '\r'], " ")
        } else {
            line
        }
    }
}

/// Milliseconds since 1970 UTC as RFC 3339.
pub fn time_text(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use wiredesk_model::{Headers, Topic, TopicPartition};

    use super::*;

    fn line(value: Option<&[u8]>) -> String {
        let record = Incoming {
            at: TopicPartition::new(Topic::Dead, 2),
            offset: 7,
            timestamp_ms: 1_000,
            key: "k".to_owned(),
            value: value.map(<[u8]>::to_vec),
            headers: Headers::new().with("a", "b"),
        };
        Envelope::of(&record).to_line()
    }

    #[test]
    fn json_stays_json_and_anything_else_is_carried_too() {
        let head = r#"{"topic":"dead","partition":2,"offset":7,"time":"1970-01-01T00:00:01Z","key":"k","headers":{"a":"b"},"value":"#;
        assert_eq!(
            line(Some(b"{\"x\":\n 1}")),
            format!("{head}{{\"x\":  1}}}}")
        );
        assert_eq!(line(None), format!("{head}null}}"));
        assert_eq!(
            line(Some(b"{broken")),
            format!("{head}null,\"text\":\"{{broken\"}}")
        );
        assert_eq!(
            line(Some(b"\xff")),
            format!("{head}null,\"base64\":\"/w==\"}}")
        );
    }
}
