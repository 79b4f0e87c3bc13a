//! What people at the desk ordered about stories. It stands in no raw item, so a replay gives these
//! orders again, ahead of the items: what was killed by hand is never public in a run.

use wiredesk_archive::{DeskOrder, Manifest, Store};
use wiredesk_model::{Incoming, OrderedBy, Outgoing, RunId, StoryId, StoryOrder, Topic};
use wiredesk_pipeline::{Transport, read_to_end};

use crate::order::pass_over;
use crate::origin::OnDamage;
use crate::{ReplayError, Selection};

/// The orders that events in an archive tell of, by time.
pub(crate) fn of_archive(
    store: &Store,
    on_damage: OnDamage,
    selection: &Selection,
) -> Result<Vec<StoryOrder>, ReplayError> {
    let mut orders = Vec::new();
    for segment in Manifest::each(store, Topic::Enriched)? {
        match segment {
            Ok(segment) => orders.extend(segment.orders.into_iter().map(given)),
            Err(error) => {
                pass_over(error, on_damage)?;
            }
        }
    }
    Ok(chosen(orders, selection))
}

/// The orders that a log still holds, by time.
pub(crate) fn of_log(
    log: &dyn Transport,
    selection: &Selection,
) -> Result<Vec<StoryOrder>, ReplayError> {
    let mut orders = Vec::new();
    read_to_end(log, Topic::Orders, |record: Incoming| {
        let order = record.value.as_deref().map(serde_json::from_slice);
        if let Some(Ok(order)) = order {
            orders.push(order);
        }
        Ok::<(), ReplayError>(())
    })?;
    orders.retain(|order: &StoryOrder| order.by == OrderedBy::Operator);
    Ok(chosen(orders, selection))
}

fn given(order: DeskOrder) -> StoryOrder {
    StoryOrder::of_operator(StoryId::new(order.story), order.action, order.at)
}

/// Those about stories that may be replayed, in an order that stays the same as more are given.
fn chosen(mut orders: Vec<StoryOrder>, selection: &Selection) -> Vec<StoryOrder> {
    orders.retain(|order| selection.may_order(order.story.as_str()));
    orders.sort_by(|a, b| (a.at, a.story.as_str()).cmp(&(b.at, b.story.as_str())));
    orders.dedup_by(|a, b| (a.at, &a.story, a.action) == (b.at, &b.story, b.action));
    orders
}

/// The record of an order in a run.
pub(crate) fn again(order: StoryOrder, run: &RunId) -> Option<Outgoing> {
    let order = StoryOrder {
        run: run.clone(),
        ..order
    };
    // What was read as JSON can be written as JSON.
    order.record().ok()
}
