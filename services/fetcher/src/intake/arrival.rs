//! What somebody brought, and what is answered.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::oneshot;
use wiredesk_model::{FeedId, StoryId, Version};

use crate::FetchError;
use crate::websub::Advertised;

/// Something that was brought for one source, checked for who it is from.
#[derive(Debug)]
pub struct Arrival {
    /// The source.
    pub feed: FeedId,
    /// What it is.
    pub brought: Brought,
    /// Where the answer goes; dropped where the work became void.
    pub reply: oneshot::Sender<Reply>,
}

/// What can be brought.
#[derive(Debug)]
pub enum Brought {
    /// A document pushed by a sender.
    Pushed {
        /// Hash of the message, by which a repeat is known.
        message: String,
        /// The document.
        document: Document,
    },
    /// A document that the hub of a feed delivered.
    Delivered {
        /// The document.
        document: Document,
    },
    /// The hub has granted a subscription.
    Verified {
        /// Which one.
        to: Advertised,
        /// For how long.
        lease: Duration,
    },
    /// The hub will not deliver.
    Denied {
        /// Which subscription.
        to: Advertised,
        /// Why, as far as the hub says.
        reason: String,
    },
}

impl Arrival {
    /// Answers what needs no commit: a hub waits for the answer while it is asked, and what is
    /// lost of its word is asked again.
    pub fn answer_at_once(&mut self) {
        if matches!(
            self.brought,
            Brought::Verified { .. } | Brought::Denied { .. }
        ) {
            let (unheard, _) = oneshot::channel();
            let reply = std::mem::replace(&mut self.reply, unheard);
            // Nobody listens any more where the hub has gone away.
            let _ = reply.send(Reply::Taken(Receipt::default()));
        }
    }
}

/// A document as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// Name of the story, where the document is one and names none.
    pub name: Option<String>,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What became of an arrival.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Committed.
    Taken(Receipt),
    /// Nothing of it can be used.
    Refused(FetchError),
    /// Another instance works this source.
    Elsewhere,
    /// The stages behind are late, or the service is stopping.
    Holding,
}

/// What was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Receipt {
    /// The source.
    pub source: String,
    /// Items in the document.
    pub items: usize,
    /// Of these, stories that were not known.
    pub new: usize,
    /// Stories that changed.
    pub updated: usize,
    /// Stories that were there before, word for word.
    pub unchanged: usize,
    /// Items that were over the limit of the log and went to the dead letters.
    #[serde(skip_serializing_if = "is_zero")]
    pub dead: usize,
    /// Whether the very same message had come before, so that nothing was done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
    /// The stories that went out, in the document's order.
    pub stories: Vec<StoryVersion>,
}

/// A version of a story that went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoryVersion {
    /// The story.
    pub story: StoryId,
    /// Its version.
    pub version: Version,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}
