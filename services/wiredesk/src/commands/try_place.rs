//! `wiredesk try`: what becomes of a feed, a page or a document, without a broker.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use wiredesk_cleaner::clean_raw;
use wiredesk_cleaning::PublisherRules;
use wiredesk_enrichment::{EnrichSettings, enrich};
use wiredesk_fetcher::{Configured, collect_once};
use wiredesk_host::Exit;
use wiredesk_model::{ArticleRecord, RawItem, Removal};
use wiredesk_settings::{Environment, Settings};

use super::rules::rules_of;
use crate::cli::{Common, TryArgs};
use crate::files::read_file;
use crate::marked::{Piece, headline, pieces, plain_body};
use crate::paint::{self, Paint, tame};

/// What stands for the raw record, which is nowhere.
const RAW_REF: &str = "try/0/0";
/// Spans shown of a group that went by one rule.
const SPANS_SHOWN: usize = 6;
/// Width of the text on the terminal.
const WIDTH: usize = 88;

/// Fetches, cleans and enriches, and shows the records with what was removed.
pub(crate) fn try_place(common: &Common, args: &TryArgs) -> anyhow::Result<Exit> {
    if !is_address(&args.place) {
        read_file(Path::new(&args.place))?;
    }
    let rules = rules_of(common, args.rules.as_deref())?;
    let (settings, _) = Settings::inspect(common.config.as_deref(), &Environment::of_process())?;
    let (configured, _) = Configured::read(&settings);
    // Whoever names an address on the command line may reach it, on a private network too.
    let raw = collect_once(&args.place, &configured.settings, true, args.items)?;
    let mut out = io::stdout().lock();
    let mut failed = false;
    for item in &raw {
        match record(item, &rules) {
            Ok(article) if args.json => {
                let line = serde_json::to_string(&article).context("the record is no JSON")?;
                writeln!(out, "{line}")?;
            }
            Ok(article) => show(&mut out, &article, item, paint::for_stdout())?,
            Err(error) => {
                failed = true;
                super::complain(&format!("wiredesk: {error}"));
            }
        }
    }
    out.flush()?;
    if raw.is_empty() {
        super::complain(&format!("wiredesk: {} is a feed without items", args.place));
        return Ok(Exit::Failed);
    }
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn is_address(place: &str) -> bool {
    let lower = place.to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

fn record(
    item: &RawItem,
    rules: &PublisherRules,
) -> Result<ArticleRecord, wiredesk_cleaner::StoryError> {
    let story = clean_raw(item, RAW_REF, rules)?;
    Ok(enrich(&story, &EnrichSettings::default()))
}

fn show(
    out: &mut impl Write,
    article: &ArticleRecord,
    item: &RawItem,
    paint: Paint,
) -> io::Result<()> {
    writeln!(out, "{}", paint.strong(&tame(headline(article))))?;
    for (name, value) in facts(article, item) {
        writeln!(
            out,
            "{} {}",
            paint.faint(&format!("{name:<12}")),
            tame(&value)
        )?;
    }
    writeln!(out)?;
    let removed = &article.wire.removed;
    for piece in pieces(plain_body(article), removed) {
        match piece {
            Piece::Kept(text) => writeln!(out, "{}\n", wrapped(&tame(text), WIDTH))?,
            Piece::Removed(group) => show_removed(out, &group, paint)?,
        }
    }
    let spans = removed.len();
    writeln!(
        out,
        "{}\n",
        paint.faint(&format!(
            "{} words kept, {spans} {} removed, rules {}",
            article.wire.words,
            if spans == 1 { "span" } else { "spans" },
            article.wire.rules_version,
        ))
    )
}

/// Spans that went by one rule; of many, the first ones.
fn show_removed(out: &mut impl Write, group: &[&Removal], paint: Paint) -> io::Result<()> {
    if let Some(first) = group.first() {
        let head = format!("── removed by {}: {}", first.rule, tame(&first.reason));
        writeln!(out, "{}", paint.bad(&head))?;
    }
    for removal in group.iter().take(SPANS_SHOWN) {
        let text = wrapped(&tame(&removal.text), WIDTH);
        writeln!(out, "{}", marked(&paint.gone(&text), paint))?;
    }
    if group.len() > SPANS_SHOWN {
        let more = format!(
            "   and {} more (--json shows all)",
            group.len() - SPANS_SHOWN
        );
        writeln!(out, "{}", paint.faint(&more))?;
    }
    writeln!(out)
}

/// Removed text without colour: a mark on each line tells it from what stayed.
fn marked(text: &str, paint: Paint) -> String {
    if paint.0 {
        return text.to_owned();
    }
    let lines: Vec<String> = text.lines().map(|line| format!("- {line}")).collect();
    lines.join("\n")
}

fn facts(article: &ArticleRecord, item: &RawItem) -> Vec<(&'static str, String)> {
    let wire = &article.wire;
    let language = match (&wire.language.declared, &wire.language.detected) {
        (Some(declared), Some(detected)) => format!("{declared} declared, {detected} detected"),
        (Some(declared), None) => format!("{declared} declared"),
        (None, Some(detected)) => format!("{detected} detected"),
        (None, None) => "unknown".to_owned(),
    };
    let mut facts = vec![
        ("story", format!("{} ({})", item.story, wire.identity)),
        ("language", language),
        (
            "published",
            format!("{} ({})", wire.published.value, wire.published.from),
        ),
        ("body from", wire.body_from.clone()),
    ];
    let mut maybe = |name, value: &Option<String>| {
        facts.extend(value.iter().map(|value| (name, value.clone())));
    };
    maybe("page", &wire.url);
    maybe("byline", &article.article.by);
    maybe("dateline", &wire.dateline);
    maybe("agency", &wire.agency);
    maybe("page missing", &item.page_error);
    maybe("page rule", &wire.page.publisher_rule);
    let quality: Vec<String> = wire.quality.iter().filter_map(word).collect();
    maybe(
        "quality",
        &(!quality.is_empty()).then(|| quality.join(", ")),
    );
    let share = |share: Option<f64>| share.map(|share| format!("{share:.2}"));
    maybe("confidence", &share(wire.page.confidence));
    maybe("agreement", &share(wire.page.body_agreement));
    facts
}

/// A closed word of the model as it stands in JSON.
fn word(value: &wiredesk_model::QualityFlag) -> Option<String> {
    let value = serde_json::to_value(value).ok()?;
    value.as_str().map(str::to_owned)
}

/// `text` with lines of at most `width` characters, broken between words.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_whitespace() {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
        lines.push(line);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_terminal_what_was_removed_is_struck_through() {
        let removal = Removal {
            rule: "advert-marker".to_owned(),
            reason: "an advertisement".to_owned(),
            text: "Advertisement".to_owned(),
            after_block: 1,
            start: None,
            end: None,
        };
        let mut out = Vec::new();
        show_removed(&mut out, &[&removal], Paint(true)).expect("it fits");
        let shown = String::from_utf8(out).expect("text");
        assert!(
            shown.contains("\x1b[31;9mAdvertisement\x1b[0m"),
            "{shown:?}"
        );
    }

    #[test]
    fn text_is_broken_between_words() {
        assert_eq!(wrapped("one two three\nfour", 8), "one two\nthree\nfour");
        assert_eq!(wrapped("unbreakable", 4), "unbreakable");
    }
}
