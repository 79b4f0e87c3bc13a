//! The half of the archive that keeps what came in, byte for byte.

use std::collections::BTreeMap;

use wiredesk_model::{FilterReason, Incoming, RawItem, ReasonCode, Topic};

use crate::encoder::{Encoder, Fit};
use crate::kills::heed;
use crate::segment::{NewFile, day};
use crate::warc::WarcWriter;
use crate::{ArchiveError, OnKill, Store};

/// Raw items as WARC files, one a day and segment.
pub(crate) struct RawEncoder {
    pub on_kill: OnKill,
}

impl Encoder for RawEncoder {
    fn name(&self) -> &'static str {
        "archiver-raw"
    }

    fn input(&self) -> Topic {
        Topic::Raw
    }

    fn fit(&self, record: &Incoming) -> Fit {
        match &record.value {
            None => Fit::Nothing(FilterReason::Tombstone),
            Some(value) => match serde_json::from_slice::<RawItem>(value) {
                Ok(_) => Fit::Stored,
                Err(error) => Fit::Dead(
                    ReasonCode::Undecodable,
                    format!("the value is no raw item: {error}"),
                ),
            },
        }
    }

    fn encode(&self, records: &[Incoming]) -> Result<Vec<NewFile>, ArchiveError> {
        let failed = |error: &dyn std::fmt::Display| ArchiveError::Encode(error.to_string());
        let mut days: BTreeMap<String, (WarcWriter, u64)> = BTreeMap::new();
        for record in records {
            let value = record.value.as_deref().unwrap_or_default();
            let item: RawItem = serde_json::from_slice(value).map_err(|error| failed(&error))?;
            let time = item.fetched_at;
            let (writer, count) = match days.entry(day(time)) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    let writer = WarcWriter::new(time).map_err(|error| failed(&error))?;
                    entry.insert((writer, 0))
                }
            };
            writer.add(record, item).map_err(|error| failed(&error))?;
            *count += 1;
        }
        let files = days.into_iter().map(|(day, (writer, records))| NewFile {
            folder: format!("raw/day={day}"),
            ending: "warc.gz",
            kind: "warc",
            bytes: writer.finish(),
            records,
        });
        Ok(files.collect())
    }

    fn stored(&self, store: &Store, records: &[Incoming]) -> Result<(), ArchiveError> {
        heed(store, records, self.on_kill)
    }
}
