//! `groupSet`: the members of a package, flat, each with the group that it stands in.

use wiredesk_model::WireLink;

use super::item::Reading;
use crate::wire::el::El;
use crate::wire::status::local_part;

/// Reads the members of a package in the order of its groups.
pub fn read(reading: &mut Reading<'_>, set: El<'_, '_>) {
    for group in set.all("group") {
        let name = group.any_attr(&["role", "id"]);
        for el in group.children() {
            match el.name() {
                "itemRef" | "conceptRef" => {
                    let member = member(el, name.clone());
                    reading.draft.facts.members.push(member);
                }
                "title" => reading.draft.title = reading.draft.title.take().or_else(|| el.line()),
                // Groups are listed one after the other, so what refers to one says no more.
                "groupRef" => {}
                _ => reading.draft.keep("groupSet/group", el),
            }
        }
    }
}

fn member(el: El<'_, '_>, group: Option<String>) -> WireLink {
    let class = el
        .child("itemClass")
        .and_then(|class| class.any_attr(&["qcode", "uri"]));
    WireLink {
        rel: el.attr("rel"),
        target: el.any_attr(&["residref", "guidref", "href", "qcode", "uri"]),
        version: el.attr("version"),
        class: class.map(|class| local_part(&class).to_owned()),
        title: el
            .child_line("headline")
            .or_else(|| el.child_line("title"))
            .or_else(|| el.child_line("name")),
        group,
        media_type: el.attr("contenttype"),
    }
}
