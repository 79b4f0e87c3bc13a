//! Stories whose pages are taken down.
//!
//! Where the source's policy says so (`deleted_after`), the pages of the stories that are remembered
//! are asked for again, each once an hour at the most and a few in a poll. A page that was there and
//! is not there any more, that many times in a row, withdraws its story, as the feed itself could
//! have done (`deleted-entry` of Atom). The next version of the story brings it back.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use serde_json::json;
use wiredesk_model::{
    HttpFacts, Item, Payload, RawItem, SeenItem, StoryId, Timestamp, WatchedPage, WireFacts,
    WireStatus, content_hash,
};
use wiredesk_telemetry::{Metric, count};

use crate::SourceConfig;
use crate::changes::Changes;
use crate::pages::{Page, fetch_page};
use crate::poll::{Context, Polled};
use crate::source_config::IdentityPart;

/// Pages that are looked for in one poll.
const PAGES_A_POLL: usize = 8;
/// Time between two looks at a page.
const BETWEEN_LOOKS: Duration = Duration::from_secs(60 * 60);

/// The page to watch of an item, with what is known of it from `before`. A changed item is told of a
/// story that is there, whatever became of its page.
pub fn watched(
    source: &SourceConfig,
    item: &Item,
    part: IdentityPart,
    before: Option<&SeenItem>,
    is_unchanged: bool,
) -> Option<WatchedPage> {
    source.deleted_after?;
    let link = item.link.as_deref();
    let url = link.filter(|link| link.starts_with("http"))?;
    let known = before.and_then(|before| before.page.as_ref());
    let known = known.filter(|known| known.url == url);
    let mut page = known.cloned().unwrap_or_else(|| WatchedPage {
        url: url.to_owned(),
        identity: part.as_str().to_owned(),
        ..WatchedPage::default()
    });
    if !is_unchanged {
        page.missing = 0;
        page.is_deleted = false;
    }
    Some(page)
}

/// Notes which pages came with the items of a poll.
pub fn note_pages(changes: &mut Changes, pages: &[Page], now: Timestamp) {
    let here = changes.fresh.iter().zip(pages);
    for (fresh, _) in here.filter(|(_, page)| matches!(page, Page::Here(..))) {
        let seen = changes.seen.get_mut(fresh.identity.story.as_str());
        if let Some(page) = seen.and_then(|seen| seen.page.as_mut()) {
            page.was_there = true;
            page.asked_at = Some(now);
        }
    }
}

/// Looks for the pages that are due, and withdraws the stories of those that are gone.
pub async fn keep_up(context: &Context, source: &SourceConfig, polled: &mut Polled) {
    let Some(limit) = source.deleted_after else {
        return;
    };
    let now = context.clock.now();
    let patience = Duration::from_millis(context.settings.pages_timeout_ms);
    let deadline = tokio::time::Instant::now() + patience;
    let looks = due(&polled.state.seen, now)
        .into_iter()
        .map(|(story, url)| async move {
            let look = tokio::time::timeout_at(deadline, look(context, source, &url)).await;
            (story, look.unwrap_or(Look::Unknown))
        });
    let looks: Vec<(String, Look)> = futures::stream::iter(looks)
        .buffered(PAGES_A_POLL)
        .collect()
        .await;
    for (story, look) in looks {
        let Some(seen) = polled.state.seen.get_mut(&story) else {
            continue;
        };
        if let Some(status) = take_in(seen, look, limit, now) {
            count(Metric::Pages, &["gone"], 1);
            tracing::info!(feed = %source.id, story, status, "the page of a story is gone, the story counts as deleted");
            polled
                .items
                .push(deletion(context, source, &story, seen, status));
            polled.outcome = "changed";
        }
    }
}

/// The stories whose pages are due, those first that were longest not looked for.
fn due(seen: &BTreeMap<String, SeenItem>, now: Timestamp) -> Vec<(String, String)> {
    let is_due = |page: &WatchedPage| {
        let asked_at = page
            .asked_at
            .map(|at| Duration::try_from(now.duration_since(at)));
        let rested = asked_at.is_none_or(|since| since.is_ok_and(|since| since >= BETWEEN_LOOKS));
        rested && !page.is_deleted
    };
    let mut due: Vec<(&String, &WatchedPage)> = seen
        .iter()
        .filter_map(|(story, seen)| Some((story, seen.page.as_ref()?)))
        .filter(|(_, page)| is_due(page))
        .collect();
    due.sort_by_key(|(_, page)| page.asked_at);
    due.truncate(PAGES_A_POLL);
    let due = due.into_iter();
    due.map(|(story, page)| (story.clone(), page.url.clone()))
        .collect()
}

/// What a look for a page came to.
enum Look {
    There,
    /// With the status that said so.
    Gone(u16),
    /// The host is in trouble, or does not want to be asked.
    Unknown,
}

async fn look(context: &Context, source: &SourceConfig, url: &str) -> Look {
    match fetch_page(context, source, url).await {
        Ok(_) => Look::There,
        Err(error) => match error.status() {
            Some(status @ (404 | 410)) => Look::Gone(status),
            _ => Look::Unknown,
        },
    }
}

/// Notes a look; the status where it deletes the story.
fn take_in(seen: &mut SeenItem, look: Look, limit: u32, now: Timestamp) -> Option<u16> {
    let page = seen.page.as_mut()?;
    page.asked_at = Some(now);
    let status = match look {
        Look::There => {
            page.was_there = true;
            page.missing = 0;
            return None;
        }
        Look::Unknown => return None,
        Look::Gone(status) => status,
    };
    if !page.was_there {
        return None;
    }
    page.missing = page.missing.saturating_add(1);
    if page.missing < limit {
        return None;
    }
    page.is_deleted = true;
    // What the feed says of the story stays known, so that its listing alone brings nothing back.
    seen.version = seen.version.next();
    Some(status)
}

/// The item that says that a story is deleted, with what showed it.
fn deletion(
    context: &Context,
    source: &SourceConfig,
    story: &str,
    seen: &SeenItem,
    status: u16,
) -> RawItem {
    let page = seen.page.clone().unwrap_or_default();
    let now = context.clock.now();
    let said =
        json!({ "deleted": story, "page": page.url, "status": status, "times": page.missing });
    let bytes = said.to_string().into_bytes();
    let facts = WireFacts {
        status: WireStatus::Deleted,
        status_word: Some("deleted".to_owned()),
        version_created: Some(now.to_string()),
        ..WireFacts::default()
    };
    RawItem {
        story: StoryId::new(story),
        version: seen.version,
        identity: page.identity,
        source: source.source_id(),
        feed: source.feed_id(),
        run: context.run.clone(),
        fetched_at: now,
        hash: content_hash(&bytes),
        payload: Payload {
            media_type: "application/json".to_owned(),
            charset: None,
            bytes,
        },
        item: Item {
            link: Some(page.url.clone()),
            updated: Some(now.to_string()),
            wire: Some(Box::new(facts)),
            ..Item::default()
        },
        feed_title: source.name.clone(),
        feed_language: source.language.clone(),
        http: None,
        page: None,
        page_http: Some(HttpFacts {
            url: page.url,
            status,
            ..HttpFacts::default()
        }),
        page_error: None,
    }
}
