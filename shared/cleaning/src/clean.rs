//! The two ways in: a page, and plain text.

use std::collections::HashSet;

use wiredesk_model::{PageFacts, QualityFlag};

use crate::body::{self, BodyModel};
use crate::cleaned::{Cleaned, PublisherNote};
use crate::draft::{Draft, Fate};
use crate::error::CleanError;
use crate::fallback;
use crate::html::{Meta, Page, fill_from_microdata, read_page};
use crate::media;
use crate::publisher::{DROPPED, PublisherRule, PublisherRules, Ruled, name_dropped, ruled};
use crate::quality;
use crate::rules;
use crate::structure::Structure;
use crate::text::draft_of;
use crate::title::title_of;

/// Version of the rules, the phrases and the body model together; it is on every record. Its second
/// half follows from what they are made of: two records with the same one were cleaned alike.
pub const RULES_VERSION: &str = concat!("1-", env!("CLEANING_RULES_HASH"));

/// Largest input, in bytes.
pub const INPUT_BYTES: usize = 10 * 1024 * 1024;

/// What is known of an input besides its content.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Where it came from.
    pub url: Option<&'a str>,
    /// Title, where a feed gave one.
    pub title: Option<&'a str>,
    /// Texts that the item says in fields of its own, where a wire sent it.
    pub fields: &'a [String],
    /// Another model for finding the body than the one that is built in.
    pub model: Option<&'a BodyModel>,
    /// Rules for the pages of some publishers; the address says whether one holds.
    pub publishers: Option<&'a PublisherRules>,
    /// Whether pictures and embeds are looked for, too.
    pub wants_media: bool,
}

impl<'a> Hints<'a> {
    fn publisher(&self) -> Option<&'a PublisherRule> {
        self.publishers?.for_url(self.url?)
    }
}

/// Cleans a page, or a piece of HTML.
///
/// # Errors
/// Where the input is over [`INPUT_BYTES`].
pub fn clean_html(html: &str, hints: &Hints<'_>) -> Result<Cleaned, CleanError> {
    check_size(html)?;
    let mut cleaned = match hints.publisher() {
        Some(rule) => clean_ruled(html, rule, hints),
        None => clean_page(html, hints),
    };
    if hints.wants_media {
        cleaned.media = media::find(html, &cleaned.sources);
    }
    Ok(cleaned)
}

/// Cleans any page.
fn clean_page(html: &str, hints: &Hints<'_>) -> Cleaned {
    let mut page = read_page(html);
    fill_from_microdata(html, &mut page.meta);
    let title = title_of(&page).or_else(|| hints.title.map(str::to_owned));
    let mut draft = body::draft_of(&page, title.as_deref(), hints.model);
    draft.fields = hints.fields.to_vec();
    finished((html, &page), draft, title)
}

/// Cleans a page with the rule of its publisher.
fn clean_ruled(html: &str, rule: &PublisherRule, hints: &Hints<'_>) -> Cleaned {
    let mut found = ruled(html, rule);
    fill_from_microdata(html, &mut found.page.meta);
    let (found, page) = (&found, &found.page);
    let title = found.title.clone().or_else(|| title_of(page));
    let title = title.or_else(|| hints.title.map(str::to_owned));
    let mut draft = match found.body() {
        Some(body) => body::draft_of_lines(page, title.as_deref(), &body),
        None => body::draft_of(page, title.as_deref(), hints.model),
    };
    draft.fields = hints.fields.to_vec();
    drop_lines(&mut draft, found);
    let mut cleaned = finished((html, page), draft, title);
    name_dropped(found, &mut cleaned.removed);
    cleaned.byline = found.byline.clone().or(cleaned.byline);
    cleaned.published = found.date.clone().or(cleaned.published);
    cleaned.page.publisher_rule = Some(found.rule.id().to_owned());
    if found.lacks_body() {
        cleaned.flag(QualityFlag::LowConfidence);
    }
    cleaned.publisher = Some(PublisherNote {
        rule: found.rule.id().to_owned(),
        lacks_body: found.lacks_body(),
        missed: found.missed(),
    });
    cleaned
}

/// Takes out the lines that the rule drops.
fn drop_lines(draft: &mut Draft, found: &Ruled<'_>) {
    let lines = found.page.lines.iter().zip(found.dropped());
    let dropped: HashSet<u32> = lines
        .filter(|(_, is_dropped)| *is_dropped)
        .map(|(line, _)| line.source_start)
        .collect();
    for line in &mut draft.lines {
        let is_behind = matches!(line.fate, Fate::Outside { is_tail: true, .. });
        if !is_behind && dropped.contains(&line.source.0) {
            line.fate = Fate::Removed {
                rule: DROPPED,
                reason: "by the rule of the publisher",
            };
        }
    }
}

/// What comes of the lines of a page once the in-text rules have run.
fn finished(read: (&str, &Page), mut draft: Draft, title: Option<String>) -> Cleaned {
    let (html, page) = read;
    draft.title.clone_from(&title);
    rules::apply_all(&mut draft);
    let mut cleaned = described(&page.meta);
    cleaned.title = title;
    cleaned.take_draft(draft, Structure::of(html, page));
    fallback::fill(&mut cleaned, html, page);
    quality::judge(&mut cleaned, page);
    cleaned
}

/// Cleans plain text.
///
/// # Errors
/// Where the input is over [`INPUT_BYTES`].
pub fn clean_text(text: &str, hints: &Hints<'_>) -> Result<Cleaned, CleanError> {
    check_size(text)?;
    let mut draft = draft_of(text);
    draft.title = hints.title.map(str::to_owned);
    draft.fields = hints.fields.to_vec();
    rules::apply_all(&mut draft);
    let mut cleaned = Cleaned {
        title: draft.title.clone(),
        ..Cleaned::default()
    };
    cleaned.take_draft(draft, Structure::default());
    Ok(cleaned)
}

/// The text of a piece of HTML, nothing taken out: for titles and teasers. Lines are set apart by a
/// line end.
pub fn plain_text(html: &str) -> String {
    let page = read_page(html);
    let lines: Vec<&str> = page.lines.iter().map(|line| page.text_of(line)).collect();
    lines.join("\n")
}

fn check_size(input: &str) -> Result<(), CleanError> {
    if input.len() > INPUT_BYTES {
        return Err(CleanError::TooLarge {
            bytes: input.len(),
            limit: INPUT_BYTES,
        });
    }
    Ok(())
}

/// What the page says of itself.
fn described(meta: &Meta) -> Cleaned {
    let data = &meta.data;
    Cleaned {
        language_declared: meta.language.clone().or_else(|| data.language.clone()),
        byline: data.author.clone().or_else(|| meta.author.clone()),
        published: data.published.clone().or_else(|| meta.published.clone()),
        description: meta
            .description
            .clone()
            .or_else(|| data.description.clone()),
        page: PageFacts {
            canonical_url: meta
                .canonical_url
                .clone()
                .or_else(|| meta.social_url.clone()),
            section: data.section.clone().or_else(|| meta.section.clone()),
            updated: data.updated.clone().or_else(|| meta.updated.clone()),
            ..PageFacts::default()
        },
        ..Cleaned::default()
    }
}
