//! `wiredesk feeds discover`.

use std::io::{self, Write as _};

use serde_json::json;
use wiredesk_fetcher::{Discovery, FoundFeed};
use wiredesk_host::Exit;

use super::args::DiscoverArgs;
use crate::cli::Common;
use crate::paint::{self, one_line};

/// Width of a title on the terminal.
const TITLE_WIDTH: usize = 60;

/// Shows the feeds of a site.
pub(crate) fn discover(common: &Common, args: &DiscoverArgs) -> anyhow::Result<Exit> {
    let settings = super::super::settings(common)?;
    let configured = super::configured(&settings)?;
    // Whoever names an address on the command line may reach it, on a private network too.
    let found = wiredesk_fetcher::discover(&args.url, &configured.settings, true)?;
    let mut out = io::stdout().lock();
    for feed in &found.feeds {
        match args.json {
            true => writeln!(out, "{}", as_json(feed))?,
            false => writeln!(out, "{}", in_words(feed))?,
        }
    }
    out.flush()?;
    tell_broken(&found);
    if found.feeds.is_empty() {
        super::super::complain(&format!("wiredesk: no feed was found at {}", args.url));
        return Ok(Exit::Failed);
    }
    Ok(Exit::Done)
}

/// Says which of the feeds that a page names cannot be read.
pub(super) fn tell_broken(found: &Discovery) {
    for error in &found.broken {
        super::super::complain(&format!(
            "wiredesk: named by the page, but not to be read: {error}"
        ));
    }
}

fn as_json(feed: &FoundFeed) -> serde_json::Value {
    json!({
        "url": feed.url,
        "found": feed.by.as_str(),
        "title": feed.title,
        "format": feed.format,
        "items": feed.items,
        "newest": feed.newest,
    })
}

/// A feed on a line or two.
pub(super) fn in_words(feed: &FoundFeed) -> String {
    let paint = paint::for_stdout();
    format!(
        "{}\n  {} ({}, {} items, newest {})",
        paint.strong(&paint::tame(&feed.url)),
        one_line(
            feed.title.as_deref().unwrap_or("without a title"),
            TITLE_WIDTH
        ),
        feed.by.as_str().to_owned() + ", " + &feed.format,
        feed.items,
        feed.newest.as_deref().unwrap_or("without a date"),
    )
}
