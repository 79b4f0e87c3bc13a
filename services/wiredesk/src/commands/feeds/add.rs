//! `wiredesk feeds add`.

use std::io::Write as _;

use anyhow::bail;
use wiredesk_fetcher::{FetcherSettings, FoundBy, FoundFeed, NewSource, id_for};
use wiredesk_host::Exit;

use super::args::AddArgs;
use super::{Taken, configured, discover, file_to_change, plain_address, save};
use crate::cli::Common;

/// Writes a feed into the sources.
pub(crate) fn add(common: &Common, args: &AddArgs) -> anyhow::Result<Exit> {
    let settings = super::super::settings(common)?;
    let configured = configured(&settings)?;
    let path = file_to_change(&settings, args.file.as_deref())?;
    let taken = Taken::by(&settings);
    refuse_known(&taken, &args.url)?;
    let (url, title) = match args.unchecked {
        true => (args.url.clone(), None),
        false => {
            let feed = find(args, &configured.settings)?;
            refuse_known(&taken, &feed.url)?;
            (feed.url, feed.title)
        }
    };
    let name = args.name.clone().or(title);
    let source = NewSource {
        id: match &args.id {
            Some(id) => id.clone(),
            None => id_for(name.as_deref(), &url, &taken.ids),
        },
        name: args.name.clone(),
        url,
        categories: args.categories.clone(),
        language: args.language.clone(),
        poll_seconds: args.poll_seconds,
        fetch_page: args.fetch_page.map(super::args::Pages::as_setting),
        allow_private: args.allow_private,
    };
    save(&settings, &path, std::slice::from_ref(&source))?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} at {} stands in {} now; a running fetcher takes it in by itself",
        source.id,
        source.url,
        path.display()
    )?;
    out.flush()?;
    Ok(Exit::Done)
}

fn refuse_known(taken: &Taken, url: &str) -> anyhow::Result<()> {
    if taken.addresses.contains(&plain_address(url)) {
        bail!("{url} is among the sources already; `wiredesk feeds list` shows them");
    }
    Ok(())
}

/// The feed that an address stands for: itself, or the only one that its page declares.
fn find(args: &AddArgs, limits: &FetcherSettings) -> anyhow::Result<FoundFeed> {
    let mut found = wiredesk_fetcher::discover(&args.url, limits, args.allow_private)?;
    if let [feed] = &found.feeds[..]
        && feed.by == FoundBy::Itself
    {
        // As it was written: redirects are the fetcher's to learn.
        return Ok(FoundFeed {
            url: args.url.clone(),
            ..feed.clone()
        });
    }
    discover::tell_broken(&found);
    let declared = found
        .feeds
        .iter()
        .filter(|feed| feed.by == FoundBy::Declared);
    if found.feeds.len() > 1 && declared.count() == 1 {
        found.feeds.retain(|feed| feed.by == FoundBy::Declared);
    }
    match &found.feeds[..] {
        [] => bail!(
            "{} is no feed, and no feed of it was found; --unchecked writes it nevertheless",
            args.url
        ),
        [feed] => Ok(feed.clone()),
        several => {
            let several: Vec<String> = several.iter().map(discover::in_words).collect();
            bail!(
                "{} is a page with {} feeds; add one of them:\n{}",
                args.url,
                several.len(),
                several.join("\n")
            )
        }
    }
}
