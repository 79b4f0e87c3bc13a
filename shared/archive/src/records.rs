//! The half of the archive that keeps the published records, for analysis and for replay.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use arrow_array::builder::{Int32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wiredesk_model::{
    FilterReason, Headers, Incoming, OrderAction, ReasonCode, StoryOrder, Timestamp, Topic, header,
};

use crate::encoder::{Encoder, Fit};
use crate::kills::{carry_out, heed};
use crate::manifest::DeskOrder;
use crate::segment::{NewFile, day, timestamp};
use crate::{ArchiveError, OnKill, Store};

/// What stands in the folder name where a source's name cannot.
const UNSAFE: &str = "_";

/// One line of an NDJSON file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Topic, partition and offset: `enriched/3/42`.
    pub at: String,
    pub time: Timestamp,
    pub key: String,
    pub headers: Headers,
    pub value: Box<serde_json::value::RawValue>,
}

/// A published record as it comes out of an archive.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchivedRecord {
    /// Where it stood in the log: `enriched/3/42`.
    pub at: String,
    /// When it was written to the log.
    pub time: Timestamp,
    /// The story.
    pub key: String,
    /// The headers that it had.
    pub headers: Headers,
    /// The record, as JSON.
    pub value: String,
}

/// Article records as Parquet by day and source, and as NDJSON by day.
pub(crate) struct RecordEncoder {
    pub on_kill: OnKill,
}

impl Encoder for RecordEncoder {
    fn name(&self) -> &'static str {
        "archiver-records"
    }

    fn input(&self) -> Topic {
        Topic::Enriched
    }

    fn fit(&self, record: &Incoming) -> Fit {
        match &record.value {
            None => Fit::Nothing(FilterReason::Tombstone),
            Some(value) => match serde_json::from_slice::<Value>(value) {
                Ok(value) if value["article"].is_object() => Fit::Stored,
                Ok(_) => undecodable("it has no `article`"),
                Err(error) => undecodable(error),
            },
        }
    }

    fn encode(&self, records: &[Incoming]) -> Result<Vec<NewFile>, ArchiveError> {
        let mut days: BTreeMap<String, Vec<&Incoming>> = BTreeMap::new();
        let mut tables: BTreeMap<(String, String), Table> = BTreeMap::new();
        for record in records {
            let value = record.value.as_deref().unwrap_or_default();
            // Records of every schema version are kept, so they are looked at as they are.
            let parsed: Value = serde_json::from_slice(value).map_err(encode_error)?;
            let day = day(timestamp(Some(record.timestamp_ms)));
            days.entry(day.clone()).or_default().push(record);
            let source = folder_name(parsed["wire"]["source"].as_str().unwrap_or_default());
            tables
                .entry((day, source))
                .or_default()
                .push(record, &parsed);
        }
        let mut files = Vec::new();
        for ((day, source), table) in tables {
            files.push(NewFile {
                folder: format!("records/parquet/day={day}/source={source}"),
                ending: "parquet",
                kind: "parquet",
                records: table.rows,
                bytes: table.finish()?,
            });
        }
        for (day, records) in days {
            files.push(NewFile {
                folder: format!("records/ndjson/day={day}"),
                ending: "ndjson.zst",
                kind: "ndjson",
                records: records.len() as u64,
                bytes: ndjson(&records)?,
            });
        }
        Ok(files)
    }

    /// An order of the desk has an event that is of no item.
    fn orders(&self, records: &[Incoming]) -> Vec<DeskOrder> {
        let ordered = records.iter().filter_map(|record| {
            let action = match record.headers.get(header::CE_TYPE)? {
                CANCELED => OrderAction::Kill,
                WITHHELD => OrderAction::Hold,
                _ => return None,
            };
            let value: Value = serde_json::from_slice(record.value.as_deref()?).ok()?;
            let wire = &value["wire"];
            let is_of_desk = wire["feed"] == StoryOrder::DESK && wire["identity"] == "order";
            let at = wire["fetched_at"].as_str()?.parse().ok()?;
            is_of_desk.then(|| DeskOrder {
                story: record.key.clone(),
                action,
                at,
            })
        });
        ordered.collect()
    }

    fn stored(&self, store: &Store, records: &[Incoming]) -> Result<(), ArchiveError> {
        let killed: Vec<&Incoming> = records
            .iter()
            .filter(|record| record.headers.get(header::CE_TYPE) == Some(CANCELED))
            .collect();
        carry_out(store, &killed, self.on_kill)?;
        heed(store, records, self.on_kill)
    }
}

/// Type of the event that kills a story.
const CANCELED: &str = "article.canceled";
/// Type of the event that holds a story back.
const WITHHELD: &str = "article.withheld";

fn encode_error(error: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Encode(error.to_string())
}

fn undecodable(detail: impl std::fmt::Display) -> Fit {
    let detail = format!("the value is no article record: {detail}");
    Fit::Dead(ReasonCode::Undecodable, detail)
}

/// The text of the first entry with a role.
fn with_role(list: &Value, role: &str) -> Option<String> {
    let found = list.as_array()?.iter().find(|one| one["role"] == role)?;
    found["value"].as_str().map(str::to_owned)
}

/// The text of the first entry of a media type.
fn of_media_type(list: &Value, media_type: &str) -> Option<String> {
    let found = list
        .as_array()?
        .iter()
        .find(|one| one["contentType"] == media_type)?;
    found["value"].as_str().map(str::to_owned)
}

/// The name as it can stand in a path.
fn folder_name(source: &str) -> String {
    let name: String = source
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') => c,
            _ => '_',
        })
        .collect();
    if name.trim_matches('.').is_empty() {
        UNSAFE.to_owned()
    } else {
        name
    }
}

fn ndjson(records: &[&Incoming]) -> Result<Vec<u8>, ArchiveError> {
    let mut packed = zstd::Encoder::new(Vec::new(), 3).map_err(encode_error)?;
    for record in records {
        let value = String::from_utf8_lossy(record.value.as_deref().unwrap_or_default());
        let line = Line {
            at: format!(
                "{}/{}/{}",
                record.at.topic, record.at.partition, record.offset
            ),
            time: timestamp(Some(record.timestamp_ms)),
            key: record.key.clone(),
            headers: record.headers.clone(),
            value: serde_json::value::RawValue::from_string(value.into_owned())
                .map_err(encode_error)?,
        };
        serde_json::to_writer(&mut packed, &line).map_err(encode_error)?;
        packed.write_all(b"\n").map_err(encode_error)?;
    }
    packed.finish().map_err(encode_error)
}

/// The columns of a Parquet file. The day and the source are in the path, as Hive has it.
#[derive(Default)]
struct Table {
    rows: u64,
    texts: [StringBuilder; TEXTS.len()],
    words: Int64Builder,
    partition: Int32Builder,
    offset: Int64Builder,
}

/// The columns of text, in their order.
const TEXTS: [&str; 16] = [
    "story",
    "version",
    "event",
    "time",
    "feed",
    "run",
    "language",
    "title",
    "body",
    "byline",
    "url",
    "published",
    "updated",
    "status",
    "change",
    "record",
];

impl Table {
    fn push(&mut self, record: &Incoming, parsed: &Value) {
        let (article, wire) = (&parsed["article"], &parsed["wire"]);
        let value = String::from_utf8_lossy(record.value.as_deref().unwrap_or_default());
        let time = timestamp(Some(record.timestamp_ms)).to_string();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let values: [Option<String>; TEXTS.len()] = [
            Some(record.key.clone()),
            text(&article["version"]),
            record.headers.get(header::CE_TYPE).map(str::to_owned),
            Some(time),
            text(&wire["feed"]),
            text(&wire["run"]),
            text(&article["language"]),
            with_role(&article["headlines"], "main"),
            of_media_type(&article["bodies"], "text/plain"),
            text(&article["by"]),
            text(&wire["url"]),
            text(&wire["published"]["value"]),
            text(&wire["updated"]["value"]),
            text(&article["pubStatus"]),
            text(&wire["change"]),
            Some(value.into_owned()),
        ];
        for (column, value) in self.texts.iter_mut().zip(values) {
            column.append_option(value);
        }
        self.words.append_option(wire["words"].as_i64());
        self.partition.append_value(record.at.partition as i32);
        self.offset.append_value(record.offset);
        self.rows += 1;
    }

    fn finish(mut self) -> Result<Vec<u8>, ArchiveError> {
        let mut fields: Vec<Field> = TEXTS
            .iter()
            .map(|name| Field::new(*name, DataType::Utf8, true))
            .collect();
        fields.push(Field::new("words", DataType::Int64, true));
        fields.push(Field::new("partition", DataType::Int32, false));
        fields.push(Field::new("offset", DataType::Int64, false));
        let mut columns: Vec<ArrayRef> = Vec::new();
        for column in &mut self.texts {
            columns.push(Arc::new(column.finish()));
        }
        columns.push(Arc::new(self.words.finish()));
        columns.push(Arc::new(self.partition.finish()));
        columns.push(Arc::new(self.offset.finish()));
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(encode_error)?;
        let level = ZstdLevel::try_new(3).map_err(encode_error)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .build();
        let mut writer =
            ArrowWriter::try_new(Vec::new(), schema, Some(properties)).map_err(encode_error)?;
        writer.write(&batch).map_err(encode_error)?;
        writer.into_inner().map_err(encode_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_cannot_lead_out_of_its_folder() {
        assert_eq!(folder_name("harbour-post"), "harbour-post");
        assert_eq!(folder_name("../../etc"), ".._.._etc");
        assert_eq!(folder_name(".."), "_");
        assert_eq!(folder_name("a/b=c"), "a_b_c");
    }
}
