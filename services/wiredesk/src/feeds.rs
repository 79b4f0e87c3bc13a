//! The demo wire as sources of the fetcher.

use wiredesk_fetcher::{FetchPage, SourceConfig};

use crate::demo::{DemoWire, Shape};

/// Seconds between two polls of a demo feed.
const DEMO_POLL_SECONDS: u64 = 2;

/// The feeds of the demo wire; they are on this machine, and quick.
pub(crate) fn demo_sources(wire: &DemoWire) -> Vec<SourceConfig> {
    wire.feeds()
        .into_iter()
        .map(|(paper, url)| SourceConfig {
            name: Some(paper.title.to_owned()),
            poll_seconds: Some(DEMO_POLL_SECONDS),
            fetch_page: match paper.shape {
                Shape::Atom => FetchPage::Always,
                Shape::Rss | Shape::JsonFeed => FetchPage::Never,
            },
            allow_private: true,
            ..SourceConfig::feed(paper.id, &url)
        })
        .collect()
}
