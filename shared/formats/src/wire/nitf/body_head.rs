//! `body.head`: headlines, byline, dateline, abstract.

use wiredesk_model::{RoleText, WireTerm};

use super::head::named;
use crate::wire::dates::read_date;
use crate::wire::draft::Draft;
use crate::wire::el::{El, fold};
use crate::wire::habits::Habits;
use crate::wire::text_wire::without_by;
use crate::xml::Piece;

/// Reads what stands above the text of a story.
pub fn read_body_head(draft: &mut Draft, head: El<'_, '_>, habits: &Habits) {
    for el in head.children() {
        match el.name() {
            // The second is what people write who do not know the first.
            "hedline" | "headline" => headlines(draft, el),
            "byline" => byline(draft, el),
            "dateline" => dateline(draft, el, habits),
            "abstract" => draft.facts.descriptions.extend(el.line().map(plain)),
            "distributor" => {
                let facts = &mut draft.facts;
                facts.sources.extend(el.line().map(|name| WireTerm {
                    role: Some("distributor".to_owned()),
                    ..named(name)
                }));
            }
            "note" => draft.facts.ed_notes.extend(el.some_text().map(plain)),
            "rights" => draft.facts.usage_terms = el.some_text(),
            _ => draft.keep("body.head", el),
        }
    }
    let facts = &mut draft.facts;
    if facts.provider.is_none() {
        facts.provider = facts
            .sources
            .first()
            .and_then(|source| source.name.clone())
            .map(named);
    }
}

fn plain(text: String) -> RoleText {
    RoleText {
        text,
        ..RoleText::default()
    }
}

fn headlines(draft: &mut Draft, hedline: El<'_, '_>) {
    for el in hedline.children() {
        let role = (!el.is("hl1")).then(|| el.name().to_owned());
        draft.facts.headlines.extend(el.line().map(|text| RoleText {
            role,
            ..plain(text)
        }));
    }
}

/// The byline without the writer's title, which has an element of its own.
fn byline(draft: &mut Draft, el: El<'_, '_>) {
    let mut text = String::new();
    let mut in_title = false;
    for piece in el.tree.pieces(el.id) {
        match piece {
            Piece::Open(id) if el.tree.name(id) == "byttl" => in_title = true,
            Piece::Close(id) if el.tree.name(id) == "byttl" => in_title = false,
            Piece::Text(raw) if !in_title => el.tree.resolve_into(raw, &mut text),
            _ => {}
        }
    }
    let line = fold(&text);
    if line.is_empty() {
        return;
    }
    let writers: Vec<WireTerm> = el
        .descendants()
        .filter(|part| part.is("person"))
        .filter_map(El::line)
        .map(|name| author(name, el))
        .collect();
    let facts = &mut draft.facts;
    if writers.is_empty() {
        facts.credits.push(author(without_by(&line).to_owned(), el));
    } else {
        facts.credits.extend(writers);
    }
    facts.byline = Some(match facts.byline.take() {
        Some(before) => format!("{before}, {line}"),
        None => line,
    });
}

fn author(name: String, byline: El<'_, '_>) -> WireTerm {
    WireTerm {
        role: Some("author".to_owned()),
        kind: byline.child_line("byttl"),
        ..named(name)
    }
}

fn dateline(draft: &mut Draft, el: El<'_, '_>, habits: &Habits) {
    let facts = &mut draft.facts;
    facts.dateline = facts.dateline.take().or_else(|| el.line());
    if let Some(date) = el.child("story.date") {
        let date = date.attr("norm").or_else(|| date.line());
        let date = date.and_then(|date| read_date(&date, habits));
        facts.content_created = date;
    }
    let Some(place) = el.find("location") else {
        return;
    };
    let city = place.child_line("city");
    let country = place.child("country").or_else(|| place.find("country"));
    let wider = country.filter(|_| city.is_some()).map(|country| WireTerm {
        code: country.attr("iso-cc"),
        name: country.line(),
        ..WireTerm::default()
    });
    if let Some(name) = city.or_else(|| place.line()) {
        // The dateline's place counts before any other.
        facts.located.insert(
            0,
            WireTerm {
                role: Some("dateline".to_owned()),
                broader: wider.into_iter().collect(),
                ..named(name)
            },
        );
    }
}
