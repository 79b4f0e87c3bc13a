//! TOML as a tree that owns its text and knows where each part stands.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value with its place in the file.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Array(Vec<Node>),
    Table(Table),
}

/// A table; few keys, so a list is enough.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) node: Node,
}

/// What is wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
}

impl Table {
    /// Reads TOML; what cannot be read is told, the rest is kept.
    pub(crate) fn parse(text: &str) -> (Table, Vec<Fault>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut faults: Vec<Fault> = errors
            .iter()
            .map(|error| Fault {
                span: error.span().unwrap_or(0..0),
                message: error.message().trim().to_owned(),
            })
            .collect();
        let table = table_of(table.into_inner(), &mut faults);
        (table, faults)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

fn table_of(table: DeTable<'_>, faults: &mut Vec<Fault>) -> Table {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| Entry {
            key_span: key.span(),
            key: key.into_inner().into_owned(),
            node: node_of(value, faults),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    Table { entries }
}

fn node_of(value: Spanned<DeValue<'_>>, faults: &mut Vec<Fault>) -> Node {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(digits) => integer(digits.as_str(), digits.radix()).unwrap_or_else(|| {
            faults.push(Fault {
                span: span.clone(),
                message: format!("the number {digits} is too large"),
            });
            Value::Integer(0)
        }),
        DeValue::Float(digits) => Value::Float(digits.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(yes) => Value::Boolean(yes),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(entries) => Value::Array(
            entries
                .into_iter()
                .map(|entry| node_of(entry, faults))
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(table_of(table, faults)),
    };
    Node { span, value }
}

fn integer(digits: &str, radix: u32) -> Option<Value> {
    i64::from_str_radix(digits, radix).ok().map(Value::Integer)
}
