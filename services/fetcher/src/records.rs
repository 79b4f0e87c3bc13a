//! Raw items and cursors as records, and smaller ones where the transport refuses them.

use serde_json::json;
use wiredesk_lifecycle::order_ahead;
use wiredesk_model::{
    FeedId, FeedState, Headers, Outgoing, RawItem, ReasonCode, SourceEvent, StoryOrder, Topic,
    header,
};

use crate::SourceConfig;
use crate::events::events_of;
use crate::poll::Polled;

/// A poll with everything that it writes.
pub(crate) struct Written {
    pub polled: Polled,
    /// What an operator should know.
    pub events: Vec<SourceEvent>,
    /// The items with what they order at once, the events, and the cursor behind them.
    pub records: Vec<Outgoing>,
}

impl Written {
    /// What `polled` writes; `before` is the cursor that it began with.
    pub fn of(source: &SourceConfig, before: Option<&FeedState>, polled: Polled) -> Self {
        let events = events_of(source, before, &polled.state);
        let mut records: Vec<Outgoing> = polled.items.iter().flat_map(records_of_item).collect();
        records.extend(events.iter().map(event_record));
        records.push(state_record(&polled.state));
        Self {
            polled,
            events,
            records,
        }
    }
}

fn event_record(event: &SourceEvent) -> Outgoing {
    Outgoing {
        topic: Topic::Events,
        key: event.source.as_str().to_owned(),
        value: Some(to_json(event)),
        headers: Headers::new().with(header::CONTENT_TYPE, "application/json"),
    }
}

/// An item, and the orders it gives where it kills its story or is about another: those overtake
/// what waits.
pub(crate) fn records_of_item(item: &RawItem) -> Vec<Outgoing> {
    let orders = [StoryOrder::of_item(item), order_ahead(item)];
    let orders = orders.iter().flatten();
    let orders = orders.filter_map(|order| order.record().ok());
    std::iter::once(raw_record(item)).chain(orders).collect()
}

fn raw_record(item: &RawItem) -> Outgoing {
    Outgoing {
        topic: Topic::Raw,
        key: item.story.as_str().to_owned(),
        value: Some(to_json(item)),
        headers: Headers::new()
            .with(header::RUN, item.run.as_str())
            .with(header::CONTENT_TYPE, "application/json"),
    }
}

fn state_record(state: &FeedState) -> Outgoing {
    Outgoing {
        topic: Topic::FeedState,
        key: state.feed.as_str().to_owned(),
        value: Some(to_json(state)),
        headers: Headers::new().with(header::CONTENT_TYPE, "application/json"),
    }
}

/// Places the cursor among `records` into a partition.
pub fn place(records: &mut [Outgoing], partition: u32) {
    let cursors = records.iter_mut();
    for cursor in cursors.filter(|record| record.topic == Topic::FeedState) {
        cursor
            .headers
            .push(header::PARTITION, partition.to_string());
    }
}

/// A cursor as it stands, into its partition.
pub fn kept(cursor: &FeedState, partition: u32) -> Vec<Outgoing> {
    let mut records = vec![state_record(cursor)];
    place(&mut records, partition);
    records
}

/// A cursor taken away from one partition and put into another; none is only taken away.
pub fn moved(feed: &FeedId, cursor: Option<&FeedState>, (from, to): (u32, u32)) -> Vec<Outgoing> {
    let mut records = cursor.map_or_else(Vec::new, |cursor| kept(cursor, to));
    records.push(Outgoing {
        topic: Topic::FeedState,
        key: feed.as_str().to_owned(),
        value: None,
        headers: Headers::new().with(header::PARTITION, from.to_string()),
    });
    records
}

fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    // Plain data with text keys: there is nothing in it that JSON cannot hold.
    serde_json::to_vec(value).unwrap_or_default()
}

/// Makes the largest item of a refused poll smaller: first without its page, then as a dead letter
/// that says what it was. `None` where no item is left to blame.
pub fn shrink(records: &mut [Outgoing], detail: &str, now: &str) -> Option<()> {
    let largest = records
        .iter_mut()
        .filter(|record| record.topic == Topic::Raw)
        .max_by_key(|record| record.value.as_ref().map_or(0, Vec::len))?;
    let item: Option<RawItem> = largest
        .value
        .as_deref()
        .and_then(|value| serde_json::from_slice(value).ok());
    match item {
        Some(mut item) if item.page.is_some() => {
            item.page = None;
            item.page_error = Some(format!(
                "left out, the record was refused with it: {detail}"
            ));
            *largest = raw_record(&item);
        }
        item => *largest = dead_record(largest, item.as_ref(), detail, now),
    }
    Some(())
}

fn dead_record(refused: &Outgoing, item: Option<&RawItem>, detail: &str, now: &str) -> Outgoing {
    let value = json!({
        "story": refused.key,
        "feed": item.map(|item| item.feed.as_str()),
        "version": item.map(|item| item.version),
        "title": item.and_then(|item| item.item.title.as_deref()),
        "link": item.and_then(|item| item.item.link.as_deref()),
        "hash": item.map(|item| item.hash.as_str()),
        "bytes": refused.value.as_ref().map(Vec::len),
    });
    Outgoing {
        topic: Topic::Dead,
        key: refused.key.clone(),
        value: Some(to_json(&value)),
        headers: refused
            .headers
            .clone()
            .with(header::DEAD_STAGE, "fetcher")
            .with(header::DEAD_REASON, ReasonCode::OverLimit.as_str())
            .with(header::DEAD_DETAIL, detail)
            .with(header::DEAD_ATTEMPTS, "1")
            .with(header::DEAD_TOPIC, Topic::Raw.name())
            .with(header::DEAD_TIME, now),
    }
}
