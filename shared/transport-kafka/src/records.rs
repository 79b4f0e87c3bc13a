//! Records as Kafka has them, and as the model has them.

use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Header, Headers as _, OwnedHeaders};
use wiredesk_model::{Headers, Incoming, TopicNames, TopicPartition};

/// The partition of a physical topic, if the topic is one of ours.
pub(crate) fn logical(names: &TopicNames, topic: &str, partition: i32) -> Option<TopicPartition> {
    let partition = u32::try_from(partition).ok()?;
    Some(TopicPartition::new(names.logical(topic)?, partition))
}

/// The message as the model has it; `None` where its topic is none of ours.
pub(crate) fn incoming(names: &TopicNames, message: &BorrowedMessage<'_>) -> Option<Incoming> {
    Some(Incoming {
        at: logical(names, message.topic(), message.partition())?,
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or_default(),
        key: text(message.key().unwrap_or_default()),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers_in(message),
    })
}

fn headers_in(message: &BorrowedMessage<'_>) -> Headers {
    let mut headers = Headers::new();
    if let Some(found) = message.headers() {
        for header in found.iter() {
            headers.push(header.key, text(header.value.unwrap_or_default()));
        }
    }
    headers
}

/// Other writers may send any bytes; what is not UTF-8 is replaced, not refused.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The headers as Kafka has them.
pub(crate) fn headers_out(headers: &Headers) -> OwnedHeaders {
    headers.iter().fold(
        OwnedHeaders::new_with_capacity(headers.len()),
        |out, (key, value)| {
            out.insert(Header {
                key,
                value: Some(value),
            })
        },
    )
}
