//! A clean story as its life cycle sees it.

use wiredesk_lifecycle::{Advisory, Arrival, Embargo, Status, advisory};
use wiredesk_model::{CleanStory, WireFacts, WireStatus};

/// Whether it is one at all.
pub(crate) fn is_story(story: &CleanStory) -> bool {
    story.item.wire.as_deref().is_none_or(WireFacts::is_story)
}

/// What a record asks of other stories.
pub(crate) fn asked_by(story: &CleanStory) -> Option<Advisory> {
    advisory(story.item.wire.as_deref()?, &story.title, &story.text)
}

/// What a clean record is to the enricher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A version of a story.
    Story,
    /// Nothing but a word on other stories.
    Advisory,
    /// Neither: a plan, a picture, a note to editors.
    Note,
}

impl Role {
    /// That of a record.
    pub fn of(story: &CleanStory) -> Self {
        if !is_story(story) {
            return Self::Note;
        }
        match asked_by(story).filter(|asks| !asks.is_story) {
            Some(asks) if asks.action.is_none() => Self::Note,
            Some(_) => Self::Advisory,
            None => Self::Story,
        }
    }
}

/// What decides about a version. A web feed says nothing of status and embargo: usable, none.
pub(crate) fn arrival(story: &CleanStory) -> Arrival {
    let facts = story.item.wire.as_deref();
    let is_numbered = facts.is_some_and(|facts| facts.version_number().is_some());
    let usable = Arrival {
        counted_by: (!is_numbered).then(|| story.feed.clone()),
        ..Arrival::usable(story.version, &story.raw_hash, story.fetched_at)
    };
    let Some(facts) = facts else {
        return usable;
    };
    Arrival {
        created: facts
            .version_created
            .as_deref()
            .and_then(|text| text.parse().ok()),
        status: match facts.status {
            WireStatus::Usable => Status::Usable,
            WireStatus::Withheld => Status::Withheld,
            WireStatus::Canceled => Status::Canceled,
            WireStatus::Deleted => Status::Deleted,
            WireStatus::Unknown => Status::Unknown,
        },
        embargo: match &facts.embargo {
            wiredesk_model::Embargo::Absent => Embargo::Absent,
            wiredesk_model::Embargo::Until { at } => {
                at.parse().map_or(Embargo::Unknown, Embargo::Until)
            }
            wiredesk_model::Embargo::Unknown { .. } => Embargo::Unknown,
        },
        expires: facts
            .expires
            .as_deref()
            .and_then(|text| text.trim().parse().ok()),
        ..usable
    }
}
