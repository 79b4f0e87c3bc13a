//! One look at a feed, page or file, without cursor and without transport.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wiredesk_formats::{Hints, Kind, Limits, decode_text, detect, inflate_if_gzip, parse_within};
use wiredesk_model::{HttpFacts, RawItem, RunId, Version, content_hash};

use crate::clock::SystemClock;
use crate::folder::document;
use crate::http::{HttpClient, Request, Wanted, shown};
use crate::poll::{Context, poll_feed};
use crate::source_config::IdentityPart;
use crate::{FetchError, FetcherSettings, SourceConfig};

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
    if source.kind == crate::SourceKind::Folder {
        let begun = Instant::now();
        let items = crate::folder::count_documents(Path::new(source.place()))?;
        return Ok(ProbeReport {
            format: "folder".to_owned(),
            title: None,
            items,
            newest: None,
            took: begun.elapsed(),
        });
    }
    let http = HttpClient::new(settings)?;
    let begun = Instant::now();
    let request = Request {
        headers: Some(&source.headers),
        ..Request::new(source.place(), Wanted::Feed, source.allow_private)
    };
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
    let parsed =
        parse_within(&answer.body.unwrap_or_default(), &hints, &limits).map_err(|error| {
            FetchError::Unreadable {
                url: shown(&answer.facts.url),
                error,
            }
        })?;
    let dates = parsed
        .items
        .iter()
        .filter_map(|item| item.updated.clone().max(item.published.clone()));
    Ok(ProbeReport {
        format: parsed.format,
        title: parsed.feed.title,
        items: parsed.items.len(),
        newest: dates.max(),
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
    if !is_feed(&fetched, settings) {
        return Ok(vec![one_document(&fetched, place, settings)?]);
    }
    let context = Context {
        settings: settings.clone(),
        http: HttpClient::new(settings)?,
        clock: Arc::new(SystemClock),
        run: RunId::new("try"),
    };
    let mut polled = block_on(poll_feed(&context, &source, None, 0.0))?;
    polled.items.truncate(most);
    match polled.error {
        Some(error) => Err(error),
        None => Ok(polled.items),
    }
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
    if !is_feed(&fetched, settings) {
        return Ok(vec![one_document(&fetched, place, settings)?]);
    }
    let limits = Limits {
        document_bytes: settings.feed_bytes,
        ..Limits::default()
    };
    let parsed = parse_within(&fetched.bytes, &Hints::default(), &limits).map_err(|error| {
        FetchError::Unreadable {
            url: place.to_owned(),
            error,
        }
    })?;
    let source = SourceConfig::feed("try", "");
    Ok(crate::poll::items_without_pages(
        &source,
        &parsed,
        &RunId::new("try"),
        most,
    ))
}

/// Whether the content is that of a feed.
fn is_feed(fetched: &Fetched, settings: &FetcherSettings) -> bool {
    let limits = Limits {
        document_bytes: settings.feed_bytes,
        ..Limits::default()
    };
    let Ok(unpacked) = inflate_if_gzip(&fetched.bytes, &limits) else {
        return false;
    };
    let hints = Hints {
        content_type: fetched.content_type.clone(),
        ..Hints::default()
    };
    detect(
        &decode_text(&unpacked, &hints).text,
        Kind::Feed,
        &hints.habits,
    )
    .format
    .is_some()
}

fn one_document(
    fetched: &Fetched,
    place: &str,
    settings: &FetcherSettings,
) -> Result<RawItem, FetchError> {
    let source = SourceConfig::feed("try", place);
    let (mut payload, mut item) = document(&fetched.bytes, &shown(place), settings.page_bytes)?;
    let hints = Hints {
        content_type: fetched.content_type.clone(),
        ..Hints::default()
    };
    payload.charset = hints.label().map(str::to_owned);
    let is_address = fetched.http.is_some();
    item.link = is_address.then(|| place.to_owned());
    Ok(RawItem {
        story: wiredesk_model::StoryId::new(if is_address {
            place.to_owned()
        } else {
            crate::identity::own_urn(&source, place)
        }),
        version: Version::FIRST,
        identity: if is_address {
            IdentityPart::Link
        } else {
            IdentityPart::Guid
        }
        .as_str()
        .to_owned(),
        source: source.source_id(),
        feed: source.feed_id(),
        run: RunId::new("try"),
        fetched_at: wiredesk_model::Timestamp::now(),
        hash: content_hash(&payload.bytes),
        payload,
        item,
        feed_title: None,
        feed_language: None,
        http: fetched.http.clone(),
        page: None,
        page_http: None,
        page_error: None,
    })
}

/// Runs one piece of async work on a small runtime of its own.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, FetchError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| FetchError::Unreachable {
        url: "the network".to_owned(),
        detail: format!("no runtime for requests: {error}"),
    })?;
    Ok(runtime.block_on(work))
}
