//! `NewsManagement`: dates, status, urgency, relations, instructions.

use wiredesk_model::{RoleText, WireKind, WireLink};

use super::envelope::formal_name;
use crate::wire::dates::read_date;
use crate::wire::draft::Draft;
use crate::wire::el::El;
use crate::wire::habits::Habits;
use crate::wire::status::{embargo_of, set_status};

/// Reads what manages the item.
pub fn read(draft: &mut Draft, management: El<'_, '_>, habits: &Habits) {
    for el in management.children() {
        let date = || el.line().and_then(|date| read_date(&date, habits));
        match el.name() {
            "FirstCreated" => draft.facts.first_created = date(),
            "ThisRevisionCreated" => draft.facts.version_created = date(),
            "Status" => set_status(
                &mut draft.facts,
                &formal_name(el).unwrap_or_default(),
                habits,
            ),
            "StatusWillChange" => will_change(draft, el, habits),
            "Urgency" => urgency(draft, el),
            "NewsItemType" => item_type(draft, el),
            "DerivedFrom" | "AssociatedWith" => link(draft, el),
            "Instruction" => instruction(draft, el),
            _ => draft.keep("NewsManagement", el),
        }
    }
}

/// A status that will change to usable is an embargo; any other change is kept.
fn will_change(draft: &mut Draft, el: El<'_, '_>, habits: &Habits) {
    let future = el.child("FutureStatus").and_then(formal_name);
    let opens = future
        .as_deref()
        .is_none_or(|word| word.eq_ignore_ascii_case("usable"));
    if opens {
        let text = el.child_line("DateAndTime").unwrap_or_default();
        draft.facts.embargo = embargo_of(&text, habits);
    } else {
        draft.keep("NewsManagement", el);
    }
}

fn urgency(draft: &mut Draft, el: El<'_, '_>) {
    let urgency = formal_name(el).and_then(|number| number.parse().ok());
    draft.facts.urgency = urgency;
    if urgency.is_none() {
        draft.keep("NewsManagement", el);
    }
}

fn item_type(draft: &mut Draft, el: El<'_, '_>) {
    let name = formal_name(el).unwrap_or_default();
    if name.eq_ignore_ascii_case("package") {
        draft.facts.kind = WireKind::Package;
    }
    if !name.eq_ignore_ascii_case("news") && !name.is_empty() {
        draft.keep_text("NewsManagement/NewsItemType", name);
    }
}

fn link(draft: &mut Draft, el: El<'_, '_>) {
    let note = el.child_line("Comment");
    draft.facts.links.push(WireLink {
        rel: el.attr("FormalName").or_else(|| Some(el.name().to_owned())),
        target: el.any_attr(&["NewsItem", "Duid"]).or_else(|| el.line()),
        title: note,
        ..WireLink::default()
    });
}

fn instruction(draft: &mut Draft, el: El<'_, '_>) {
    draft.facts.signals.extend(el.attr("FormalName"));
    draft
        .facts
        .ed_notes
        .extend(el.some_text().map(|text| RoleText {
            role: Some("instruction".to_owned()),
            text,
            language: None,
        }));
}
