//! `Identification`: which item, and which revision of it.

use super::component::Story;
use crate::wire::draft::Draft;
use crate::wire::el::El;

/// A `Duid` of fewer characters numbers the components of one document, and identifies nothing
/// beyond it.
const ID_CHARS: usize = 8;

/// Reads the identifier of an item: the public one where it names the item, or else its parts,
/// or else the id of the component that carries the story.
pub fn read(draft: &mut Draft, item: El<'_, '_>, story: &Story<'_, '_>) {
    let identifier = item.at("Identification/NewsIdentifier");
    let part = |name: &str| identifier.and_then(|identifier| identifier.child_line(name));
    let item_id = part("NewsItemId");
    let revision = identifier.and_then(|identifier| identifier.child("RevisionId"));
    let update = revision.and_then(|revision| revision.attr("Update"));
    // Revisions are counted from 1; some send 0 for the first.
    let version = revision.and_then(El::line);
    draft.facts.version = version.map(|version| {
        if version == "0" {
            "1".to_owned()
        } else {
            version
        }
    });
    draft.facts.signals.extend(
        update
            .filter(|update| update != "N")
            .map(|update| format!("update:{update}")),
    );

    // `urn:newsml:provider:date:item:revision`; some send only the beginning of it.
    let names_item = |public: &String| {
        let has_id = item_id.as_deref().is_some_and(|id| public.contains(id));
        has_id || public.matches(':').count() >= 4
    };
    let public = part("PublicIdentifier").filter(names_item);
    let composed = || {
        let parts = [part("ProviderId"), part("DateId"), item_id.clone()];
        item_id.as_ref()?;
        let parts: Vec<_> = parts
            .into_iter()
            .flatten()
            .chain(draft.facts.version.clone())
            .collect();
        Some(format!("urn:newsml:{}", parts.join(":")))
    };
    let duid = || story.duid.clone().filter(|duid| duid.len() >= ID_CHARS);
    let guid = if story.is_one_of_many {
        duid().or_else(|| Some(format!("{}#{}", public.or_else(composed)?, story.name()?)))
    } else {
        let parts = || public.or_else(duid).or_else(composed);
        parts().or_else(|| part("PublicIdentifier"))
    };
    draft.id = guid
        .as_deref()
        .map(|guid| without_revision(guid, draft.facts.version.as_deref()));
    draft.facts.guid = guid;
    if let Some(provider) = part("ProviderId") {
        draft.facts.provider = Some(wiredesk_model::WireTerm {
            code: Some(provider),
            ..wiredesk_model::WireTerm::default()
        });
    }
    let label = item.at("Identification/NameLabel").and_then(El::line);
    if let Some(label) = label {
        draft.keep_text("Identification/NameLabel", label);
    }
}

/// The identifier without the revision that the standard puts at its end (`…:2N`).
fn without_revision(guid: &str, version: Option<&str>) -> String {
    let stem = guid.rsplit_once(':').and_then(|(stem, last)| {
        let number = last.trim_end_matches(['N', 'A', 'U']);
        (Some(number) == version && stem.contains(':')).then_some(stem)
    });
    stem.unwrap_or(guid).to_owned()
}

#[cfg(test)]
mod tests {
    use super::without_revision;

    #[test]
    fn the_revision_is_no_part_of_the_identity() {
        let guid = "urn:newsml:desk.example:20240102T030405Z:A-17:2";
        let stem = "urn:newsml:desk.example:20240102T030405Z:A-17";
        assert_eq!(without_revision(guid, Some("2")), stem);
        assert_eq!(without_revision(&format!("{guid}U"), Some("2")), stem);
        assert_eq!(without_revision(guid, Some("3")), guid);
        assert_eq!(without_revision(guid, None), guid);
    }
}
