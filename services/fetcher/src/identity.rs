//! What makes a story the same story: its id, from what the item itself says.
//!
//! The parts are tried in the order that the source names. A guid that stands twice in one
//! document with different content belongs to none of the items (or to the one that had it
//! before), so no item is ever dropped for it.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use url::Url;
use wiredesk_model::{Enclosure, Item, Person, SeenItem, StoryId, content_hash};

use crate::SourceConfig;
use crate::source_config::IdentityPart;

/// Query parameters that tell the publisher where a reader came from, and name no other page.
const TRACKING: [&str; 8] = [
    "fbclid",
    "gclid",
    "mc_cid",
    "mc_eid",
    "igshid",
    "cmpid",
    "ns_campaign",
    "at_medium",
];

/// Who an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The story that it tells.
    pub story: StoryId,
    /// What the id was made of.
    pub part: IdentityPart,
}

/// The ids that an item could have, in the source's order.
fn candidates(source: &SourceConfig, item: &Item, hash: &str) -> Vec<Identity> {
    let id_of = |part| match part {
        IdentityPart::Guid => item
            .id
            .as_deref()
            .filter(|id| !id.trim().is_empty())
            .map(|id| from_guid(source, id.trim())),
        IdentityPart::Link => item.link.as_deref().and_then(canonical_link),
        IdentityPart::Hash => Some(own_urn(source, &format!("hash:{hash}"))),
    };
    // Every item has content, so the hash is the last resort whatever the policy.
    let parts = source.identity.iter().copied().chain([IdentityPart::Hash]);
    parts
        .filter_map(|part| {
            Some(Identity {
                story: StoryId::new(id_of(part)?),
                part,
            })
        })
        .collect()
}

/// One identity for each item of a document; `None` for an item that repeats another word for
/// word. `hashes` are those of the items, in the same order.
pub fn identify(
    source: &SourceConfig,
    items: &[Item],
    hashes: &[String],
    seen: &BTreeMap<String, SeenItem>,
) -> Vec<Option<Identity>> {
    let all: Vec<Vec<Identity>> = items
        .iter()
        .zip(hashes)
        .map(|(item, hash)| candidates(source, item, hash))
        .collect();
    let owners = owners_of_shared_ids(&all, hashes, seen);
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut identities = Vec::with_capacity(items.len());
    for (index, candidates) in all.into_iter().enumerate() {
        let is_free = |identity: &&Identity| {
            owners
                .get(identity.story.as_str())
                .is_none_or(|owner| *owner == Some(index))
        };
        // An id under which the item went out before wins over a better one it could have now.
        let before = candidates
            .iter()
            .filter(is_free)
            .find(|identity| seen.contains_key(identity.story.as_str()));
        let chosen = before
            .or_else(|| candidates.iter().find(is_free))
            .or(candidates.last())
            .cloned();
        let repeats = chosen.as_ref().is_some_and(|identity| {
            let first = taken
                .entry(identity.story.as_str().to_owned())
                .or_insert(index);
            *first != index
        });
        identities.push(chosen.filter(|_| !repeats));
    }
    identities
}

/// The ids that several items with different content could have, each with the item that keeps it:
/// the one that had it before, unchanged; else, where it went out before, the oldest, which feeds
/// list last; else none.
fn owners_of_shared_ids(
    all: &[Vec<Identity>],
    hashes: &[String],
    seen: &BTreeMap<String, SeenItem>,
) -> HashMap<String, Option<usize>> {
    let mut claims: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, candidates) in all.iter().enumerate() {
        for identity in candidates {
            let claimants = claims.entry(identity.story.as_str()).or_default();
            // Word-for-word repeats are no dispute.
            if claimants.last() != Some(&index)
                && !claimants
                    .iter()
                    .any(|other| hashes[*other] == hashes[index])
            {
                claimants.push(index);
            }
        }
    }
    claims
        .into_iter()
        .filter(|(_, claimants)| claimants.len() > 1)
        .map(|(id, claimants)| {
            let owner = seen.get(id).and_then(|before| {
                let unchanged = claimants
                    .iter()
                    .find(|index| hashes[**index] == before.hash);
                unchanged.or(claimants.last()).copied()
            });
            (id.to_owned(), owner)
        })
        .collect()
}

/// A guid that is a URI is an id as it stands; any other means something within its source only.
fn from_guid(source: &SourceConfig, guid: &str) -> String {
    let is_uri = Url::parse(guid)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "tag" | "urn"))
        && !guid.contains(char::is_whitespace);
    if is_uri {
        guid.to_owned()
    } else {
        own_urn(source, guid)
    }
}

/// An id within a source, as a URN.
pub fn own_urn(source: &SourceConfig, name: &str) -> String {
    let mut urn = format!("urn:wiredesk:{}:", source.id);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':' | b'/') {
            urn.push(char::from(byte));
        } else {
            urn.push_str(&format!("%{byte:02X}"));
        }
    }
    urn
}

/// A link without what does not belong to the page's name: fragment and tracking parameters.
fn canonical_link(link: &str) -> Option<String> {
    let mut url = Url::parse(link.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_fragment(None);
    // The front page stands for no story, however many items point to it.
    if url.path() == "/" && url.query().is_none() {
        return None;
    }
    let is_tracking = |name: &str| name.starts_with("utm_") || TRACKING.contains(&name);
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !is_tracking(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let had = url.query_pairs().count();
    if kept.is_empty() {
        url.set_query(None);
    } else if kept.len() < had {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
    Some(url.into())
}

/// Hash of what an item says. Left out is what changes by itself: dates, comment pages, the order
/// and spelling of white space.
pub fn item_hash(item: &Item) -> String {
    #[derive(Serialize)]
    struct Said<'a> {
        title: String,
        summary: String,
        content: String,
        authors: &'a [Person],
        rights: &'a Option<String>,
        categories: &'a [String],
        enclosures: &'a [Enclosure],
        language: &'a Option<String>,
        wire: Option<serde_json::Value>,
    }
    let said = Said {
        title: folded(item.title.as_deref()),
        summary: folded(item.summary.as_deref()),
        content: folded(item.content.as_deref()),
        authors: &item.authors,
        rights: &item.rights,
        categories: &item.categories,
        enclosures: &item.enclosures,
        language: &item.language,
        wire: item
            .wire
            .as_ref()
            .and_then(|wire| serde_json::to_value(wire).ok()),
    };
    // Plain data cannot fail to serialize; were it to, every item would only seem changed.
    content_hash(&serde_json::to_vec(&said).unwrap_or_default())
}

fn folded(text: Option<&str>) -> String {
    let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
