//! Entries that a feed says it has deleted (RFC 6721).

use wiredesk_model::{Item, WireFacts, WireStatus};

use crate::to_rfc3339;
use crate::xml::{NodeId, Tree};

/// Whether an element says that an entry was deleted.
pub(super) fn is_deleted_entry(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.name(node).eq_ignore_ascii_case("deleted-entry") && tree.attribute(node, "ref").is_some()
}

/// The item that a deleted entry leaves: its id, when it was deleted, and nothing else.
pub(super) fn read_deleted_entry(tree: &Tree<'_>, node: NodeId) -> Item {
    let attribute = |name| tree.attribute(node, name);
    let when = attribute("when").and_then(|when| to_rfc3339(&when));
    let facts = WireFacts {
        status: WireStatus::Deleted,
        status_word: Some("deleted".to_owned()),
        version_created: when.clone(),
        ..WireFacts::default()
    };
    Item {
        id: attribute("ref").map(|id| id.trim().to_owned()),
        updated: when,
        wire: Some(Box::new(facts)),
        ..Item::default()
    }
}

#[cfg(test)]
mod tests {
    use wiredesk_model::WireStatus;

    use crate::{Hints, Limits};

    #[test]
    fn a_deleted_entry_is_an_item_that_says_so() {
        let feed = r#"<feed xmlns="http://www.w3.org/2005/Atom"
            xmlns:at="http://purl.org/atompub/tombstones/1.0">
            <entry><id>tag:gazette.example,2026:1</id><title>Ferry is back</title></entry>
            <at:deleted-entry ref="tag:gazette.example,2026:2" when="2026-08-30T12:00:00Z">
                <at:comment>Published by mistake</at:comment>
            </at:deleted-entry></feed>"#;
        let parsed = super::super::read(feed, &Hints::default(), &Limits::default());
        let items = parsed.expect("a feed").items;
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].wire, None);
        assert_eq!(items[1].id.as_deref(), Some("tag:gazette.example,2026:2"));
        let facts = items[1].wire.as_deref().expect("a status");
        assert_eq!(facts.status, WireStatus::Deleted);
        assert_eq!(
            facts.version_created.as_deref(),
            Some("2026-08-30T12:00:00Z")
        );
    }
}
