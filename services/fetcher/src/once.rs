//! One look at a feed, page or file, without cursor and without transport.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wiredesk_formats::{Hints, Limits};
use wiredesk_model::{HttpFacts, ParsedFeed, RawItem, RunId};

use crate::changes::{self, Fresh};
use crate::clock::SystemClock;
use crate::copies::Copies;
use crate::gather::document_payload;
use crate::http::{HttpClient, Request, Wanted, shown};
use crate::maker::{RecordMaker, is_document, read_any};
use crate::pages::{Page, fetch_pages};
use crate::permission::Permissions;
use crate::poll::Context;
use crate::reading::{newest, read_feed};
use crate::source_config::IdentityPart;
use crate::{FetchError, FetcherSettings, SourceConfig, SourceKind};

/// An address or file as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The answer, where HTTP brought it.
    pub http: Option<HttpFacts>,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// The bytes, after decompression.
    pub bytes: Vec<u8>,
    /// How long it took.
    pub took: Duration,
}

/// What a feed looks like from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeReport {
    /// Format of the feed; `folder` for a folder.
    pub format: String,
    /// Title of the feed.
    pub title: Option<String>,
    /// Items in it.
    pub items: usize,
    /// Date of the newest item that has one.
    pub newest: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// Fetches an address once, within the limits of the settings. Blocks; not for async code.
///
/// # Errors
/// Where nothing came.
pub fn fetch_once(
    url: &str,
    settings: &FetcherSettings,
    allow_private: bool,
) -> Result<Fetched, FetchError> {
    let begun = Instant::now();
    let http = HttpClient::new(settings)?;
    let request = Request::new(url, Wanted::Feed, allow_private);
    let answer = block_on(http.get(&request, wiredesk_model::Timestamp::now()))??;
    Ok(Fetched {
        http: Some(answer.facts),
        content_type: answer.content_type,
        bytes: answer.body.unwrap_or_default(),
        took: begun.elapsed(),
    })
}

/// Asks a configured source once and says what came. Blocks; not for async code.
///
/// # Errors
/// Where it cannot be reached or read.
pub fn probe(source: &SourceConfig, settings: &FetcherSettings) -> Result<ProbeReport, FetchError> {
    let begun = Instant::now();
    let counted = |format: &str, items| ProbeReport {
        format: format.to_owned(),
        title: None,
        items,
        newest: None,
        took: begun.elapsed(),
    };
    match source.kind {
        SourceKind::Folder => {
            let items = crate::folder::count_documents(Path::new(source.place()))?;
            return Ok(counted("folder", items));
        }
        SourceKind::S3 => {
            // A client of HTTP sets up TLS for all of them.
            HttpClient::new(settings)?;
            let items = block_on(crate::objects::count(source, settings))??;
            return Ok(counted("bucket", items));
        }
        // There is nobody to ask: whoever pushes comes by themselves.
        SourceKind::Push => return Ok(counted("push", 0)),
        SourceKind::Feed => {}
    }
    let http = HttpClient::new(settings)?;
    let request = Request::of(source, source.place(), Wanted::Feed);
    let answer = block_on(http.get(&request, wiredesk_model::Timestamp::now()))??;
    let hints = Hints {
        content_type: answer.content_type,
        charset: None,
        url: Some(answer.facts.url.clone()),
        habits: source.habits.clone(),
    };
    let limits = Limits {
        document_bytes: settings.feed_bytes,
        ..Limits::default()
    };
    let parsed = read_feed(&answer.body.unwrap_or_default(), &hints, &limits)?.parsed;
    Ok(ProbeReport {
        newest: newest(&parsed),
        format: parsed.format,
        title: parsed.feed.title,
        items: parsed.items.len(),
        took: begun.elapsed(),
    })
}

/// The items of an address or a file as raw records: a feed gives its first `most` items with
/// their pages, a page or text gives one. Blocks; not for async code.
///
/// # Errors
/// Where nothing came, or nothing of it can be read.
pub fn collect_once(
    place: &str,
    settings: &FetcherSettings,
    allow_private: bool,
    most: usize,
) -> Result<Vec<RawItem>, FetchError> {
    let is_address = place.starts_with("http://") || place.starts_with("https://");
    if !is_address {
        return collect_file(place, settings, most);
    }
    let fetched = fetch_once(place, settings, allow_private)?;
    let mut source = SourceConfig::feed("try", place);
    source.allow_private = allow_private;
    let parsed = read(&fetched, place, settings)?;
    if is_document(&parsed) {
        return Ok(one_document(&fetched, place, parsed));
    }
    let context = Context {
        settings: settings.clone(),
        http: HttpClient::new(settings)?,
        copies: Copies::default(),
        permissions: Permissions::default(),
        clock: Arc::new(SystemClock),
        run: RunId::new("try"),
        hubs: None,
        doors: Arc::default(),
    };
    let fresh = first_items(&source, &parsed, most);
    let items: Vec<_> = fresh
        .iter()
        .map(|fresh| &parsed.items[fresh.index])
        .collect();
    let pages = block_on(fetch_pages(&context, &source, &items))?;
    let maker = maker_of(&source, &parsed, &context.run, fetched.http.as_ref());
    Ok(fresh
        .iter()
        .zip(pages)
        .map(|(fresh, page)| maker.raw_item(fresh, page))
        .collect())
}

fn collect_file(
    place: &str,
    settings: &FetcherSettings,
    most: usize,
) -> Result<Vec<RawItem>, FetchError> {
    let begun = Instant::now();
    let bytes = std::fs::read(place).map_err(|error| FetchError::Folder {
        path: place.to_owned(),
        detail: error.to_string(),
    })?;
    let fetched = Fetched {
        http: None,
        content_type: None,
        bytes,
        took: begun.elapsed(),
    };
    let parsed = read(&fetched, place, settings)?;
    if is_document(&parsed) {
        return Ok(one_document(&fetched, place, parsed));
    }
    let source = SourceConfig::feed("try", "");
    let run = RunId::new("try");
    let maker = maker_of(&source, &parsed, &run, None);
    let fresh = first_items(&source, &parsed, most);
    Ok(fresh
        .iter()
        .map(|fresh| maker.raw_item(fresh, Page::NotWanted))
        .collect())
}

fn read(
    fetched: &Fetched,
    place: &str,
    settings: &FetcherSettings,
) -> Result<ParsedFeed, FetchError> {
    let hints = Hints {
        content_type: fetched.content_type.clone(),
        url: fetched.http.as_ref().map(|http| http.url.clone()),
        ..Hints::default()
    };
    let limits = Limits {
        document_bytes: settings.feed_bytes,
        ..Limits::default()
    };
    read_any(&fetched.bytes, &hints, &limits).map_err(|error| FetchError::Unreadable {
        url: shown(place),
        error,
    })
}

fn first_items(source: &SourceConfig, parsed: &ParsedFeed, most: usize) -> Vec<Fresh> {
    let mut fresh = changes::take_in(source, &parsed.items, &mut BTreeMap::new(), 1).fresh;
    fresh.truncate(most);
    fresh
}

fn maker_of<'a>(
    source: &'a SourceConfig,
    parsed: &'a ParsedFeed,
    run: &'a RunId,
    facts: Option<&'a HttpFacts>,
) -> RecordMaker<'a> {
    RecordMaker {
        run,
        source,
        parsed,
        facts,
        now: wiredesk_model::Timestamp::now(),
    }
}

/// The record of a page or text: known by its address, or by the name of its file.
fn one_document(fetched: &Fetched, place: &str, mut parsed: ParsedFeed) -> Vec<RawItem> {
    let mut source = SourceConfig::feed("try", place);
    if fetched.http.is_some() {
        source.identity = vec![IdentityPart::Link, IdentityPart::Hash];
        parsed
            .items
            .iter_mut()
            .for_each(|item| item.link = Some(place.to_owned()));
    } else {
        parsed
            .items
            .iter_mut()
            .for_each(|item| item.id = Some(place.to_owned()));
    }
    let mut payload = document_payload(&parsed, fetched.bytes.clone());
    let hints = Hints {
        content_type: fetched.content_type.clone(),
        ..Hints::default()
    };
    payload.charset = hints.label().map(str::to_owned);
    let run = RunId::new("try");
    let maker = maker_of(&source, &parsed, &run, fetched.http.as_ref());
    let fresh = first_items(&source, &parsed, 1);
    fresh
        .iter()
        .map(|fresh| maker.raw_item_of(fresh, Page::NotWanted, payload.clone()))
        .collect()
}

/// Runs one piece of async work on a small runtime of its own.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, FetchError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| FetchError::Unreachable {
        url: "the network".to_owned(),
        detail: format!("no runtime for requests: {error}"),
    })?;
    Ok(runtime.block_on(work))
}
