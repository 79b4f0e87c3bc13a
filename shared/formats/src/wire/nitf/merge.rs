//! A story in NITF inside another format brings a head of its own: what only it says is taken
//! over.

use std::collections::HashSet;

use wiredesk_model::WireTerm;

use super::{read_body_head, read_head};
use crate::wire::draft::Draft;
use crate::wire::el::El;
use crate::wire::habits::Habits;

/// Takes from the NITF story in `nitf` what the item around it does not say.
pub fn merge_head(draft: &mut Draft, nitf: El<'_, '_>, habits: &Habits) {
    let mut inner = Draft::default();
    if let Some(head) = nitf.child("head") {
        read_head(&mut inner, head, habits);
    }
    if let Some(head) = nitf.find("body.head") {
        read_body_head(&mut inner, head, habits);
    }
    let from = inner.facts;
    let facts = &mut draft.facts;
    or(&mut facts.slugline, from.slugline);
    or(&mut facts.byline, from.byline);
    or(&mut facts.dateline, from.dateline);
    or(&mut facts.expires, from.expires);
    or(&mut facts.copyright_holder, from.copyright_holder);
    or(&mut facts.usage_terms, from.usage_terms);
    or(&mut draft.copyright, inner.copyright);
    facts.urgency = facts.urgency.or(from.urgency);
    facts.words = facts.words.or(from.words);
    if facts.credits.is_empty() {
        facts.credits = from.credits;
    }
    if facts.headlines.is_empty() {
        facts.headlines = from.headlines;
    }
    if facts.descriptions.is_empty() {
        facts.descriptions = from.descriptions;
    }
    if facts.located.is_empty() {
        facts.located = from.located;
    }
    if facts.keywords.is_empty() {
        facts.keywords = from.keywords;
    }
    facts.ed_notes.extend(from.ed_notes);
    let known: HashSet<_> = facts
        .subjects
        .iter()
        .filter_map(|known| known.code.clone())
        .collect();
    let is_new = |subject: &WireTerm| {
        subject
            .code
            .as_ref()
            .is_none_or(|code| !known.contains(code))
    };
    facts
        .subjects
        .extend(from.subjects.into_iter().filter(is_new));
    facts.extra.extend(from.extra);
}

fn or(field: &mut Option<String>, other: Option<String>) {
    *field = field.take().or(other);
}
