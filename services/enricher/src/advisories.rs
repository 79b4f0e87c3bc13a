//! Items that are about another item: what they ask for becomes an order, or a case for the operator.

use wiredesk_lifecycle::{Advisory, Register};
use wiredesk_model::{
    CleanStory, FilterReason, OrderedBy, Outgoing, ReasonCode, StoryId, StoryOrder,
};
use wiredesk_pipeline::Outcome;

use crate::dead;

/// What becomes of an item that is nothing but an advisory. It never goes out as a story.
/// `is_known` says whether the id that it came under is that of a story already.
pub(crate) fn decide(
    advisory: &Advisory,
    story: &CleanStory,
    is_known: bool,
    register: &Register,
) -> Outcome {
    if advisory.action.is_none() {
        return Outcome::Filtered(FilterReason::NotAStory);
    }
    let own = story.story.as_str();
    match register.meant((own, is_known), &story.source, advisory) {
        Ok(meant) => {
            orders(advisory, story, meant).map_or_else(crate::stage::unwritable, Outcome::Forward)
        }
        Err(why) => Outcome::SetAside {
            code: ReasonCode::Unresolved,
            detail: unresolved(advisory, own, &why),
            outputs: Vec::new(),
        },
    }
}

/// The orders of an advisory that is ahead of its turn; `None` where it must wait for that.
pub(crate) fn ahead(order: &StoryOrder, register: &Register) -> Option<Vec<StoryOrder>> {
    let own = order.story.as_str();
    let origin = (&order.source, order.at);
    let meant = register.meant_ahead(own, origin, order.means.as_ref()?)?;
    let about = |story| StoryOrder {
        story,
        by: OrderedBy::Advisory,
        note: Some(own.to_owned()),
        means: None,
        ..order.clone()
    };
    Some(meant.into_iter().map(about).collect())
}

/// What a story asks for about others beside being one itself.
pub(crate) fn beside(
    advisory: &Advisory,
    story: &CleanStory,
    register: &Register,
) -> Result<Vec<Outgoing>, serde_json::Error> {
    let own = story.story.as_str();
    match register.meant((own, false), &story.source, advisory) {
        Ok(meant) => orders(advisory, story, meant),
        Err(why) => {
            let detail = unresolved(advisory, own, &why);
            let value = serde_json::json!({ "story": own, "names": advisory.ids });
            let reason = (ReasonCode::Unresolved, detail.as_str());
            let origin = (&story.source, &story.run);
            Ok(vec![dead::note(
                own,
                origin,
                reason,
                (value, story.fetched_at),
            )])
        }
    }
}

fn orders(
    advisory: &Advisory,
    story: &CleanStory,
    meant: Vec<StoryId>,
) -> Result<Vec<Outgoing>, serde_json::Error> {
    let Some(action) = advisory.action else {
        return Ok(Vec::new());
    };
    let order = |target: StoryId| StoryOrder {
        story: target,
        action,
        by: OrderedBy::Advisory,
        at: story.fetched_at,
        source: story.source.clone(),
        feed: story.feed.clone(),
        run: story.run.clone(),
        version: None,
        created: None,
        hash: None,
        note: Some(story.story.to_string()),
        means: None,
    };
    meant
        .into_iter()
        .map(|target| order(target).record())
        .collect()
}

fn unresolved(advisory: &Advisory, own: &str, why: &str) -> String {
    let action = advisory.action.map_or("advise", |action| action.as_str());
    format!(
        "advisory {own} asks to {action} another story, and which one is not clear: {why}; find \
         it and give the order with `wiredesk order {action} STORY`"
    )
}
