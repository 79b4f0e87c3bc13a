//! Dead letters: the failing record as it was, with who gave it up, why, and where it stood.

use wiredesk_model::{Incoming, Outgoing, ReasonCode, Timestamp, Topic, header};

/// Longest detail that is told, in bytes; it may quote the record.
const MAX_DETAIL_BYTES: usize = 2_000;

/// Why a record is given up, and after how many tries.
#[derive(Debug)]
pub(crate) struct Cause<'a> {
    pub stage: &'a str,
    pub code: ReasonCode,
    pub detail: &'a str,
    pub attempts: u32,
}

/// The dead letter of `record`: same key, same bytes, its headers and the `wd_dead_*` ones. The log
/// tells of it, too.
pub(crate) fn dead_letter(record: &Incoming, cause: &Cause<'_>, now: Timestamp) -> Outgoing {
    let detail = shortened(cause.detail);
    tracing::warn!(
        stage = cause.stage,
        reason = cause.code.as_str(),
        topic = %record.at.topic,
        partition = record.at.partition,
        offset = record.offset,
        story = record.key,
        "record becomes a dead letter: {detail}"
    );
    let headers = record
        .headers
        .clone()
        .with(header::DEAD_STAGE, cause.stage)
        .with(header::DEAD_REASON, cause.code.as_str())
        .with(header::DEAD_DETAIL, detail)
        .with(header::DEAD_ATTEMPTS, cause.attempts.to_string())
        .with(header::DEAD_TOPIC, record.at.topic.name())
        .with(header::DEAD_PARTITION, record.at.partition.to_string())
        .with(header::DEAD_OFFSET, record.offset.to_string())
        .with(header::DEAD_TIME, now.to_string());
    Outgoing {
        topic: Topic::Dead,
        key: record.key.clone(),
        value: record.value.clone(),
        headers,
    }
}

fn shortened(detail: &str) -> &str {
    let mut end = detail.len().min(MAX_DETAIL_BYTES);
    while !detail.is_char_boundary(end) {
        end -= 1;
    }
    &detail[..end]
}

#[cfg(test)]
mod tests {
    use wiredesk_model::{Headers, TopicPartition};

    use super::*;

    #[test]
    fn a_dead_letter_keeps_the_record_and_says_where_it_stood() {
        let record = Incoming {
            at: TopicPartition::new(Topic::Raw, 3),
            offset: 42,
            timestamp_ms: 0,
            key: "story".to_owned(),
            value: Some(b"not json".to_vec()),
            headers: Headers::new().with(header::RUN, "live"),
        };
        let detail = "é".repeat(MAX_DETAIL_BYTES);
        let cause = Cause {
            stage: "cleaner",
            code: ReasonCode::Undecodable,
            detail: &detail,
            attempts: 1,
        };
        let letter = dead_letter(&record, &cause, Timestamp::UNIX_EPOCH);
        assert_eq!(letter.topic, Topic::Dead);
        assert_eq!(letter.key, "story");
        assert_eq!(letter.value.as_deref(), Some(b"not json".as_slice()));
        assert_eq!(letter.headers.get(header::RUN), Some("live"));
        assert_eq!(letter.headers.get(header::DEAD_STAGE), Some("cleaner"));
        assert_eq!(letter.headers.get(header::DEAD_REASON), Some("undecodable"));
        assert_eq!(
            letter.headers.get(header::DEAD_DETAIL).map(str::len),
            Some(MAX_DETAIL_BYTES)
        );
        assert_eq!(letter.headers.get(header::DEAD_TOPIC), Some("raw"));
        assert_eq!(letter.headers.get(header::DEAD_PARTITION), Some("3"));
        assert_eq!(letter.headers.get(header::DEAD_OFFSET), Some("42"));
        assert_eq!(
            letter.headers.get(header::DEAD_TIME),
            Some("1970-01-01T00:00:00Z")
        );
    }
}
