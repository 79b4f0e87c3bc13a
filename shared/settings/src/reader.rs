//! Reads a tree into any type with serde, without stopping at the first fault.
//!
//! serde gives up at the first wrong value. So a faulty key is noted and left out, and the table
//! is read again, until it passes: every fault is found, and what is right is kept. Unknown keys
//! are found on the way, from the list of fields that a struct announces.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::{Deserializer, forward_to_deserialize_any};

use crate::nearest::hint;
use crate::tree::{Entry, Fault, Node, Table, Value};

/// Reads `table`; the value, where one could be made, and every fault.
pub(crate) fn read<T: DeserializeOwned>(
    table: &Table,
    span: &Range<usize>,
    name: &str,
) -> (Option<T>, Vec<Fault>) {
    let node = Node {
        span: span.clone(),
        value: Value::Table(table.clone()),
    };
    let pass = Pass::default();
    let mut faults = Vec::new();
    loop {
        pass.unknown.borrow_mut().clear();
        let result = T::deserialize(Reader {
            node: &node,
            name,
            pass: &pass,
        });
        let (value, fault) = match result {
            Ok(value) => (Some(value), None),
            Err(fault) => (None, Some(fault)),
        };
        let key = fault.as_ref().and_then(|fault| fault.key);
        if let Some(fault) = fault {
            faults.push(Fault {
                span: fault.span.unwrap_or_else(|| span.clone()),
                message: fault.message,
            });
        }
        match key {
            // A new key to leave out: read again without it.
            Some(key) if pass.left_out.borrow_mut().insert(key) => {}
            _ => {
                faults.append(&mut pass.unknown.borrow_mut());
                return (value, faults);
            }
        }
    }
}

/// The fault of a key that is none of `known`.
pub(crate) fn unknown_key(entry: &Entry, table: &str, known: &[&'static str]) -> Fault {
    let place = match table {
        "" => String::new(),
        name => format!(" in [{name}]"),
    };
    Fault {
        span: entry.key_span.clone(),
        message: format!(
            "unknown key `{}`{place}{}",
            entry.key,
            hint(&entry.key, known)
        ),
    }
}

/// What one pass leaves out and finds.
#[derive(Default)]
struct Pass {
    /// Where the keys stand whose values were faulty in an earlier pass.
    left_out: RefCell<BTreeSet<usize>>,
    unknown: RefCell<Vec<Fault>>,
}

/// Why a value could not be read.
#[derive(Debug)]
struct ReadError {
    message: String,
    span: Option<Range<usize>>,
    /// Where the innermost key around it stands.
    key: Option<usize>,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

impl serde::de::Error for ReadError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self {
            message: message.to_string(),
            span: None,
            key: None,
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self::custom(format_args!("expected {expected}, found {found}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self::custom(format_args!("expected {expected}, found {found}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!(
            "unknown value `{variant}`{}",
            hint(variant, expected)
        ))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format_args!("key `{field}` is missing"))
    }
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    node: &'a Node,
    name: &'a str,
    pass: &'a Pass,
}

impl<'a> Reader<'a> {
    fn keys(self, table: &'a Table, known: Option<&'static [&'static str]>) -> Keys<'a> {
        Keys {
            entries: table.entries.iter(),
            table: self.name,
            known,
            pass: self.pass,
            current: None,
        }
    }

    fn placed<T>(self, result: Result<T, ReadError>) -> Result<T, ReadError> {
        result.map_err(|mut error| {
            error.span.get_or_insert_with(|| self.node.span.clone());
            error
        })
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let result = match &self.node.value {
            Value::Text(text) => visitor.visit_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Boolean(yes) => visitor.visit_bool(*yes),
            Value::Array(nodes) => visitor.visit_seq(Entries {
                nodes: nodes.iter(),
                name: self.name,
                pass: self.pass,
            }),
            Value::Table(table) => visitor.visit_map(self.keys(table, None)),
        };
        self.placed(result)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Table(table) => self.placed(visitor.visit_map(self.keys(table, Some(fields)))),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let result = match &self.node.value {
            Value::Text(text) => {
                let text: StrDeserializer<'_, ReadError> = text.as_str().into_deserializer();
                text.deserialize_enum(name, variants, visitor)
            }
            Value::Table(table) if table.entries.len() == 1 => visitor.visit_enum(Variant {
                entry: &table.entries[0],
                pass: self.pass,
            }),
            _ => return self.deserialize_any(visitor),
        };
        self.placed(result)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

struct Keys<'a> {
    entries: std::slice::Iter<'a, Entry>,
    table: &'a str,
    known: Option<&'static [&'static str]>,
    pass: &'a Pass,
    current: Option<&'a Entry>,
}

impl<'de> MapAccess<'de> for Keys<'_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        for entry in self.entries.by_ref() {
            if self.pass.left_out.borrow().contains(&entry.key_span.start) {
                continue;
            }
            if let Some(known) = self.known
                && !known.contains(&entry.key.as_str())
            {
                let fault = unknown_key(entry, self.table, known);
                self.pass.unknown.borrow_mut().push(fault);
                continue;
            }
            self.current = Some(entry);
            let key: StrDeserializer<'_, ReadError> = entry.key.as_str().into_deserializer();
            return seed
                .deserialize(key)
                .map(Some)
                .map_err(|error| at(error, entry));
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let entry = self
            .current
            .take()
            .ok_or_else(|| serde::de::Error::custom("a value was asked for before its key"))?;
        let value = Reader {
            node: &entry.node,
            name: &entry.key,
            pass: self.pass,
        };
        seed.deserialize(value).map_err(|error| at(error, entry))
    }
}

/// The error with the key it belongs to, unless an inner key was named already.
fn at(mut error: ReadError, entry: &Entry) -> ReadError {
    if error.key.is_none() {
        error.key = Some(entry.key_span.start);
        error.message = format!("`{}`: {}", entry.key, error.message);
        error.span.get_or_insert_with(|| entry.key_span.clone());
    }
    error
}

struct Entries<'a> {
    nodes: std::slice::Iter<'a, Node>,
    name: &'a str,
    pass: &'a Pass,
}

impl<'de> SeqAccess<'de> for Entries<'_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let Some(node) = self.nodes.next() else {
            return Ok(None);
        };
        let reader = Reader {
            node,
            name: self.name,
            pass: self.pass,
        };
        seed.deserialize(reader).map(Some)
    }
}

/// A variant with content: a table of one key.
struct Variant<'a> {
    entry: &'a Entry,
    pass: &'a Pass,
}

impl<'a, 'de> EnumAccess<'de> for Variant<'a> {
    type Error = ReadError;
    type Variant = Reader<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Reader<'a>), ReadError> {
        let key: StrDeserializer<'_, ReadError> = self.entry.key.as_str().into_deserializer();
        let content = Reader {
            node: &self.entry.node,
            name: &self.entry.key,
            pass: self.pass,
        };
        Ok((seed.deserialize(key)?, content))
    }
}

impl<'de> VariantAccess<'de> for Reader<'_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        Err(serde::de::Error::custom("this value takes no content"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_struct("", fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
        Green,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(default)]
    struct Sample {
        name: String,
        size_bytes: u32,
        ratio: f64,
        colour: Colour,
        inner: Inner,
        extra: BTreeMap<String, String>,
    }

    #[derive(Debug, Deserialize, PartialEq, Default)]
    #[serde(default)]
    struct Inner {
        on: bool,
        list: Vec<u8>,
        maybe: Option<u16>,
    }

    impl Default for Sample {
        fn default() -> Self {
            Self {
                name: "n".to_owned(),
                size_bytes: 7,
                ratio: 0.5,
                colour: Colour::Green,
                inner: Inner::default(),
                extra: BTreeMap::new(),
            }
        }
    }

    fn read_text(text: &str) -> (Option<Sample>, Vec<String>) {
        let (table, faults) = Table::parse(text);
        assert_eq!(faults, []);
        let (value, faults) = read(&table, &(0..0), "");
        let told = faults
            .iter()
            .map(|fault| {
                let line = text[..fault.span.start].matches('\n').count() + 1;
                format!("{line}: {}", fault.message)
            })
            .collect();
        (value, told)
    }

    #[test]
    fn a_right_file_is_read_and_the_rest_has_its_default() {
        let text = "size_bytes = 0x10\nratio = 1\ncolour = \"red\"\n[inner]\nmaybe = 3\n";
        let (value, told) = read_text(text);
        assert_eq!(told, Vec::<String>::new());
        let value = value.expect("the text is right");
        assert_eq!((value.size_bytes, value.ratio), (16, 1.0));
        assert_eq!((value.colour, value.inner.maybe), (Colour::Red, Some(3)));
        assert_eq!(value.name, "n");
    }

    #[test]
    fn every_fault_is_found_and_what_is_right_is_kept() {
        let text = "\
name = 3
size_bytes = -1
size_byte = 2
colour = 'gren'
[inner]
on = 'yes'
list = [1, 300]
lits = []
[extra]
a = 'x'
b = 5
";
        let (value, mut told) = read_text(text);
        told.sort();
        assert_eq!(
            told,
            [
                "11: `b`: expected a string, found integer `5`",
                "1: `name`: expected a string, found integer `3`",
                "2: `size_bytes`: expected u32, found integer `-1`",
                "3: unknown key `size_byte`, did you mean `size_bytes`?",
                "4: `colour`: unknown value `gren`, did you mean `green`?",
                "6: `on`: expected a boolean, found string \"yes\"",
                "7: `list`: expected u8, found integer `300`",
                "8: unknown key `lits` in [inner], did you mean `list`?",
            ]
        );
        let value = value.expect("defaults stand in for what is wrong");
        assert_eq!(value.extra.get("a").map(String::as_str), Some("x"));
    }

    #[test]
    fn a_missing_key_without_default_is_told() {
        #[derive(Debug, Deserialize)]
        struct Strict {
            #[serde(rename = "id")]
            _id: String,
        }
        let (table, _) = Table::parse("di = 'x'\n");
        let (value, faults) = read::<Strict>(&table, &(0..0), "source");
        assert!(value.is_none());
        let told: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
        assert_eq!(
            told,
            [
                "key `id` is missing",
                "unknown key `di` in [source], did you mean `id`?"
            ]
        );
    }
}
