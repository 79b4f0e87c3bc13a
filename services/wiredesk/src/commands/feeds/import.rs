//! `wiredesk feeds import` and `wiredesk feeds export`.

use std::io::{self, Read as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use url::Url;
use wiredesk_fetcher::{
    NewSource, Outline, SourceConfig, SourceKind, id_for, read_opml, write_opml,
};
use wiredesk_host::Exit;

use super::args::ImportArgs;
use super::{Taken, configured, file_to_change, plain_address, save};
use crate::cli::Common;
use crate::files::read_file;

/// Takes in the feeds of a list.
pub(crate) fn import(common: &Common, args: &ImportArgs) -> anyhow::Result<Exit> {
    let settings = super::super::settings(common)?;
    configured(&settings)?;
    let path = file_to_change(&settings, args.file.as_deref())?;
    let outlines = read_opml(&text_of(&args.list)?)
        .with_context(|| format!("nothing was taken in from {}", args.list.display()))?;
    let mut taken = Taken::by(&settings);
    let mut sources = Vec::new();
    let mut out = io::stdout().lock();
    let (mut known, mut wrong) = (0, 0);
    for outline in outlines {
        let is_web = Url::parse(&outline.url)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_web {
            wrong += 1;
            writeln!(out, "left out: {:?} is no address of a feed", outline.url)?;
        } else if !taken.addresses.insert(plain_address(&outline.url)) {
            known += 1;
        } else {
            let source = source_of(outline, &taken);
            taken.ids.insert(source.id.clone());
            sources.push(source);
        }
    }
    if args.dry_run {
        for source in &sources {
            writeln!(out, "{}  {}", source.id, source.url)?;
        }
    } else if !sources.is_empty() {
        save(&settings, &path, &sources)?;
    }
    let verb = if args.dry_run {
        "would be added"
    } else {
        "were added"
    };
    writeln!(
        out,
        "{} feeds {verb} to {}, {known} were there already, {wrong} were left out",
        sources.len(),
        path.display()
    )?;
    out.flush()?;
    Ok(Exit::Done)
}

fn text_of(list: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    if list == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = read_file(list)?;
    }
    Ok(
        wiredesk_formats::decode_text(&bytes, &wiredesk_formats::Hints::default())
            .text
            .into_owned(),
    )
}

fn source_of(outline: Outline, taken: &Taken) -> NewSource {
    NewSource {
        id: id_for(outline.title.as_deref(), &outline.url, &taken.ids),
        name: outline.title,
        url: outline.url,
        categories: outline.folders,
        language: outline.language,
        ..NewSource::default()
    }
}

/// Prints the feeds as a list.
pub(crate) fn export(common: &Common) -> anyhow::Result<Exit> {
    let settings = super::super::settings(common)?;
    let configured = configured(&settings)?;
    let feeds = configured.sources.iter();
    let outlines: Vec<Outline> = feeds
        .filter(|source| source.kind == SourceKind::Feed)
        .map(outline_of)
        .collect();
    let mut out = io::stdout().lock();
    out.write_all(write_opml("Sources of Wiredesk", &outlines).as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}

fn outline_of(source: &SourceConfig) -> Outline {
    Outline {
        title: Some(source.name.clone().unwrap_or_else(|| source.id.clone())),
        url: source.shown_place(),
        page: None,
        language: source.language.clone(),
        folders: source.categories.clone(),
    }
}
