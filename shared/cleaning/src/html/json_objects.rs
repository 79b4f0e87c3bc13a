//! Which object of JSON-LD says what: the one of the story, and the one of its page.
//!
//! Pages describe their site, their path and lists of other stories beside the story, so that the
//! first date in a script is as often another's. Objects are told apart by their braces alone, in one
//! pass, because the data is often broken.

use super::json_ld::{decode_string, string_end};

/// Fields that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Type,
    Headline,
    Published,
    Updated,
    Author,
    Name,
    Language,
    Description,
    Section,
    IsFree,
    Elements,
}

const NAMES: [(&str, Field); 11] = [
    ("@type", Field::Type),
    ("headline", Field::Headline),
    ("datePublished", Field::Published),
    ("dateModified", Field::Updated),
    ("author", Field::Author),
    ("name", Field::Name),
    ("inLanguage", Field::Language),
    ("description", Field::Description),
    ("articleSection", Field::Section),
    ("isAccessibleForFree", Field::IsFree),
    ("itemListElement", Field::Elements),
];

/// Objects within objects that are told apart.
const DEPTH: usize = 32;
/// Authors of one story at the most.
const AUTHORS: usize = 16;
/// Longest list of types, in bytes.
const TYPE_BYTES: usize = 300;

/// An object with its own fields, each as what stands behind its colon.
#[derive(Debug, Clone, Default)]
pub(super) struct Object<'a> {
    values: [Option<&'a str>; NAMES.len()],
    authors: Vec<String>,
    /// The field that the newest key names.
    key: Option<Field>,
    /// The field of the object above that it stands in.
    within: Option<Field>,
    /// It is an entry of a list, or part of one.
    is_listed: bool,
    depth: usize,
}

impl<'a> Object<'a> {
    /// What stands behind the colon of a field.
    pub(super) fn value(&self, field: Field) -> Option<&'a str> {
        self.values[field as usize]
    }

    /// The text of a field, or the first of a list.
    pub(super) fn text(&self, field: Field) -> Option<String> {
        let value = self.value(field)?;
        let value = value.strip_prefix('[').map_or(value, str::trim_start);
        decode_string(value).filter(|text| !text.is_empty())
    }

    /// The names of its authors.
    pub(super) fn author(&self) -> Option<String> {
        let names = (!self.authors.is_empty()).then(|| self.authors.join(", "));
        names.or_else(|| self.text(Field::Author))
    }

    fn is_of(&self, kinds: &[&str]) -> bool {
        let Some(value) = self.value(Field::Type) else {
            return false;
        };
        let value = &value[..value.floor_char_boundary(TYPE_BYTES)];
        let mut names = value.split('"').skip(1).step_by(2);
        if value.starts_with('[') {
            let list = value.split(']').next().unwrap_or_default();
            names = list.split('"').skip(1).step_by(2);
            return names.any(|name| kinds.iter().any(|kind| name.ends_with(kind)));
        }
        let first = names.next().unwrap_or_default();
        kinds.iter().any(|kind| first.ends_with(kind))
    }
}

/// The objects of a script that count.
#[derive(Debug, Default)]
pub(super) struct Objects<'a> {
    /// The outermost one whose type is that of a story, and which is no entry of a list.
    pub story: Option<Object<'a>>,
    /// The same of a page.
    pub page: Option<Object<'a>>,
}

impl<'a> Objects<'a> {
    /// Reads a script.
    pub(super) fn of(script: &'a str) -> Self {
        let mut found = Self::default();
        let mut open: Vec<Object<'a>> = Vec::new();
        // Objects deeper than are told apart.
        let mut deeper = 0usize;
        let mut at = 0;
        while let Some(next) = memchr::memchr3(b'"', b'{', b'}', &script.as_bytes()[at..]) {
            let place = at + next;
            at = place + 1;
            match script.as_bytes()[place] {
                b'{' if open.len() < DEPTH => open.push(below(open.last())),
                b'{' => deeper += 1,
                b'}' if deeper > 0 => deeper -= 1,
                b'}' => found.close(&mut open),
                _ => {
                    let Some(end) = string_end(&script[at..]) else {
                        break;
                    };
                    let name = &script[at..at + end];
                    at += end + 1;
                    let value = script[at..].trim_start().strip_prefix(':');
                    if let (Some(value), Some(object), 0) = (value, open.last_mut(), deeper) {
                        object.take(name, value.trim_start());
                    }
                }
            }
        }
        // Cut off, or braces missing.
        while !open.is_empty() {
            found.close(&mut open);
        }
        found
    }

    fn close(&mut self, open: &mut Vec<Object<'a>>) {
        let Some(object) = open.pop() else { return };
        if let (Some(above), Some(Field::Author)) = (open.last_mut(), object.within)
            && let Some(name) = object.text(Field::Name)
            && above.authors.len() < AUTHORS
            && !above.authors.contains(&name)
        {
            above.authors.push(name);
        }
        let place = if object.is_listed {
            return;
        } else if object.is_of(&["Article", "Posting", "Report"]) {
            &mut self.story
        } else if object.is_of(&["WebPage"]) {
            &mut self.page
        } else {
            return;
        };
        if place
            .as_ref()
            .is_none_or(|known| object.depth < known.depth)
        {
            *place = Some(object);
        }
    }
}

impl<'a> Object<'a> {
    fn take(&mut self, name: &str, value: &'a str) {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        self.key = known.map(|(_, field)| *field);
        if let Some(field) = self.key {
            self.values[field as usize].get_or_insert(value);
        }
    }
}

/// An object that begins within another.
fn below<'a>(above: Option<&Object<'a>>) -> Object<'a> {
    let within = above.and_then(|above| above.key);
    Object {
        within,
        is_listed: within == Some(Field::Elements) || above.is_some_and(|above| above.is_listed),
        depth: above.map_or(0, |above| above.depth + 1),
        ..Object::default()
    }
}
