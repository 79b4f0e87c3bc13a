//! The linked pages of items whose feed does not carry the whole story.

use std::time::Duration;

use futures::StreamExt;
use wiredesk_formats::Hints;
use wiredesk_model::{HttpFacts, Item, Payload};
use wiredesk_telemetry::{Metric, count};

use crate::http::{Answer, Request, Wanted, shown};
use crate::poll::Context;
use crate::source_config::FetchPage;
use crate::{FetchError, SourceConfig};

/// Pages of one poll under way at the same time; the limit per host holds beside it.
const CONCURRENT_PAGES: usize = 8;

/// What became of the linked page of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// The source does not ask for it.
    NotWanted,
    /// Fetched.
    Here(Payload, HttpFacts),
    /// Not to be had; the item goes out without it.
    Missing(String),
}

/// The address of the page, where the source wants it for this item.
pub fn wanted_page<'i>(
    source: &SourceConfig,
    item: &'i Item,
    teaser_words: usize,
) -> Option<&'i str> {
    let link = item
        .link
        .as_deref()
        .filter(|link| link.starts_with("http"))?;
    let is_wanted = match source.fetch_page {
        FetchPage::Never => false,
        FetchPage::Always => true,
        FetchPage::Teaser => {
            item.content.is_none() && words(item.summary.as_deref()) < teaser_words
        }
    };
    is_wanted.then_some(link)
}

/// Words of a text, tags not counted.
fn words(text: Option<&str>) -> usize {
    let mut plain = String::new();
    let mut in_tag = false;
    for c in text.unwrap_or_default().chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                plain.push(' ');
            }
            _ if !in_tag => plain.push(c),
            _ => {}
        }
    }
    plain.split_whitespace().count()
}

/// Fetches the pages of `items`, in their order, within the time for all of them.
pub async fn fetch_pages(context: &Context, source: &SourceConfig, items: &[&Item]) -> Vec<Page> {
    let limit = Duration::from_millis(context.settings.pages_timeout_ms);
    let deadline = tokio::time::Instant::now() + limit;
    let one = |item: &Item| {
        let link = wanted_page(source, item, context.settings.teaser_words).map(str::to_owned);
        async move {
            let Some(link) = link else {
                return Page::NotWanted;
            };
            let outcome =
                tokio::time::timeout_at(deadline, fetch_page(context, source, &link)).await;
            let page = match outcome {
                Ok(Ok((payload, facts))) => Page::Here(payload, facts),
                Ok(Err(error)) => Page::Missing(error.to_string()),
                Err(_) => Page::Missing(format!(
                    "{} was not fetched: the time for the pages of one poll was over (pages_timeout_ms = {})",
                    shown(&link),
                    context.settings.pages_timeout_ms
                )),
            };
            let outcome = if matches!(page, Page::Here(..)) {
                "fetched"
            } else {
                "failed"
            };
            count(Metric::Pages, &[outcome], 1);
            page
        }
    };
    let tasks: Vec<_> = items.iter().map(|item| one(item)).collect();
    futures::stream::iter(tasks)
        .buffered(CONCURRENT_PAGES)
        .collect()
        .await
}

/// Fetches one page, again where that may help.
pub(crate) async fn fetch_page(
    context: &Context,
    source: &SourceConfig,
    link: &str,
) -> Result<(Payload, HttpFacts), FetchError> {
    let request = Request::of(source, link, Wanted::Page);
    if !source.ignore_robots {
        let now = context.clock.now();
        context
            .permissions
            .check(&context.http, &request, now)
            .await?;
    }
    let mut attempt = 1;
    loop {
        match context
            .http
            .get(&request, context.clock.now())
            .await
            .and_then(page_of)
        {
            Err(error) if error.is_passing() && attempt < context.settings.page_attempts => {
                attempt += 1;
                tokio::time::sleep(Duration::from_millis(context.settings.page_pause_ms)).await;
            }
            outcome => return outcome,
        }
    }
}

fn page_of(answer: Answer) -> Result<(Payload, HttpFacts), FetchError> {
    let media_type =
        media_type_of(answer.content_type.as_deref()).unwrap_or_else(|| "text/html".to_owned());
    let is_page = media_type.contains("html")
        || media_type.starts_with("text/plain")
        || media_type.contains("xml");
    if !is_page {
        return Err(FetchError::NotAPage {
            url: shown(&answer.facts.url),
            media_type,
        });
    }
    let hints = Hints {
        content_type: answer.content_type.clone(),
        ..Hints::default()
    };
    let payload = Payload {
        media_type,
        charset: hints.label().map(str::to_owned),
        bytes: answer.body.unwrap_or_default(),
    };
    count(Metric::FetchedBytes, &["page"], payload.bytes.len() as u64);
    Ok((payload, answer.facts))
}

/// The media type in a `Content-Type`, lower case, without parameters.
pub fn media_type_of(content_type: Option<&str>) -> Option<String> {
    let name = content_type?.split(';').next()?.trim().to_ascii_lowercase();
    Some(name).filter(|name| name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(summary: &str, content: Option<&str>) -> Item {
        Item {
            link: Some("https://x.example/1".to_owned()),
            summary: Some(summary.to_owned()),
            content: content.map(str::to_owned),
            ..Item::default()
        }
    }

    #[test]
    fn a_teaser_asks_for_its_page_and_a_story_does_not() {
        let mut source = SourceConfig::feed("a", "https://x.example/feed");
        let teaser = item("<p class=\"a b c d\">Just three words</p>", None);
        let story = item("Just three words", Some("All of it"));
        assert_eq!(
            wanted_page(&source, &teaser, 4),
            Some("https://x.example/1")
        );
        assert_eq!(wanted_page(&source, &teaser, 3), None);
        assert_eq!(wanted_page(&source, &story, 80), None);
        source.fetch_page = FetchPage::Always;
        assert_eq!(
            wanted_page(&source, &story, 80),
            Some("https://x.example/1")
        );
        source.fetch_page = FetchPage::Never;
        assert_eq!(wanted_page(&source, &teaser, 80), None);
    }
}
