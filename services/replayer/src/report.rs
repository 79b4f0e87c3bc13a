//! A comparison as JSON, written story by story.

use std::cell::Cell;

use serde::ser::{Error as _, SerializeSeq as _, SerializeStruct as _};
use serde::{Serialize, Serializer};

use crate::{Comparison, ReplayError};

impl Serialize for Comparison {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("Comparison", 4)?;
        report.serialize_field("same", &self.summary().same)?;
        report.serialize_field("added", &Listed::new(self.added()))?;
        report.serialize_field("lost", &Listed::new(self.lost()))?;
        report.serialize_field("changed", &Listed::new(self.changed()))?;
        report.end()
    }
}

/// A list that is never in memory as a whole.
struct Listed<I>(Cell<Option<I>>);

impl<I> Listed<I> {
    fn new(entries: I) -> Self {
        Self(Cell::new(Some(entries)))
    }
}

impl<T: Serialize, I: Iterator<Item = Result<T, ReplayError>>> Serialize for Listed<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for entry in self.0.take().into_iter().flatten() {
            list.serialize_element(&entry.map_err(S::Error::custom)?)?;
        }
        list.end()
    }
}
