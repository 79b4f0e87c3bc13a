//! Items that are about another item: kills, holds and advisories of text wires, NITF management
//! ids, signals of NewsML-G2.
//!
//! What an item asks for is told by the wire ([`WireFacts`]); which story it means is found in a
//! [`Register`](crate::Register) of the stories of the same source.

use wiredesk_model::{Meant, OrderAction, RawItem, StoryOrder, WireFacts, WireLink};

/// Longest words of an advisory that travel ahead of it; what it names, it names at its beginning.
const MAX_AHEAD: usize = 4_000;

/// What an item asks for about other items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisory {
    /// What is to be done; `None` where it only tells editors something.
    pub action: Option<OrderAction>,
    /// Ids of the items that it means, as sent.
    pub ids: Vec<String>,
    /// Its words, folded, for the numbers, headlines and slugs in them.
    pub words: String,
    /// Its own slug, folded: advisories often travel under that of the story.
    pub slug: Option<String>,
    /// Whether it is a story of its own beside that.
    pub is_story: bool,
}

/// What an item asks for about others; `None` where it is about itself alone.
///
/// `title` and `text` are those of the item, as plain text.
pub fn advisory(facts: &WireFacts, title: &str, text: &str) -> Option<Advisory> {
    let shouted = facts
        .signals
        .iter()
        .find_map(|signal| signal.strip_prefix("advisory:"));
    let signalled = facts
        .signals
        .iter()
        .find_map(|signal| action_of(local_part(signal)));
    let managed: Vec<(&WireLink, OrderAction)> = facts
        .links
        .iter()
        .filter_map(|link| {
            let status = link.rel.as_deref()?.strip_prefix("status:")?;
            Some((link, action_of(status)?))
        })
        .collect();
    let action = shouted
        .and_then(action_of)
        .or(signalled)
        .or(managed.first().map(|(_, action)| *action));
    if shouted.is_none() && action.is_none() {
        return None;
    }
    let is_managed = shouted.is_none() && signalled.is_none();
    let links: Vec<&WireLink> = if is_managed {
        managed.iter().map(|(link, _)| *link).collect()
    } else {
        facts.links.iter().chain(&facts.members).collect()
    };
    let notes = facts.ed_notes.iter().map(|note| note.text.as_str());
    let said: Vec<&str> = [title, text].into_iter().chain(notes).collect();
    Some(Advisory {
        action,
        ids: links
            .into_iter()
            .filter_map(|link| link.target.clone())
            .collect(),
        words: folded(&said.join("\n")),
        slug: facts.slugline.as_deref().map(folded),
        is_story: is_managed,
    })
}

/// The order that an item as received gives about another one, ahead of its turn; `None` where it
/// is about itself alone.
pub fn order_ahead(item: &RawItem) -> Option<StoryOrder> {
    let facts = item.item.wire.as_deref()?;
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let (title, body) = (text(&item.item.title), text(&item.item.content));
    let asked = advisory(facts, &title, &body)?;
    let words = match asked.ids.is_empty() {
        true => asked.words.chars().take(MAX_AHEAD).collect(),
        false => String::new(),
    };
    let ids = asked.ids;
    Some(StoryOrder::ahead(item, asked.action?, Meant { ids, words }))
}

/// What a word of the trade asks for.
fn action_of(word: &str) -> Option<OrderAction> {
    match word.to_ascii_lowercase().as_str() {
        "kill" | "killed" | "canceled" | "cancelled" | "withdrawn" => Some(OrderAction::Kill),
        "hold" | "withhold" | "withheld" | "embargoed" => Some(OrderAction::Hold),
        _ => None,
    }
}

/// What stands behind the last `:`, `/` or `#` of a code.
fn local_part(code: &str) -> &str {
    code.rsplit([':', '/', '#']).next().unwrap_or(code)
}

/// A text as its words in lower case, letters and digits only, one space between them.
pub fn folded(text: &str) -> String {
    let words = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> WireFacts {
        WireFacts {
            slugline: Some("Harbour-Fire".to_owned()),
            ..WireFacts::default()
        }
    }

    #[test]
    fn most_items_are_about_themselves() {
        assert_eq!(advisory(&facts(), "Fire at the harbour", "It burns."), None);
        let update = WireFacts {
            signals: vec!["sig:update".to_owned(), "edStat:U".to_owned()],
            ..facts()
        };
        assert_eq!(advisory(&update, "", ""), None);
    }

    #[test]
    fn a_shouted_kill_names_its_target_in_words() {
        let kill = WireFacts {
            signals: vec!["advisory:kill".to_owned()],
            ..facts()
        };
        let found = advisory(&kill, "KILL KILL KILL", "Kill V4644, BC-Harbour-Fire.");
        let found = found.expect("an advisory");
        assert_eq!(found.action, Some(OrderAction::Kill));
        assert_eq!(found.words, "kill kill kill kill v4644 bc harbour fire");
        assert_eq!(found.slug.as_deref(), Some("harbour fire"));
        assert!(!found.is_story);
        let advice = WireFacts {
            signals: vec!["advisory:advisory".to_owned()],
            ..facts()
        };
        assert_eq!(
            advisory(&advice, "", "").map(|found| found.action),
            Some(None)
        );
    }

    #[test]
    fn a_managed_document_names_another_beside_its_own_story() {
        let link = |rel: &str| WireLink {
            rel: Some(rel.to_owned()),
            target: Some("doc-17".to_owned()),
            ..WireLink::default()
        };
        let managed = WireFacts {
            links: vec![link("seeAlso"), link("status:canceled")],
            ..facts()
        };
        let found = advisory(&managed, "", "").expect("an advisory");
        assert_eq!(found.ids, ["doc-17"]);
        assert!(found.is_story);
        let usable = WireFacts {
            links: vec![link("status:usable")],
            ..facts()
        };
        assert_eq!(advisory(&usable, "", ""), None);
    }

    #[test]
    fn a_signal_with_references_means_what_they_point_to() {
        let held = WireFacts {
            signals: vec!["sig:hold".to_owned()],
            members: vec![WireLink {
                target: Some("urn:newsml:wire.example:20260830:17".to_owned()),
                ..WireLink::default()
            }],
            ..facts()
        };
        let found = advisory(&held, "", "").expect("an advisory");
        assert_eq!(found.action, Some(OrderAction::Hold));
        assert_eq!(found.ids, ["urn:newsml:wire.example:20260830:17"]);
    }
}
