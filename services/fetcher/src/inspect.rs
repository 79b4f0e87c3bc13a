//! One close look at a feed: everything that polling it would depend on, without leaving a trace.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use wiredesk_formats::{Hints, Limits};
use wiredesk_model::{FeedWishes, Rhythm, Timestamp};

use crate::changes;
use crate::http::{Answer, HttpClient, Request, Wanted};
use crate::once::block_on;
use crate::pages::wanted_page;
use crate::reading::{Document, newest, read_feed};
use crate::rhythm::{self, Found};
use crate::schedule::{self, Plan};
use crate::{FetchError, FetcherSettings, SourceConfig};

/// What a feed is like, and how it would be polled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The address that answered, behind all redirects.
    pub url: String,
    /// Where permanent redirects led, where there were any.
    pub moved_to: Option<String>,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// Bytes after unpacking.
    pub bytes: usize,
    /// How long the answer took.
    pub took: Duration,
    /// `ETag` as sent.
    pub etag: Option<String>,
    /// `Last-Modified` as sent.
    pub last_modified: Option<String>,
    /// Status of a second request that named these validators; `None` where there were none.
    pub asked_again: Option<Result<u16, FetchError>>,
    /// Name of the format.
    pub format: String,
    /// Title of the feed.
    pub title: Option<String>,
    /// Language that it declares.
    pub language: Option<String>,
    /// Whether the end of the document is there.
    pub is_whole: bool,
    /// Items in the document.
    pub items: usize,
    /// Date of the newest item that has one.
    pub newest: Option<String>,
    /// Items that repeat another one word for word.
    pub repeated: usize,
    /// What their ids would be made of, and of how many.
    pub identity: BTreeMap<&'static str, usize>,
    /// Items whose linked page would be fetched.
    pub pages: usize,
    /// New items in a day, as the dates of these tell; `None` where they tell nothing.
    pub items_a_day: Option<u64>,
    /// What the document asks of those who poll it.
    pub wishes: FeedWishes,
    /// How long the server lets the answer hold.
    pub fresh_for: Option<Duration>,
    /// How long the next poll would be waited for.
    pub next_poll_in: Duration,
}

/// Asks a configured feed, and once more with the validators that came. Blocks; not for async code.
///
/// # Errors
/// Where it cannot be reached or read.
pub fn inspect(
    source: &SourceConfig,
    settings: &FetcherSettings,
) -> Result<Inspection, FetchError> {
    let http = HttpClient::new(settings)?;
    block_on(look(&http, source, settings))?
}

async fn look(
    http: &HttpClient,
    source: &SourceConfig,
    settings: &FetcherSettings,
) -> Result<Inspection, FetchError> {
    let now = Timestamp::now();
    let request = Request::of(source, source.place(), Wanted::Feed);
    let begun = Instant::now();
    let mut answer = http.get(&request, now).await?;
    let took = begun.elapsed();
    let body = answer.body.take().unwrap_or_default();
    let hints = Hints {
        content_type: answer.content_type.clone(),
        charset: None,
        url: Some(answer.facts.url.clone()),
        habits: source.habits.clone(),
    };
    let limits = Limits {
        document_bytes: settings.feed_bytes,
        ..Limits::default()
    };
    let document = read_feed(&body, &hints, &limits)?;
    let again = Request {
        etag: answer.facts.etag.as_deref(),
        last_modified: answer.facts.last_modified.as_deref(),
        ..request
    };
    let asked_again = match (again.etag, again.last_modified) {
        (None, None) => None,
        _ => Some(http.get(&again, now).await.map(|again| again.facts.status)),
    };
    let mut inspection = judge(source, settings, &answer, document);
    inspection.bytes = body.len();
    inspection.took = took;
    inspection.asked_again = asked_again;
    Ok(inspection)
}

fn judge(
    source: &SourceConfig,
    settings: &FetcherSettings,
    answer: &Answer,
    document: Document,
) -> Inspection {
    let parsed = &document.parsed;
    let taken = changes::take_in(source, &parsed.items, &mut BTreeMap::new(), 1);
    let mut identity: BTreeMap<&'static str, usize> = BTreeMap::new();
    for fresh in &taken.fresh {
        *identity.entry(fresh.identity.part.as_str()).or_default() += 1;
    }
    let pages = parsed.items.iter();
    let pages = pages.filter(|item| wanted_page(source, item, settings.teaser_words).is_some());
    let mut learned = Rhythm::default();
    let found = Found {
        listed: Some(parsed.items.len() as u64),
        new: parsed.items.len() as u64,
        span: rhythm::span_of(&parsed.items),
    };
    let now = Timestamp::UNIX_EPOCH;
    rhythm::learn(&mut learned, now, found);
    let plan = Plan {
        interval: schedule::interval(source, settings),
        is_set: source.poll_seconds.is_some(),
        fresh_for: answer.fresh_for,
        retry_after: answer.retry_after,
        wishes: &parsed.feed.wishes,
        rhythm: &learned,
    };
    let next = schedule::after_success(now, &plan, settings, 0.0);
    Inspection {
        url: crate::http::shown(&answer.facts.url),
        moved_to: answer.moved_to.clone(),
        content_type: answer.content_type.clone(),
        bytes: 0,
        took: Duration::ZERO,
        etag: answer.facts.etag.clone(),
        last_modified: answer.facts.last_modified.clone(),
        asked_again: None,
        format: parsed.format.clone(),
        title: parsed.feed.title.clone(),
        language: parsed.feed.language.clone(),
        is_whole: document.is_whole,
        items: parsed.items.len(),
        newest: newest(parsed),
        repeated: parsed.items.len() - taken.fresh.len(),
        identity,
        pages: pages.count(),
        items_a_day: (learned.new_per_1000_days > 0).then_some(learned.new_per_1000_days / 1000),
        fresh_for: answer.fresh_for,
        next_poll_in: Duration::try_from(next.duration_since(now)).unwrap_or_default(),
        wishes: parsed.feed.wishes.clone(),
    }
}
