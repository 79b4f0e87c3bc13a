//! Taking in what was brought for one source: items and cursor, to be committed together.

use std::sync::Arc;

use tokio::sync::oneshot;
use wiredesk_formats::{Hints, Limits, parse_within};
use wiredesk_model::{FeedState, ParsedFeed, RawItem, Timestamp};

use super::arrival::StoryVersion;
use super::{Arrival, Brought, Document, Receipt, Reply, item_model};
use crate::changes::{self, Fresh, Memory};
use crate::cursor::{self, begin};
use crate::gather::document_payload;
use crate::maker::{RecordMaker, is_document, read_any};
use crate::pages::{Page, fetch_pages, media_type_of};
use crate::poll::{Context, Polled};
use crate::rhythm::{self, Found};
use crate::source_config::FetchPage;
use crate::{FetchError, SourceConfig, SourceKind, websub};

/// Messages that are remembered at the most, beside those within the window of signatures.
const MESSAGES_KEPT: usize = 1_000;

/// What came of some arrivals.
#[derive(Debug, Default)]
pub struct Taken {
    /// What is to be written; `None` where nothing is.
    pub polled: Option<Polled>,
    /// The answers that are given once it is written.
    pub promises: Vec<Promise>,
}

/// An answer that is given once what it speaks of is committed.
#[derive(Debug)]
pub struct Promise {
    /// Where it goes.
    pub reply: oneshot::Sender<Reply>,
    /// What it says.
    pub receipt: Receipt,
}

/// Takes in what was brought for a source, in its order, from where `before` stands.
pub async fn take(
    context: &Context,
    source: &Arc<SourceConfig>,
    before: Option<&FeedState>,
    arrivals: Vec<Arrival>,
) -> Taken {
    let now = context.clock.now();
    let mut taking = Taking {
        context,
        source,
        now,
        state: begun(source, before, now),
        items: Vec::new(),
        unchanged: 0,
        is_new: false,
        promises: Vec::new(),
    };
    for arrival in arrivals {
        taking.arrival(arrival).await;
    }
    taking.finish()
}

/// The cursor that begins now. What is in the feed stays in it, for this is no reading of it.
fn begun(source: &SourceConfig, before: Option<&FeedState>, now: Timestamp) -> FeedState {
    let mut state = begin(source, before, now);
    let last = state.polls - 1;
    changes::keep(&mut state.seen, last, state.polls);
    state
}

struct Taking<'a> {
    context: &'a Context,
    source: &'a Arc<SourceConfig>,
    now: Timestamp,
    state: FeedState,
    items: Vec<RawItem>,
    unchanged: usize,
    /// Whether anything was brought that was not known word for word.
    is_new: bool,
    promises: Vec<Promise>,
}

impl Taking<'_> {
    async fn arrival(&mut self, arrival: Arrival) {
        let receipt = match arrival.brought {
            Brought::Pushed { message, document } => self.pushed(message, document).await,
            Brought::Delivered { document } => self.delivered(document).await,
            Brought::Verified { to, lease } => {
                websub::verified(&mut self.state, &to, lease, self.now);
                self.is_new = true;
                return;
            }
            Brought::Denied { to, reason } => {
                websub::denied(&mut self.state, &to, &reason);
                self.is_new = true;
                return;
            }
        };
        match receipt {
            Ok(receipt) => self.promises.push(Promise {
                reply: arrival.reply,
                receipt,
            }),
            // Nobody listens any more where the sender has gone away.
            Err(error) => drop(arrival.reply.send(Reply::Refused(error))),
        }
    }

    async fn pushed(&mut self, message: String, document: Document) -> Result<Receipt, FetchError> {
        if self.state.messages.contains_key(&message) {
            // An answer that was lost, or somebody who sends what they overheard.
            return Ok(Receipt {
                source: self.source.id.clone(),
                repeated: true,
                ..Receipt::default()
            });
        }
        let receipt = self.document(document).await?;
        self.state.messages.insert(message, self.now);
        self.state.rhythm.last_new = (receipt.new > 0)
            .then_some(self.now)
            .or(self.state.rhythm.last_new);
        Ok(receipt)
    }

    async fn delivered(&mut self, document: Document) -> Result<Receipt, FetchError> {
        let receipt = self.document(document).await?;
        websub::delivered(&mut self.state, self.now);
        let found = Found {
            new: receipt.new as u64,
            ..Found::default()
        };
        rhythm::learn(&mut self.state.rhythm, self.now, found);
        self.state.health.quiet_since = rhythm::quiet_since(&self.state.rhythm, self.now);
        Ok(receipt)
    }

    async fn document(&mut self, document: Document) -> Result<Receipt, FetchError> {
        let (document, parsed) = self.read(document).await?;
        let poll = self.state.polls;
        let taken = changes::take_in(self.source, &parsed.items, &mut self.state.seen, poll);
        self.is_new = true;
        let unchanged = parsed.items.len() - taken.fresh.len();
        let updated = taken.fresh.iter().filter(|fresh| fresh.version.0 > 1);
        let updated = updated.count();
        let receipt = Receipt {
            source: self.source.id.clone(),
            items: parsed.items.len(),
            new: taken.fresh.len() - updated,
            updated,
            unchanged,
            stories: taken.fresh.iter().map(story_version).collect(),
            ..Receipt::default()
        };
        self.unchanged += unchanged;
        let pages = self.pages(&parsed, &taken.fresh).await;
        let maker = RecordMaker {
            run: &self.context.run,
            source: self.source,
            parsed: &parsed,
            facts: None,
            now: self.now,
        };
        let whole = is_document(&parsed).then(|| document_payload(&parsed, document.bytes));
        let records = taken.fresh.iter().zip(pages);
        self.items.extend(records.map(|(fresh, page)| match &whole {
            Some(payload) => maker.raw_item_of(fresh, page, payload.clone()),
            None if parsed.format == item_model::FORMAT => {
                maker.raw_item_of(fresh, page, item_model::payload(&parsed, fresh.index))
            }
            None => maker.raw_item(fresh, page),
        }));
        Ok(receipt)
    }

    /// What a document holds. Reading is work for a thread that may be blocked.
    async fn read(&self, document: Document) -> Result<(Document, ParsedFeed), FetchError> {
        let source = Arc::clone(self.source);
        let limits = Limits {
            document_bytes: self.context.settings.intake.body_bytes,
            ..Limits::default()
        };
        let reading = tokio::task::spawn_blocking(move || {
            let parsed = read(&source, &document, &limits);
            parsed.map(|parsed| (document, parsed))
        });
        reading.await.unwrap_or_else(|_| {
            Err(FetchError::Lost {
                feed: self.source.id.clone(),
            })
        })
    }

    /// The linked pages, as the source asks for them; a sender brings whole stories, so for it only
    /// where all of them are asked for.
    async fn pages(&self, parsed: &ParsedFeed, fresh: &[Fresh]) -> Vec<Page> {
        let is_sender = self.source.kind == SourceKind::Push;
        if is_sender && self.source.fetch_page != FetchPage::Always {
            return vec![Page::NotWanted; fresh.len()];
        }
        let items: Vec<_> = fresh
            .iter()
            .map(|fresh| &parsed.items[fresh.index])
            .collect();
        fetch_pages(self.context, self.source, &items).await
    }

    fn finish(mut self) -> Taken {
        if !self.is_new {
            return Taken {
                polled: None,
                promises: self.promises,
            };
        }
        let memory = Memory {
            items: self.context.settings.seen_items,
            // Who brings items does not repeat them, so nothing ever leaves the list by itself.
            polls: u64::MAX,
        };
        let seen = std::mem::take(&mut self.state.seen);
        self.state.seen = changes::forget(seen, self.state.polls, memory);
        let window = 2 * self.context.settings.intake.window_seconds;
        forget_messages(&mut self.state, self.now, window);
        if self.source.kind == SourceKind::Push {
            self.state.health.last_success = Some(self.now);
        }
        let mut polled = Polled {
            outcome: if self.items.is_empty() {
                "unchanged"
            } else {
                "changed"
            },
            items: self.items,
            error: None,
            unchanged: self.unchanged,
            state: self.state,
        };
        cursor::note(&mut polled, self.now);
        Taken {
            polled: Some(polled),
            promises: self.promises,
        }
    }
}

fn story_version(fresh: &Fresh) -> StoryVersion {
    StoryVersion {
        story: fresh.identity.story.clone(),
        version: fresh.version,
    }
}

fn read(
    source: &SourceConfig,
    document: &Document,
    limits: &Limits,
) -> Result<ParsedFeed, FetchError> {
    let unreadable = |error| FetchError::Unreadable {
        url: format!("the document brought to {}", source.id),
        error,
    };
    let media_type = media_type_of(document.content_type.as_deref());
    if media_type.as_deref() == Some(item_model::MEDIA_TYPE) {
        return item_model::read(&document.bytes, limits).map_err(unreadable);
    }
    let hints = Hints {
        content_type: document.content_type.clone(),
        url: source.url.clone(),
        habits: source.habits.clone(),
        ..Hints::default()
    };
    if source.kind == SourceKind::Feed {
        // A hub delivers what the feed is; an error page of it is no story.
        return parse_within(&document.bytes, &hints, limits).map_err(unreadable);
    }
    let mut parsed = read_any(&document.bytes, &hints, limits).map_err(unreadable)?;
    if let Some(name) = document.name.as_ref().filter(|_| is_document(&parsed)) {
        let unnamed = parsed.items.iter_mut().filter(|item| item.id.is_none());
        unnamed.for_each(|item| item.id = Some(name.clone()));
    }
    Ok(parsed)
}

/// Lets go of messages whose signature no longer holds, and of the oldest beyond the limit.
fn forget_messages(state: &mut FeedState, now: Timestamp, window_seconds: u64) {
    let oldest = now.as_second().saturating_sub_unsigned(window_seconds);
    state.messages.retain(|_, at| at.as_second() >= oldest);
    let surplus = state.messages.len().saturating_sub(MESSAGES_KEPT);
    if surplus > 0 {
        let mut times: Vec<Timestamp> = state.messages.values().copied().collect();
        times.sort_unstable();
        let last_out = times[surplus - 1];
        state.messages.retain(|_, at| *at > last_out);
    }
}
