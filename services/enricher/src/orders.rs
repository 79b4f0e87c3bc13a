//! Orders: kills and holds, which overtake the versions that wait.

use wiredesk_enrichment::{EnrichSettings, enrich};
use wiredesk_lifecycle::{Arrival, Order, Status, Verdict};
use wiredesk_model::{
    ArticleRecord, OrderAction, OrderedBy, Outgoing, ReasonCode, StoryOrder, Timestamp, Version,
    WireFacts, WireStatus,
};

use crate::dead;
use crate::events::{Event, EventType, memory_record};
use crate::filter::blank_story;
use crate::memory::StoryMemory;
use crate::power::Owners;

/// Orders that were not followed and are remembered as told, for each story.
const MAX_REFUSED: usize = 16;

/// What an order makes of a story: its event and its memory, or nothing where it is done already.
pub(crate) fn carry_out(
    order: &StoryOrder,
    known: &mut StoryMemory,
    now: Timestamp,
    (settings, owners): (&EnrichSettings, &Owners),
) -> Result<Vec<Outgoing>, serde_json::Error> {
    if !owners.allow(order, known) {
        // The version that says so is put aside itself when its turn comes.
        if order.by == OrderedBy::Version {
            return Ok(Vec::new());
        }
        let detail = without_power(order, known);
        return refuse(order, known, (ReasonCode::NotOwner, &detail));
    }
    let verdict = known.story.order(&ordered(order), now);
    let (event_type, revision) = match verdict {
        Verdict::Killed { revision } => (Some(EventType::Canceled), revision),
        Verdict::Withdrawn {
            retract: true,
            revision,
            ..
        } => (Some(EventType::HeldBack), revision),
        Verdict::Withdrawn { .. } | Verdict::Noted => (None, 0),
        _ => return Ok(Vec::new()),
    };
    // What was received behind the order waits on for its time.
    if verdict != Verdict::Noted {
        (known.waiting, known.ending) = (None, None);
    }
    let origin = match known.source.is_some() {
        true => known.origin(),
        false => (order.source.clone(), order.run.clone()),
    };
    // A person at the desk owns no story.
    if order.by != OrderedBy::Operator {
        known.source.get_or_insert_with(|| order.source.clone());
    }
    let mut outputs = Vec::new();
    if let Some(event_type) = event_type {
        let mut record = record_of(order, known, settings);
        record.wire.revision = revision;
        record.wire.source = origin.0.clone();
        let event = Event {
            story: order.story.as_str(),
            event_type,
            record: &record,
            at: order.at,
        };
        outputs = event.outputs()?;
    }
    outputs.push(memory_record(
        order.story.as_str(),
        known,
        (&origin.0, &origin.1),
    )?);
    Ok(outputs)
}

/// Why an order of a source that does not own the story is not followed. The operator may know that
/// the two belong together.
fn without_power(order: &StoryOrder, known: &StoryMemory) -> String {
    let (story, action) = (&order.story, order.action.as_str());
    format!(
        "source {} asks to {action} story {story}, which is of source {}; if it may, give the order \
         with `wiredesk order {action} {story}`",
        order.source,
        known.origin().0
    )
}

/// An order that is not followed: a note for the operator. Orders are read again after every start,
/// and he is told once.
pub(crate) fn refuse(
    order: &StoryOrder,
    known: &mut StoryMemory,
    (code, detail): (ReasonCode, &str),
) -> Result<Vec<Outgoing>, serde_json::Error> {
    let told = (order.source.clone(), order.at);
    if known.refused.contains(&told) {
        return Ok(Vec::new());
    }
    known.refused.push(told);
    if known.refused.len() > MAX_REFUSED {
        known.refused.remove(0);
    }
    let (story, owner) = (order.story.as_str(), known.origin());
    tracing::warn!(
        story,
        source = order.source.as_str(),
        "not followed: {detail}"
    );
    let note = dead::note(
        story,
        (&order.source, &order.run),
        (code, detail),
        (serde_json::to_value(order)?, order.at),
    );
    Ok(vec![
        note,
        memory_record(story, known, (&owner.0, &owner.1))?,
    ])
}

/// The order as the life cycle sees it.
fn ordered(order: &StoryOrder) -> Order {
    match order.action {
        OrderAction::Hold => Order::Hold(order.at),
        OrderAction::Kill => {
            let arrival = order.version.map(|version| Arrival {
                created: order.created.as_deref().and_then(|time| time.parse().ok()),
                status: Status::Canceled,
                ..Arrival::usable(version, order.hash.as_deref().unwrap_or_default(), order.at)
            });
            Order::Kill(arrival, order.at)
        }
    }
}

/// The record of the event: who and when, and not a word of the story.
fn record_of(order: &StoryOrder, known: &StoryMemory, settings: &EnrichSettings) -> ArticleRecord {
    let newest = known.story.newest.as_ref().map(|newest| newest.version);
    let status = match order.action {
        OrderAction::Kill => WireStatus::Canceled,
        OrderAction::Hold => WireStatus::Withheld,
    };
    let facts = WireFacts {
        status,
        version_created: order.created.clone(),
        ..WireFacts::default()
    };
    let mut story = blank_story(order.story.as_str(), order.at);
    story.version = order.version.or(newest).unwrap_or(Version::FIRST);
    story.identity = "order".to_owned();
    story.source = order.source.clone();
    story.feed = order.feed.clone();
    story.run = order.run.clone();
    story.raw_hash = order.hash.clone().unwrap_or_default();
    story.body_from = "none".to_owned();
    story.item.wire = Some(Box::new(facts));
    enrich(&story, settings)
}
