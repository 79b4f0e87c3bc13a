//! `head`: the title, `meta`, subjects and `docdata`.

use wiredesk_model::{RoleText, WireLink, WireTerm};

use crate::wire::dates::read_date;
use crate::wire::draft::Draft;
use crate::wire::el::El;
use crate::wire::habits::Habits;
use crate::wire::status::{embargo_of, set_status};

/// Reads the head of a story.
pub fn read_head(draft: &mut Draft, head: El<'_, '_>, habits: &Habits) {
    for el in head.children() {
        match el.name() {
            "title" => draft.title = el.line(),
            "meta" => meta(draft, el),
            "tobject" => subjects(draft, el),
            "docdata" => {
                if let Some(status) = el.tree.attribute(el.id, "management-status") {
                    set_status(&mut draft.facts, &status, habits);
                }
                management(draft, el);
                for el in el.children() {
                    docdata(draft, el, habits);
                }
            }
            "pubdata" => pubdata(draft, el, habits),
            _ => draft.keep("head", el),
        }
    }
    if draft.facts.slugline.is_none() {
        draft.facts.slugline = draft.facts.keywords.first().cloned();
    }
    let created = draft.facts.version_created.clone();
    draft.facts.first_created = draft.facts.first_created.take().or(created);
}

/// Names that `meta` has by custom (ANPA heritage); the rest is kept.
fn meta(draft: &mut Draft, el: El<'_, '_>) {
    let (Some(name), Some(content)) = (el.attr("name"), el.attr("content")) else {
        return;
    };
    let facts = &mut draft.facts;
    match name.to_ascii_lowercase().as_str() {
        "anpa-sequence" => {
            facts.transmission.get_or_insert_default().sequence = Some(content);
        }
        "anpa-keyword" | "slugline" | "slug" if facts.slugline.is_none() => {
            facts.slugline = Some(content);
        }
        "anpa-wordcount" | "wordcount" | "word-count" => facts.words = content.parse().ok(),
        "service" => facts
            .transmission
            .get_or_insert_default()
            .services
            .push(content),
        _ => draft.keep_text(&format!("head/meta/{name}"), content),
    }
}

fn subjects(draft: &mut Draft, tobject: El<'_, '_>) {
    for el in tobject.children() {
        match el.name() {
            "tobject.subject" => {
                let word = |name: &str| el.attr(&format!("tobject.subject.{name}"));
                let names = ["detail", "matter", "type"];
                draft.facts.subjects.push(WireTerm {
                    code: word("refnum").or_else(|| word("code")),
                    scheme: word("ipr"),
                    name: names.iter().find_map(|name| word(name)),
                    ..WireTerm::default()
                });
            }
            "tobject.property" => draft.facts.genres.push(WireTerm {
                name: el.attr("tobject.property.type"),
                code: el.attr("value"),
                ..WireTerm::default()
            }),
            _ => draft.keep("head/tobject", el),
        }
    }
    if let Some(kind) = tobject.attr("tobject.type") {
        draft.keep_text("head/tobject/tobject.type", kind);
    }
}

fn docdata(draft: &mut Draft, el: El<'_, '_>, habits: &Habits) {
    let norm = |el: El<'_, '_>| el.attr("norm").or_else(|| el.line());
    let date = |el: El<'_, '_>| norm(el).and_then(|text| read_date(&text, habits));
    let facts = &mut draft.facts;
    match el.name() {
        "doc-id" => {
            facts.guid = facts.guid.take().or_else(|| el.attr("id-string"));
            let source = || el.attr("regsrc").map(named);
            facts.provider = facts.provider.take().or_else(source);
        }
        "du-key" => {
            facts.slugline = el.attr("key").or_else(|| facts.slugline.take());
            facts.version = el.any_attr(&["version", "generation"]);
        }
        "fixture" => facts.slugline = facts.slugline.take().or_else(|| el.attr("fix-id")),
        "urgency" => {
            facts.urgency = el.attr("ed-urg").and_then(|urgency| urgency.parse().ok());
            if facts.urgency.is_none() {
                draft.keep("head/docdata", el);
            }
        }
        "date.issue" => facts.version_created = date(el),
        "date.release" => facts.embargo = embargo_of(&norm(el).unwrap_or_default(), habits),
        "date.expire" => facts.expires = date(el),
        "key-list" => facts
            .keywords
            .extend(el.all("keyword").filter_map(|word| word.attr("key"))),
        "ed-msg" => note(draft, None, el.attr("info").or_else(|| el.line())),
        "correction" => {
            let info = el.attr("info").or_else(|| el.line());
            facts.signals.push("correction".to_owned());
            note(draft, Some("correction"), info);
        }
        "doc.copyright" => {
            facts.copyright_holder = el.attr("holder");
            let year = el.attr("year");
            let holder = el.attr("holder");
            draft.copyright = match (year, holder) {
                (Some(year), Some(holder)) => Some(format!("© {year} {holder}")),
                (_, holder) => holder,
            };
        }
        "doc.rights" => facts.usage_terms = el.any_attr(&["limitations", "type"]),
        "evloc" => facts.located.extend(event_place(el)),
        "series" => facts.series.extend(series(el)),
        "identified-content" => identified(draft, el),
        _ => draft.keep("head/docdata", el),
    }
}

/// Another document whose status changes with this one.
fn management(draft: &mut Draft, docdata: El<'_, '_>) {
    let Some(target) = docdata.attr("management-doc-idref") else {
        return;
    };
    let status = docdata.attr("management-idref-status");
    draft.facts.links.push(WireLink {
        rel: status.map(|status| format!("status:{status}")),
        target: Some(target),
        ..WireLink::default()
    });
}

/// People, places and organisations that the head names.
fn identified(draft: &mut Draft, list: El<'_, '_>) {
    for el in list.children() {
        let name = el.line().or_else(|| el.attr("value"));
        let code = el.any_attr(&["idsrc-value", "location-code", "value"]);
        if name.is_some() {
            draft.facts.subjects.push(WireTerm {
                name,
                code,
                scheme: el.any_attr(&["idsrc", "code-source"]),
                kind: Some(el.name().to_owned()),
                ..WireTerm::default()
            });
        } else {
            draft.keep("head/docdata/identified-content", el);
        }
    }
}

fn note(draft: &mut Draft, role: Option<&str>, text: Option<String>) {
    draft.facts.ed_notes.extend(text.map(|text| RoleText {
        role: role.map(str::to_owned),
        text,
        language: None,
    }));
}

fn event_place(el: El<'_, '_>) -> Option<WireTerm> {
    let city = el.attr("city");
    let country = el.attr("iso-cc");
    let wider = country
        .clone()
        .filter(|_| city.is_some())
        .map(|country| WireTerm {
            code: Some(country),
            ..WireTerm::default()
        });
    Some(WireTerm {
        role: Some("event".to_owned()),
        broader: wider.into_iter().collect(),
        ..named(city.or_else(|| el.line()).or(country)?)
    })
}

fn series(el: El<'_, '_>) -> Option<WireTerm> {
    let name = el.attr("series.name")?;
    Some(WireTerm {
        code: el.attr("series.part"),
        ..named(name)
    })
}

fn pubdata(draft: &mut Draft, el: El<'_, '_>, habits: &Habits) {
    let date = el
        .attr("date.publication")
        .and_then(|date| read_date(&date, habits));
    let facts = &mut draft.facts;
    facts.version_created = facts.version_created.take().or(date);
    let counts_words = el.attr("unit-of-measure").as_deref() == Some("word");
    let length = el.attr("item-length").filter(|_| counts_words);
    facts.words = facts
        .words
        .or_else(|| length.and_then(|length| length.parse().ok()));
    draft.keep("head", el);
}

/// A term of which only the name is known.
pub fn named(name: String) -> WireTerm {
    WireTerm {
        name: Some(name),
        ..WireTerm::default()
    }
}
