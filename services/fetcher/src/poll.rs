//! One poll of a feed: ask, read, compare, fetch pages, and put the new cursor beside the items.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use wiredesk_formats::{Hints, Limits};
use wiredesk_model::{FeedState, Gap, ParsedFeed, RawItem, RunId, Timestamp};
use wiredesk_telemetry::{Metric, count};

use crate::changes::{self, Changes};
use crate::clock::Clock;
use crate::copies::Copies;
use crate::cursor::{self, begin, memory};
use crate::http::{Answer, HttpClient, Request, Wanted};
use crate::intake::Doors;
use crate::maker::RecordMaker;
use crate::pages::fetch_pages;
use crate::permission::Permissions;
use crate::reading::{Document, read_feed};
use crate::rhythm::{self, Found};
use crate::schedule::{self, Failure, Plan, Trouble};
use crate::websub::{self, Advertised, Keys};
use crate::{FetchError, FetcherSettings, SourceConfig, deletions, redirects, trust};

/// What every poll needs.
pub struct Context {
    /// Limits and habits.
    pub settings: FetcherSettings,
    /// The one client.
    pub http: HttpClient,
    /// Answers that several sources share.
    pub copies: Copies,
    /// What hosts allow robots.
    pub permissions: Permissions,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The run that records belong to.
    pub run: RunId,
    /// What hubs are given; `None` where none is asked.
    pub hubs: Option<Keys>,
    /// Where hubs deliver.
    pub doors: Arc<Doors>,
}

/// What a poll or scan came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    /// New and changed items.
    pub items: Vec<RawItem>,
    /// The cursor behind them.
    pub state: FeedState,
    /// What went wrong, where something did.
    pub error: Option<FetchError>,
    /// Items that were there before.
    pub unchanged: usize,
    /// `changed`, `unchanged` or `failed`.
    pub outcome: &'static str,
}

/// Polls a feed from where `before` stands; `chance`, from 0 to 1, spreads the next poll.
pub async fn poll_feed(
    context: &Context,
    source: &SourceConfig,
    before: Option<&FeedState>,
    chance: f64,
) -> Polled {
    let poll = Poll {
        context,
        source,
        started: context.clock.now(),
        chance,
        named: OnceLock::new(),
    };
    let mut state = begin(source, before, poll.started);
    trust::forgive(&mut state, poll.started);
    let asked = poll.ask(&state, trust::is_given(&state)).await;
    let hours = context.settings.trust_check_hours;
    let mut polled = match asked {
        Ok((answer, Some(parsed))) => poll.take_items(state, answer, parsed).await,
        Ok((answer, None)) if trust::is_check_due(&state, poll.started, hours) => {
            poll.check(state, &answer).await
        }
        Ok((answer, None)) => poll.unchanged(state, &answer),
        Err(error) => poll.fail(state, error),
    };
    if polled.error.is_none() {
        websub::keep_up(context, source, &mut polled, poll.named.into_inner()).await;
        deletions::keep_up(context, source, &mut polled).await;
    }
    cursor::note(&mut polled, poll.started);
    polled
}

/// What an answer held; `None` where the copy at hand is still good.
type Asked = Result<(Answer, Option<Document>), FetchError>;

/// One poll under way.
struct Poll<'a> {
    context: &'a Context,
    source: &'a SourceConfig,
    started: Timestamp,
    chance: f64,
    /// The hub that the document names, where a document came.
    named: OnceLock<Option<Advertised>>,
}

impl Poll<'_> {
    /// Asks for the feed, conditionally where it may; `None` where the copy at hand is still good.
    async fn ask(&self, state: &FeedState, conditionally: bool) -> Asked {
        let source = self.source;
        let request = Request {
            etag: state.etag.as_deref().filter(|_| conditionally),
            last_modified: state.last_modified.as_deref().filter(|_| conditionally),
            ..Request::of(source, redirects::asked(source, state), Wanted::Feed)
        };
        let http = &self.context.http;
        let mut answer = if conditionally {
            let young = schedule::interval(source, &self.context.settings) / 2;
            let at = (self.started, young);
            self.context.copies.get(http, source, &request, at).await?
        } else {
            http.get(&request, self.started).await?
        };
        let Some(body) = answer.body.take() else {
            return Ok((answer, None));
        };
        count(Metric::FetchedBytes, &["feed"], body.len() as u64);
        let hints = Hints {
            content_type: answer.content_type.clone(),
            charset: None,
            url: Some(answer.facts.url.clone()),
            habits: source.habits.clone(),
        };
        let limits = Limits {
            document_bytes: self.context.settings.feed_bytes,
            ..Limits::default()
        };
        let read = tokio::task::spawn_blocking(move || read_feed(&body, &hints, &limits)).await;
        match read {
            Ok(read) => read.map(|document| {
                if self.context.hubs.is_some() {
                    self.named.get_or_init(|| {
                        let feed = &document.parsed.feed;
                        websub::advertised(&answer.links, feed, &answer.facts.url)
                    });
                }
                (answer, Some(document))
            }),
            Err(_) => Err(FetchError::Lost {
                feed: source.id.clone(),
            }),
        }
    }

    async fn take_items(&self, mut state: FeedState, answer: Answer, read: Document) -> Polled {
        let Document { parsed, .. } = read;
        let seen = std::mem::take(&mut state.seen);
        let mut memory = memory(self.source, &self.context.settings);
        if state.hub.is_some() {
            // Deliveries count as polls, so their number says nothing of days.
            memory.polls = u64::MAX;
        }
        let mut changes = changes::compare(self.source, &parsed.items, seen, state.polls, memory);
        let fresh: Vec<_> = changes
            .fresh
            .iter()
            .map(|fresh| &parsed.items[fresh.index])
            .collect();
        let pages = fetch_pages(self.context, self.source, &fresh).await;
        let maker = RecordMaker {
            run: &self.context.run,
            source: self.source,
            parsed: &parsed,
            facts: Some(&answer.facts),
            now: self.context.clock.now(),
        };
        deletions::note_pages(&mut changes, &pages, self.started);
        let records = changes.fresh.iter().zip(pages);
        let items: Vec<RawItem> = records
            .map(|(fresh, page)| maker.raw_item(fresh, page))
            .collect();
        state.wishes.clone_from(&parsed.feed.wishes);
        let found = self.found(&mut state, &parsed, &changes);
        state.seen = changes.seen;
        // The validators of a document cut off would hide its rest behind a 304.
        let facts = Some(&answer.facts).filter(|_| read.is_whole);
        state.etag = facts.and_then(|facts| facts.etag.clone());
        state.last_modified = facts.and_then(|facts| facts.last_modified.clone());
        state.trust.whole_at = Some(self.started);
        self.succeed(&mut state, &answer, found);
        Polled {
            outcome: if items.is_empty() {
                "unchanged"
            } else {
                "changed"
            },
            items,
            error: None,
            unchanged: changes.unchanged,
            state,
        }
    }

    /// What the document tells of the feed's rhythm; a gap is noted in the cursor. `state` stands
    /// as before the poll.
    fn found(&self, state: &mut FeedState, parsed: &ParsedFeed, changes: &Changes) -> Found {
        let new = changes.fresh.iter().filter(|fresh| fresh.version.0 == 1);
        let new = new.count() as u64;
        let listed = changes.seen.values();
        let listed = listed.filter(|item| item.last_poll == state.polls).count() as u64;
        let has_gap = state.rhythm.listed_items > 0 && listed > 0 && new == listed;
        if let (true, Some(since)) = (has_gap, state.rhythm.measured_at) {
            state.health.gaps = state.health.gaps.saturating_add(1);
            state.health.last_gap = Some(Gap {
                since,
                until: self.started,
                missed_items: rhythm::missed(&state.rhythm, self.started, new),
            });
        }
        Found {
            listed: Some(listed),
            new,
            span: rhythm::span_of(&parsed.items),
        }
    }

    /// The server says that the copy at hand is still good, and is asked for the whole feed to see
    /// whether that is true.
    async fn check(&self, mut state: FeedState, said: &Answer) -> Polled {
        let Ok((answer, Some(document))) = self.ask(&state, false).await else {
            // No answer is no proof; the next check comes when it would have come anyway.
            state.trust.whole_at = Some(self.started);
            return self.unchanged(state, said);
        };
        let mut polled = self.take_items(state, answer, document).await;
        trust::checked(&mut polled.state, !polled.items.is_empty(), self.started);
        polled
    }

    /// The copy at hand is still good.
    fn unchanged(&self, mut state: FeedState, answer: &Answer) -> Polled {
        let last = state.polls - 1;
        changes::keep(&mut state.seen, last, state.polls);
        // A 304 may bring the validators in a newer form.
        state.etag = answer.facts.etag.clone().or(state.etag);
        state.last_modified = answer.facts.last_modified.clone().or(state.last_modified);
        self.succeed(&mut state, answer, Found::default());
        Polled {
            items: Vec::new(),
            error: None,
            unchanged: 0,
            outcome: "unchanged",
            state,
        }
    }

    fn succeed(&self, state: &mut FeedState, answer: &Answer, found: Found) {
        rhythm::learn(&mut state.rhythm, self.started, found);
        state.health.quiet_since = rhythm::quiet_since(&state.rhythm, self.started);
        let settings = &self.context.settings;
        let plan = Plan {
            interval: schedule::interval(self.source, settings),
            is_set: self.source.poll_seconds.is_some(),
            fresh_for: answer.fresh_for,
            retry_after: answer.retry_after,
            wishes: &state.wishes,
            rhythm: &state.rhythm,
        };
        state.next_poll = schedule::after_success(self.started, &plan, settings, self.chance);
        state.health.left_alone_until = self.left_alone_until(answer.retry_after);
        state.health.failures_in_a_row = 0;
        state.health.gone_since = None;
        state.health.last_error = None;
        state.health.last_status = Some(answer.facts.status);
        state.health.last_success = Some(self.context.clock.now());
        redirects::sighted(self.source, state, answer.moved_to.as_deref(), self.started);
    }

    /// Until when the host is to be left alone, for whoever polls there after us.
    fn left_alone_until(&self, wait: Option<Duration>) -> Option<Timestamp> {
        let longest = Duration::from_secs(self.context.settings.longest_wait_seconds);
        wait.map(|wait| schedule::later(self.started, wait.min(longest)))
    }

    /// A poll that failed: what is known stays as it is, and the next try waits longer.
    fn fail(&self, mut state: FeedState, error: FetchError) -> Polled {
        let last = state.polls - 1;
        changes::keep(&mut state.seen, last, state.polls);
        state.health.failures_in_a_row = state.health.failures_in_a_row.saturating_add(1);
        state.health.last_error = Some(error.to_string());
        state.health.last_status = error.status();
        let failure = Failure {
            in_a_row: state.health.failures_in_a_row,
            trouble: Trouble::of_status(error.status()),
            retry_after: error.retry_after(),
        };
        let now = self.context.clock.now();
        if failure.trouble == Trouble::Gone {
            state.health.gone_since.get_or_insert(now);
        }
        state.health.left_alone_until = self.left_alone_until(error.retry_after());
        redirects::doubted(&mut state);
        let settings = &self.context.settings;
        state.next_poll = schedule::after_failure(now, failure, settings, self.chance);
        Polled {
            items: Vec::new(),
            error: Some(error),
            unchanged: 0,
            outcome: "failed",
            state,
        }
    }
}
