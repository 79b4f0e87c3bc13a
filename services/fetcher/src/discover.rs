//! The feeds of a site: those that a page names, and else those that are where feeds usually are.

use wiredesk_formats::{Hints, Limits, decode_text, page_feeds};
use wiredesk_model::Timestamp;

use crate::http::{HttpClient, Request, Wanted};
use crate::once::block_on;
use crate::reading::{newest, read_feed};
use crate::{FetchError, FetcherSettings};

/// Feeds of one page that are looked at.
const MOST_FEEDS: usize = 20;
/// Where feeds usually are, tried where a page names none.
const USUAL_PATHS: [&str; 9] = [
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feeds/posts/default",
    "/feed.json",
    "/news-sitemap.xml",
];

/// How a feed was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoundBy {
    /// The address is that of a feed itself.
    Itself,
    /// The page declares it.
    Declared,
    /// The page has a link to it.
    Linked,
    /// It is where feeds usually are.
    Guessed,
}

impl FoundBy {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            FoundBy::Itself => "itself",
            FoundBy::Declared => "declared",
            FoundBy::Linked => "linked",
            FoundBy::Guessed => "guessed",
        }
    }
}

/// A feed that was found and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFeed {
    /// Its address, behind all redirects.
    pub url: String,
    /// How it was found.
    pub by: FoundBy,
    /// Its own title, or what the page calls it.
    pub title: Option<String>,
    /// Its format.
    pub format: String,
    /// Items in it.
    pub items: usize,
    /// Date of the newest item that has one.
    pub newest: Option<String>,
}

/// What is known of the feeds of a site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discovery {
    /// Those that can be read, the surest first.
    pub feeds: Vec<FoundFeed>,
    /// Those that the page names and that cannot be read.
    pub broken: Vec<FetchError>,
}

/// A place where a feed may be.
struct Candidate {
    url: String,
    by: FoundBy,
    title: Option<String>,
}

/// Looks for the feeds of a page, or of a feed itself. Blocks; not for async code.
///
/// # Errors
/// Where the page itself cannot be had. No feed is no error.
pub fn discover(
    url: &str,
    settings: &FetcherSettings,
    allow_private: bool,
) -> Result<Discovery, FetchError> {
    let seeker = Seeker {
        http: HttpClient::new(settings)?,
        settings,
        allow_private,
    };
    block_on(seeker.discover(url))?
}

struct Seeker<'a> {
    http: HttpClient,
    settings: &'a FetcherSettings,
    allow_private: bool,
}

impl Seeker<'_> {
    async fn discover(&self, url: &str) -> Result<Discovery, FetchError> {
        let mut discovery = Discovery::default();
        let (body, hints) = self.get(url).await?;
        let itself = Candidate {
            url: hints.url.clone().unwrap_or_else(|| url.to_owned()),
            by: FoundBy::Itself,
            title: None,
        };
        if let Ok(feed) = self.read(&body, &hints, itself) {
            discovery.feeds.push(feed);
            return Ok(discovery);
        }
        let page = decode_text(&body, &hints);
        let named = page_feeds(&page.text, hints.url.as_deref()).into_iter();
        let named = named.take(MOST_FEEDS).map(|feed| Candidate {
            url: feed.url,
            by: match feed.is_declared {
                true => FoundBy::Declared,
                false => FoundBy::Linked,
            },
            title: feed.title,
        });
        for candidate in named {
            if let Err(error) = self.look(candidate, &mut discovery).await {
                discovery.broken.push(error);
            }
        }
        if discovery.feeds.is_empty() {
            for candidate in usual_places(hints.url.as_deref().unwrap_or(url)) {
                // Most of these are not there, which says nothing.
                let _ = self.look(candidate, &mut discovery).await;
            }
        }
        Ok(discovery)
    }

    /// Looks at one place, and notes the feed that is there.
    async fn look(
        &self,
        candidate: Candidate,
        discovery: &mut Discovery,
    ) -> Result<(), FetchError> {
        let (body, hints) = self.get(&candidate.url).await?;
        let feed = self.read(&body, &hints, candidate)?;
        if discovery.feeds.iter().all(|known| known.url != feed.url) {
            discovery.feeds.push(feed);
        }
        Ok(())
    }

    async fn get(&self, url: &str) -> Result<(Vec<u8>, Hints), FetchError> {
        let request = Request::new(url, Wanted::Feed, self.allow_private);
        let answer = self.http.get(&request, Timestamp::now()).await?;
        let hints = Hints {
            content_type: answer.content_type,
            url: Some(answer.facts.url),
            ..Hints::default()
        };
        Ok((answer.body.unwrap_or_default(), hints))
    }

    fn read(
        &self,
        body: &[u8],
        hints: &Hints,
        candidate: Candidate,
    ) -> Result<FoundFeed, FetchError> {
        let limits = Limits {
            document_bytes: self.settings.feed_bytes,
            ..Limits::default()
        };
        let parsed = read_feed(body, hints, &limits)?.parsed;
        Ok(FoundFeed {
            url: hints.url.clone().unwrap_or(candidate.url),
            by: candidate.by,
            newest: newest(&parsed),
            title: parsed.feed.title.or(candidate.title),
            format: parsed.format,
            items: parsed.items.len(),
        })
    }
}

fn usual_places(url: &str) -> Vec<Candidate> {
    let Ok(site) = url::Url::parse(url) else {
        return Vec::new();
    };
    let places = USUAL_PATHS.iter().filter_map(|path| site.join(path).ok());
    places
        .map(|url| Candidate {
            url: url.into(),
            by: FoundBy::Guessed,
            title: None,
        })
        .collect()
}
