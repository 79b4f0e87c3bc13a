//! Kafka's own console consumer: an independent witness of what a topic holds.

use std::time::Duration;

use super::dist::Dist;
use crate::server::{ServerError, succeeded};

/// A record as the console consumer printed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleRecord {
    /// Its key.
    pub key: String,
    /// Its value; `None` is a tombstone.
    pub value: Option<String>,
    /// Its headers, in order.
    pub headers: Vec<(String, String)>,
}

// Characters that no record of ours holds.
const FIELD_END: char = '\u{1e}';
const HEADER_END: char = '\u{1d}';
const RECORD_END: &str = "\u{1f}\n";
const NO_VALUE: &str = "\u{1a}";

/// Reads the committed records of `topic` from the beginning, with a consumer that knows nothing
/// of us: up to `max` records, or until none has come for `patience`.
///
/// # Errors
/// Where a program is missing or the consumer fails.
pub fn console_consume(
    bootstrap: &str,
    topic: &str,
    max: usize,
    patience: Duration,
) -> Result<Vec<ConsoleRecord>, ServerError> {
    let dist = Dist::get()?;
    let (max, patience) = (max.to_string(), patience.as_millis().to_string());
    let key = format!("key.separator={FIELD_END}");
    let header = format!("headers.separator={HEADER_END}");
    let line = format!("line.separator={RECORD_END}");
    let null = format!("null.literal={NO_VALUE}");
    let mut arguments = vec![
        "--bootstrap-server",
        bootstrap,
        "--topic",
        topic,
        "--from-beginning",
        "--max-messages",
        &max,
        "--timeout-ms",
        &patience,
        "--command-property",
        "isolation.level=read_committed",
    ];
    for property in [
        "print.key=true",
        "print.headers=true",
        &key,
        &header,
        &line,
        &null,
    ] {
        arguments.extend(["--formatter-property", property]);
    }
    let output = dist.run(
        "org.apache.kafka.tools.consumer.ConsoleConsumer",
        &arguments,
    )?;
    let text = String::from_utf8_lossy(&output.stdout);
    // Running out of patience is how it usually ends, and it calls that a failure.
    if !String::from_utf8_lossy(&output.stderr).contains("Processed a total of") {
        succeeded(&format!("read {topic} with the console consumer"), &output)?;
    }
    Ok(text.split(RECORD_END).filter_map(record).collect())
}

fn record(line: &str) -> Option<ConsoleRecord> {
    let mut fields = line.splitn(3, FIELD_END);
    let (headers, key, value) = (fields.next()?, fields.next()?, fields.next()?);
    let headers = headers
        .split(HEADER_END)
        .filter_map(|header| header.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Some(ConsoleRecord {
        key: key.to_owned(),
        value: (value != NO_VALUE).then(|| value.to_owned()),
        headers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_record_is_read_back() {
        let line = "ce_id:a@1\u{1d}x:\u{1e}story\u{1e}{\"a\":\n1}";
        assert_eq!(
            record(line),
            Some(ConsoleRecord {
                key: "story".to_owned(),
                value: Some("{\"a\":\n1}".to_owned()),
                headers: vec![
                    ("ce_id".to_owned(), "a@1".to_owned()),
                    ("x".to_owned(), String::new())
                ],
            })
        );
        let tombstone = record("NO_HEADERS\u{1e}story\u{1e}\u{1a}").unwrap();
        assert_eq!((tombstone.value, tombstone.headers.len()), (None, 0));
        assert_eq!(record(""), None);
    }
}
