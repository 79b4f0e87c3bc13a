//! A file as a tree with the place of every key, and the tables that services read themselves.

use std::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::tree::{Fault, Node, Table, Value};
use crate::{Environment, Problem, placeholder, reader};

/// The name and text of a file, for messages.
#[derive(Debug)]
struct Origin {
    place: String,
    text: String,
}

/// A table that is not read yet, with the place it came from.
#[derive(Clone)]
pub struct RawTable {
    origin: Arc<Origin>,
    /// How the table is called in messages: `topics`, `source`; empty for a whole file.
    name: String,
    span: Range<usize>,
    table: Table,
}

impl std::fmt::Debug for RawTable {
    /// Shows where the table stands, not what it says: it may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = self.line(&self.span);
        write!(
            f,
            "RawTable([{}] at {}:{line})",
            self.name, self.origin.place
        )
    }
}

impl RawTable {
    /// Reads a whole file; `place` names it in messages. As much as can be read is returned beside
    /// the problems.
    pub fn parse_file(
        place: &str,
        text: &str,
        environment: &Environment,
    ) -> (RawTable, Vec<Problem>) {
        let (mut table, mut faults) = Table::parse(text);
        faults.extend(placeholder::fill(&mut table, environment));
        let raw = RawTable {
            origin: Arc::new(Origin {
                place: place.to_owned(),
                text: text.to_owned(),
            }),
            name: String::new(),
            span: 0..0,
            table,
        };
        let problems = raw.problems(faults);
        (raw, problems)
    }

    /// An empty table: every key has its default.
    pub fn empty(name: &str) -> RawTable {
        RawTable {
            origin: Arc::new(Origin {
                place: "defaults".to_owned(),
                text: String::new(),
            }),
            name: name.to_owned(),
            span: 0..0,
            table: Table::default(),
        }
    }

    /// Reads the table into `T`. Unknown keys, wrong types and wrong values are all told at once;
    /// the value is there wherever the rest was enough to make one.
    pub fn read<T: DeserializeOwned>(&self) -> (Option<T>, Vec<Problem>) {
        let (value, faults) = reader::read(&self.table, &self.span, &self.name);
        (value, self.problems(faults))
    }

    /// Like [`RawTable::read`], for a caller that needs a value without any problem.
    ///
    /// # Errors
    /// Every problem of the table.
    pub fn parse_table<T: DeserializeOwned>(&self) -> Result<T, Vec<Problem>> {
        match self.read() {
            (Some(value), problems) if problems.is_empty() => Ok(value),
            (_, problems) => Err(problems),
        }
    }

    /// A problem with the table as a whole.
    pub fn problem(&self, message: &str) -> Problem {
        self.problem_in(&self.span, message)
    }

    /// A problem with the value under `path` (keys with dots between), or with the nearest table
    /// around it where the key is not written.
    pub fn problem_at(&self, path: &str, message: &str) -> Problem {
        let mut table = &self.table;
        let mut span = &self.span;
        for key in path.split('.') {
            let Some(entry) = table.get(key) else {
                break;
            };
            span = &entry.key_span;
            match &entry.node.value {
                Value::Table(inner) => table = inner,
                _ => break,
            }
        }
        self.problem_in(span, message)
    }

    /// The table under `key`, where there is one.
    pub fn table(&self, key: &str) -> Option<RawTable> {
        self.child(key, &self.table.get(key)?.node)
    }

    /// Every table of the array of tables under `key` (`[[source]]`).
    pub fn tables(&self, key: &str) -> Vec<RawTable> {
        match self.table.get(key).map(|entry| &entry.node.value) {
            Some(Value::Array(nodes)) => nodes
                .iter()
                .filter_map(|node| self.child(key, node))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The keys of the table that are not among `known`, each as a problem.
    pub fn unknown_keys(&self, known: &[&'static str]) -> Vec<Problem> {
        let faults = self
            .table
            .entries
            .iter()
            .filter(|entry| !known.contains(&entry.key.as_str()))
            .map(|entry| reader::unknown_key(entry, &self.name, known))
            .collect();
        self.problems(faults)
    }

    /// The file that the table stands in.
    pub fn place(&self) -> &str {
        &self.origin.place
    }

    fn child(&self, key: &str, node: &Node) -> Option<RawTable> {
        match &node.value {
            Value::Table(table) => Some(RawTable {
                origin: Arc::clone(&self.origin),
                name: key.to_owned(),
                span: node.span.clone(),
                table: table.clone(),
            }),
            _ => None,
        }
    }

    fn problems(&self, mut faults: Vec<Fault>) -> Vec<Problem> {
        faults.sort_by_key(|fault| fault.span.start);
        faults
            .iter()
            .map(|fault| self.problem_in(&fault.span, &fault.message))
            .collect()
    }

    fn problem_in(&self, span: &Range<usize>, message: &str) -> Problem {
        Problem {
            place: self.origin.place.clone(),
            line: (!self.origin.text.is_empty()).then(|| self.line(span)),
            message: message.replace('\n', " "),
        }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = &self.origin.text.as_bytes()[..span.start.min(self.origin.text.len())];
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }
}
