//! `itemMeta` and `contentMeta`: what is said of the item and of its content.

use wiredesk_model::RoleText;

use super::item::{Reading, append};
use crate::wire::el::El;
use crate::wire::status::{embargo_of, local_part, set_status};

/// Reads what manages the item.
pub fn item_meta(reading: &mut Reading<'_>, meta: El<'_, '_>) {
    for el in meta.children() {
        item_field(reading, el);
    }
}

fn item_field(reading: &mut Reading<'_>, el: El<'_, '_>) {
    match el.name() {
        "itemClass" => {
            let class = reading.schemes.term(el).code;
            let facts = &mut reading.draft.facts;
            facts.class = class.map(|class| local_part(&class).to_ascii_lowercase());
        }
        "provider" => {
            let provider = reading.schemes.term(el);
            reading.draft.facts.provider.get_or_insert(provider);
        }
        "versionCreated" => reading.draft.facts.version_created = reading.date(el),
        "firstCreated" => reading.draft.facts.first_created = reading.date(el),
        "embargoed" => {
            reading.draft.facts.embargo = embargo_of(&el.text(), reading.habits);
        }
        "pubStatus" => {
            let code = el
                .any_attr(&["qcode", "uri", "literal"])
                .or_else(|| el.line());
            let facts = &mut reading.draft.facts;
            set_status(facts, &code.unwrap_or_default(), reading.habits);
        }
        "title" => reading.draft.title = reading.draft.title.take().or_else(|| el.line()),
        "edNote" => ed_note(reading, el),
        "signal" => {
            let signal = el
                .any_attr(&["qcode", "uri", "literal"])
                .or_else(|| el.line());
            reading.draft.facts.signals.extend(signal);
        }
        "link" => reading.link(el, None),
        "memberOf" => {
            let series = reading.schemes.term(el);
            reading.draft.facts.series.push(series);
        }
        "expires" => reading.draft.facts.expires = reading.date(el),
        "service" => {
            let service = reading.schemes.term(el);
            let facts = &mut reading.draft.facts;
            let services = &mut facts.transmission.get_or_insert_default().services;
            services.extend(service.name.or(service.code));
        }
        _ => reading.draft.keep("itemMeta", el),
    }
}

/// Reads what describes the content.
pub fn content_meta(reading: &mut Reading<'_>, meta: El<'_, '_>) {
    for el in meta.children() {
        content_field(reading, el);
    }
}

fn content_field(reading: &mut Reading<'_>, el: El<'_, '_>) {
    let term = |reading: &Reading<'_>| reading.schemes.term(el);
    match el.name() {
        "urgency" => {
            let urgency = el.line().and_then(|number| number.parse().ok());
            reading.draft.facts.urgency = urgency;
            if urgency.is_none() {
                reading.draft.keep("contentMeta", el);
            }
        }
        "contentModified" => reading.draft.facts.content_modified = reading.date(el),
        "contentCreated" => reading.draft.facts.content_created = reading.date(el),
        "headline" => headline(reading, el),
        "slugline" => set(&mut reading.draft.facts.slugline, el),
        "dateline" => set(&mut reading.draft.facts.dateline, el),
        "by" => append(&mut reading.draft.facts.byline, el.line()),
        "creditline" => set(&mut reading.draft.facts.credit_line, el),
        "creator" | "contributor" => {
            let mut credit = term(reading);
            let role = credit.role.take().map(|role| local_part(&role).to_owned());
            let part = el.name().to_owned();
            credit.role = Some(role.map_or(part.clone(), |role| format!("{part}/{role}")));
            reading.draft.facts.credits.push(credit);
        }
        "located" => {
            let place = term(reading);
            reading.draft.facts.located.push(place);
        }
        "subject" => {
            let subject = term(reading);
            reading.draft.facts.subjects.push(subject);
        }
        "genre" => {
            let genre = term(reading);
            reading.draft.facts.genres.push(genre);
        }
        "infoSource" => {
            let source = term(reading);
            reading.draft.facts.sources.push(source);
        }
        "keyword" => reading.draft.facts.keywords.extend(el.line()),
        "language" => language(reading, el),
        "description" => push_text(&mut reading.draft.facts.descriptions, el, El::typed_text),
        _ => reading.draft.keep("contentMeta", el),
    }
}

/// A note to editors; one that only puts the others together is kept beside them.
fn ed_note(reading: &mut Reading<'_>, el: El<'_, '_>) {
    let repeated = &reading.habits.repeated_notes;
    if el.attr("role").is_some_and(|role| repeated.contains(&role)) {
        reading.draft.keep("itemMeta", el);
    } else {
        push_text(&mut reading.draft.facts.ed_notes, el, El::some_text);
    }
}

/// A headline; some agencies tell by its rank what others tell by its role.
fn headline(reading: &mut Reading<'_>, el: El<'_, '_>) {
    let headlines = &mut reading.draft.facts.headlines;
    push_text(headlines, el, El::line);
    if let Some(rank) = el.attr("rank")
        && let Some(last) = headlines.last_mut()
        && last.role.is_none()
    {
        last.role = reading.habits.headline_ranks.get(&rank).cloned();
    }
}

/// The language of the content counts more than that of the metadata around it.
fn language(reading: &mut Reading<'_>, el: El<'_, '_>) {
    let is_subtitle = el.attr("role").is_some();
    if let Some(tag) = el.attr("tag")
        && !is_subtitle
    {
        reading.draft.language = Some(tag);
    } else {
        reading.draft.keep("contentMeta", el);
    }
}

fn push_text<'t, 'a>(
    texts: &mut Vec<RoleText>,
    el: El<'t, 'a>,
    read: impl Fn(El<'t, 'a>) -> Option<String>,
) {
    texts.extend(read(el).map(|text| RoleText {
        role: el.attr("role"),
        text,
        language: el.attr("xml:lang"),
    }));
}

fn set(field: &mut Option<String>, el: El<'_, '_>) {
    *field = field.take().or_else(|| el.line());
}
