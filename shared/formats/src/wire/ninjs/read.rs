//! One item of a dialect: each field from the first path that leads to it.

use std::collections::HashSet;

use serde_json::Value;
use wiredesk_model::{Embargo, Item, WireFacts, WireKind, WireTerm};

use super::body;
use super::concept::{self, role_text, text_of};
use super::path::{self, Found, listed};
use crate::Limits;
use crate::wire::body::render_text;
use crate::wire::dates::read_date;
use crate::wire::draft::{Draft, push_new, push_new_text};
use crate::wire::habits::{Dialect, Habits};
use crate::wire::status::{embargo_of, set_status};

/// Fields of terms about what the item is about, and the kind that each stands for.
const SUBJECTS: [(&str, Option<&str>); 6] = [
    ("subjects", None),
    ("people", Some("person")),
    ("organisations", Some("organisation")),
    ("places", Some("place")),
    ("events", Some("event")),
    ("objects", Some("object")),
];

struct Reading<'r, 'v> {
    document: &'v Value,
    item: &'v Value,
    dialect: &'r Dialect,
    habits: &'r Habits,
    draft: Draft,
}

/// An item with the document that it stands in.
#[derive(Clone, Copy)]
pub struct Source<'v> {
    /// The document.
    pub document: &'v Value,
    /// The item.
    pub item: &'v Value,
}

/// Reads an item.
pub fn item(source: Source<'_>, dialect: &Dialect, habits: &Habits, limits: &Limits) -> Item {
    let mut reading = Reading {
        document: source.document,
        item: source.item,
        dialect,
        habits,
        draft: Draft::default(),
    };
    reading.management();
    reading.lines();
    reading.terms();
    reading.relations();
    reading.rights();
    reading.body(limits);
    reading.leftovers();
    reading.draft.finish()
}

impl<'v> Reading<'_, 'v> {
    /// Everything that the paths of a field lead to, path by path.
    fn all(&self, field: &str) -> Vec<Found<'v>> {
        let paths = self.dialect.fields.get(field);
        let find = |path: &'_ String| match path.strip_prefix('/') {
            Some(path) => path::find(self.document, path),
            None => path::find(self.item, path),
        };
        paths.into_iter().flatten().flat_map(find).collect()
    }

    /// The first text that the paths of a field lead to.
    fn text(&self, field: &str) -> Option<String> {
        self.all(field)
            .iter()
            .find_map(|found| text_of(found.value))
    }

    fn date(&self, field: &str) -> Option<String> {
        read_date(&self.text(field)?, self.habits)
    }

    fn management(&mut self) {
        let status = self
            .all("status")
            .into_iter()
            .find(|found| !found.value.is_null());
        let embargo = self
            .all("embargo")
            .into_iter()
            .find(|found| !found.value.is_null());
        let urgency = self.text("urgency");
        let transmit_id = self.text("transmit_id");
        let class = self.text("type").map(|class| class.to_lowercase());
        let mut facts = WireFacts {
            guid: self.text("guid"),
            version: self.text("version"),
            kind: match class.as_deref() {
                Some("event" | "planning") => WireKind::Planning,
                _ => WireKind::News,
            },
            class,
            urgency: urgency.as_deref().and_then(|urgency| urgency.parse().ok()),
            priority: self.text("priority"),
            first_created: self.date("first_created"),
            version_created: self.date("version_created"),
            content_created: self.date("content_created"),
            expires: self.date("expires"),
            words: self.text("words").and_then(|words| words.parse().ok()),
            embargo: embargo
                .map(|found| self.embargo(found.value))
                .unwrap_or_default(),
            ..WireFacts::default()
        };
        if let Some(found) = status {
            let word = text_of(found.value).unwrap_or_default();
            set_status(&mut facts, &word, self.habits);
        }
        if transmit_id.is_some() {
            facts.transmission.get_or_insert_default().id = transmit_id;
        }
        let unread = urgency.filter(|_| facts.urgency.is_none());
        self.draft.facts = facts;
        if let Some(urgency) = unread {
            self.draft.keep_text("urgency", urgency);
        }
    }

    fn embargo(&self, value: &Value) -> Embargo {
        match value {
            Value::String(text) => embargo_of(text, self.habits),
            other => Embargo::Unknown {
                text: other.to_string(),
            },
        }
    }

    fn lines(&mut self) {
        let headlines = self.all("headlines");
        let descriptions = self.all("descriptions");
        let notes = self.all("ed_notes");
        let keywords = self.all("keywords");
        let bylines: Vec<_> = self
            .all("byline")
            .iter()
            .filter_map(|found| text_of(found.value))
            .collect();
        let signals = self.all("signals");
        let language = self
            .text("language")
            .or_else(|| self.habits.default_language.clone());
        self.draft.title = self.text("title");
        self.draft.language = language;
        let lines = ["slugline", "creditline", "dateline"].map(|field| self.text(field));
        let facts = &mut self.draft.facts;
        [facts.slugline, facts.credit_line, facts.dateline] = lines;
        push_new_text(&mut facts.headlines, headlines.iter().filter_map(role_text));
        push_new_text(
            &mut facts.descriptions,
            descriptions.iter().filter_map(role_text),
        );
        facts.ed_notes = notes.iter().filter_map(role_text).collect();
        let words = keywords
            .iter()
            .filter_map(|found| concept::term(found.value, None));
        facts.keywords = words.filter_map(|term| term.name.or(term.code)).collect();
        facts.byline = (!bylines.is_empty()).then(|| bylines.join(", "));
        for signal in signals
            .iter()
            .filter_map(|found| concept::term(found.value, None))
        {
            push_new(&mut facts.signals, signal.code.or(signal.name));
        }
    }

    fn terms(&mut self) {
        for (field, kind) in SUBJECTS {
            let terms = self.terms_of(field, kind);
            self.draft.facts.subjects.extend(terms);
        }
        let authors = self.terms_of("authors", None);
        self.draft.facts.credits = authors;
        self.draft.facts.located = self.terms_of("located", None);
        self.draft.facts.genres = self.terms_of("genres", None);
        self.draft.facts.sources = self.terms_of("sources", None);
        self.draft.facts.series = self.terms_of("series", None);
        self.draft.facts.provider = self.terms_of("provider", None).into_iter().next();
        let services = self.terms_of("services", None);
        if !services.is_empty() {
            let names = services
                .into_iter()
                .filter_map(|service| service.name.or(service.code));
            self.draft
                .facts
                .transmission
                .get_or_insert_default()
                .services = names.collect();
        }
    }

    /// The terms of a field; those that say more than their fields hold are kept whole as well.
    fn terms_of(&mut self, field: &str, kind: Option<&str>) -> Vec<WireTerm> {
        let mut terms = Vec::new();
        for found in self.all(field) {
            let Some(term) = concept::term(found.value, kind) else {
                continue;
            };
            if concept::says_more(found.value) {
                self.draft.keep_text(field, found.value.to_string());
            }
            push_new(&mut terms, [term]);
        }
        terms
    }

    fn relations(&mut self) {
        let list = |found: Vec<Found<'v>>| found.iter().flat_map(listed).collect::<Vec<_>>();
        let links = list(self.all("links"));
        let members = list(self.all("members"));
        let renditions = list(self.all("renditions"));
        let facts = &mut self.draft.facts;
        facts.links = links.iter().filter_map(concept::link).collect();
        facts.members = members.iter().filter_map(concept::link).collect();
        facts.renditions = renditions.iter().filter_map(concept::rendition).collect();
    }

    fn rights(&mut self) {
        let terms: Vec<_> = self
            .all("usage_terms")
            .iter()
            .filter_map(|found| text_of(found.value))
            .collect();
        self.draft.copyright = self.text("copyright_notice");
        self.draft.facts.copyright_holder = self.text("copyright_holder");
        self.draft.facts.usage_terms = (!terms.is_empty()).then(|| terms.join("\n"));
    }

    fn body(&mut self, limits: &Limits) {
        let mut bodies: Vec<_> = self.all("body").iter().filter_map(body::of).collect();
        bodies.sort_by_key(body::Body::rank);
        let mut bodies = bodies.into_iter();
        let Some(chosen) = bodies.next() else {
            return;
        };
        let facts = &mut self.draft.facts;
        facts.words = facts.words.or(chosen.words);
        let mut html = chosen.html(limits);
        for part in self
            .all("body_end")
            .iter()
            .filter_map(|found| text_of(found.value))
        {
            render_text(&part, &mut html);
        }
        self.draft.body = Some(html);
        let mut seen = HashSet::from([chosen.words_only()]);
        for other in bodies {
            // The same text in another markup is no other text.
            if seen.insert(other.words_only()) {
                self.draft.keep_text("body", other.as_json().to_string());
            }
        }
    }

    /// Keeps what no path of the dialect begins with.
    fn leftovers(&mut self) {
        let Some(object) = self.item.as_object() else {
            return;
        };
        let paths: Vec<&str> = self
            .dialect
            .fields
            .values()
            .flatten()
            .map(|path| path::first_key(path))
            .collect();
        for (key, value) in object {
            let is_known = paths.iter().any(|pattern| path::matches(pattern, key));
            if !is_known && !value.is_null() {
                let text = text_of(value).unwrap_or_else(|| value.to_string());
                self.draft.keep_text(key, text);
            }
        }
    }
}
