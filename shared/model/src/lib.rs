//! The words that every Wiredesk crate shares.
//!
//! Owns: ids, topics, record envelopes, Kafka header names, reason codes, and the shape of the
//! published article record. It never knows where a record is stored or how it travels: no I/O,
//! no clock, no transport.
//!
//! ```
//! use wiredesk_model::{Topic, TopicNames};
//! let names = TopicNames::with_prefix("newsroom1");
//! assert_eq!(names.physical(Topic::Enriched), "newsroom1.wire.enriched");
//! assert_eq!(names.logical("newsroom1.wire.raw"), Some(Topic::Raw));
//! ```

mod article;
mod block;
mod chain;
mod clean;
mod feed_state;
mod headers;
mod ids;
mod item;
mod ninjs;
mod order;
mod page_facts;
mod promotion;
mod raw;
mod reason;
mod record;
mod source_event;
mod topic;
mod wire_facts;
mod words;

pub use article::{
    ARTICLE_SCHEMA, ArticleRecord, ChangeClass, ContentHash, DatedFrom, Language, QualityFlag, Wire,
};
pub use block::{Block, BlockKind, Credit, CreditRole, ListPlace, Removal};
pub use chain::{Changes, NearStory, StoryChain};
pub use clean::CleanStory;
pub use feed_state::{
    FeedHealth, FeedState, FeedWishes, Gap, HubSubscription, Moved, PollNote, Rhythm, SeenItem,
    TakenFile, TakenTo, ValidatorTrust, WatchedPage,
};
pub use headers::{Headers, header};
pub use ids::{FeedId, InstanceId, RunId, SourceId, StoryId, Version, content_hash};
pub use item::{Enclosure, Extra, Feed, Item, ItemSource, ParsedFeed, Person};
pub use ninjs::{
    AltId, Article, ArticleBody, Description, Headline, InfoSource, NamedConcept, PubStatus,
    Rendition, RepresentationType, RightsInfo, Standard, Subject,
};
pub use order::{Meant, OrderAction, OrderedBy, StoryOrder};
pub use page_facts::{BodyPlace, Media, MediaKind, PageFacts};
pub use promotion::Promotion;
pub use raw::{HttpFacts, Payload, RawItem};
pub use reason::{FilterReason, ReasonCode};
pub use record::{Incoming, Outgoing, Position, TopicPartition, partition_for};
pub use source_event::{SourceEvent, SourceEventKind};
pub use topic::{Cleanup, Topic, TopicNames, TopicSpec};
pub use wire_facts::{
    Embargo, RoleText, Transmission, WireFacts, WireKind, WireLink, WireRendition, WireStatus,
    WireTerm,
};
pub use words::{count_words, is_ideographic};

/// A point in time, in UTC; serialized as RFC 3339.
pub use jiff::Timestamp;
