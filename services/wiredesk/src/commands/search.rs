//! `wiredesk search` and `wiredesk index`: what the index holds, found and made anew.

use std::io::{self, IsTerminal as _, Write};

use clap::{Args, Subcommand, ValueEnum};
use wiredesk_host::Exit;
use wiredesk_indexer::{Ask, Found, Hit, Piece, Search, Sort, rebuild, settings_of, time_of};
use wiredesk_model::Timestamp;

use crate::cli::Common;
use crate::paint::{self, Paint, one_line, tame};

/// Characters of a headline on a terminal.
const HEADLINE: usize = 160;
/// Values of a facet on the terminal.
const FACET_VALUES: usize = 5;

/// `wiredesk search`.
#[derive(Debug, Clone, Args)]
#[command(after_help = SYNTAX)]
pub struct SearchArgs {
    /// What to look for; without it, the newest stories
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// Of this source; may be given more than once, like the other filters
    #[arg(long, value_name = "ID")]
    pub source: Vec<String>,
    /// In this language
    #[arg(long, value_name = "CODE")]
    pub lang: Vec<String>,
    /// On this subject
    #[arg(long, value_name = "NAME")]
    pub subject: Vec<String>,
    /// From this place
    #[arg(long, value_name = "NAME")]
    pub place: Vec<String>,
    /// With this person
    #[arg(long, value_name = "NAME")]
    pub person: Vec<String>,
    /// Of this time and later: 2026-11-23, 2026-11-23T06:00:00Z, or 12h, 7d or 2w for so long ago
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Of before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// The order; what fits best where there is a query, the newest first where there is none
    #[arg(long, value_enum)]
    pub sort: Option<Order>,
    /// Show so many stories
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub limit: usize,
    /// Pass over so many
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub offset: usize,
    /// Show stories that tell the same one by one
    #[arg(long)]
    pub no_fold: bool,
    /// Print the whole answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// The order of hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// What fits best first
    Relevance,
    /// The newest first
    Newest,
    /// The oldest first
    Oldest,
}

impl From<Order> for Sort {
    fn from(order: Order) -> Self {
        match order {
            Order::Relevance => Sort::Relevance,
            Order::Newest => Sort::Newest,
            Order::Oldest => Sort::Oldest,
        }
    }
}

/// `wiredesk index`.
#[derive(Debug, Subcommand)]
pub enum IndexCommand {
    /// Make the index anew from everything that is current
    Rebuild,
}

const SYNTAX: &str = "\
Queries:
  harbour wall          stories with both words, in any form
  '\"harbour wall\"'      just these words in this order; '\"harbour wall\"~3' with up to 3 between
  wall OR dyke -storm   any of two, and one that must not be there
  harb*  harbuor~       words that begin so, words spelt nearly so
  headline:wall  person:\"Ada Quill\"  place:  subject:  source:  lang:  and more: docs/search.md";

/// Looks for stories.
pub(crate) fn search(common: &Common, args: &SearchArgs) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    let place = settings_of(&settings)?.place(&settings.data_dir);
    let ask = asked(args)?;
    let found = Search::open(&place)?.ask(&ask)?;
    let mut out = io::stdout().lock();
    match args.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&found)?)?,
        false => print(&mut out, &found, ask.offset, paint::for_stdout())?,
    }
    Ok(Exit::Done)
}

fn asked(args: &SearchArgs) -> anyhow::Result<Ask> {
    let now = Timestamp::now();
    let time = |text: &Option<String>| text.as_ref().map(|text| time_of(text, now)).transpose();
    Ok(Ask {
        text: args.query.join(" "),
        sources: args.source.clone(),
        languages: args.lang.clone(),
        subjects: args.subject.clone(),
        places: args.place.clone(),
        people: args.person.clone(),
        since: time(&args.since)?,
        until: time(&args.until)?,
        sort: args.sort.map(Sort::from),
        limit: args.limit,
        offset: args.offset,
        fold: !args.no_fold,
    })
}

fn print(out: &mut impl Write, found: &Found, offset: usize, paint: Paint) -> io::Result<()> {
    for (number, hit) in found.hits.iter().enumerate() {
        print_hit(out, offset + number + 1, hit, paint)?;
    }
    writeln!(out, "{}", summary(found))?;
    for (name, values) in &found.facets {
        let values = values.iter().take(FACET_VALUES);
        let values: Vec<String> = values
            .map(|value| format!("{} {}", one_line(&value.value, 40), value.count))
            .collect();
        if !values.is_empty() {
            writeln!(out, "  {name:<9}{}", paint.faint(&values.join("   ")))?;
        }
    }
    Ok(())
}

fn print_hit(out: &mut impl Write, number: usize, hit: &Hit, paint: Paint) -> io::Result<()> {
    let shown = &hit.shown;
    let headline = match hit.headline_pieces.is_empty() {
        true => "(no headline)".to_owned(),
        false => painted(&hit.headline_pieces, paint),
    };
    writeln!(out, "{number:>3}  {headline}")?;
    let mut facts = vec![shown.updated.clone(), shown.source.clone()];
    facts.extend(shown.language.clone());
    facts.extend(shown.place.clone());
    if shown.change != "created" {
        facts.push(shown.change.clone());
    }
    let facts = one_line(&facts.join("  "), HEADLINE);
    writeln!(out, "     {}", paint.faint(&facts))?;
    if !hit.snippet.is_empty() {
        writeln!(out, "     {}", painted(&hit.snippet, paint))?;
    }
    if hit.same_count > 0 {
        let sources: Vec<&str> = hit.same.iter().map(|same| same.source.as_str()).collect();
        let text = format!(
            "and {} that tell the same: {}",
            hit.same_count,
            sources.join(", ")
        );
        writeln!(out, "     {}", paint.faint(&one_line(&text, HEADLINE)))?;
    }
    writeln!(out, "     {}\n", paint.faint(&tame(&shown.story)))
}

/// What was asked for stands out where there is colour.
fn painted(pieces: &[Piece], paint: Paint) -> String {
    let piece = |piece: &Piece| match piece.marked {
        true => paint.strong(&tame(&piece.text)),
        false => tame(&piece.text),
    };
    pieces.iter().map(piece).collect()
}

fn summary(found: &Found) -> String {
    let order = match found.sort {
        Sort::Relevance => "what fits best first",
        Sort::Newest => "the newest first",
        Sort::Oldest => "the oldest first",
    };
    let found_text = match (found.total, found.respelt) {
        (0, _) => "no story found".to_owned(),
        (total, false) => format!("{total} found, {order}"),
        (total, true) => format!("none as it is written; {total} spelt nearly so, {order}"),
    };
    format!(
        "{found_text} (of {} stories, {} ms)",
        found.stories, found.took_ms
    )
}

/// Makes the index anew.
pub(crate) fn index(common: &Common, command: &IndexCommand) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    let IndexCommand::Rebuild = command;
    let search = settings_of(&settings)?;
    let place = search.place(&settings.data_dir);
    let transport = super::existing_transport(&settings)?;
    let is_watched = io::stderr().is_terminal();
    let stories = rebuild(transport.as_ref(), &search, &place, |read| {
        if is_watched {
            super::complain(&format!("{read} records read"));
        }
    })?;
    writeln!(
        io::stdout().lock(),
        "{stories} stories in {}",
        place.display()
    )?;
    Ok(Exit::Done)
}
