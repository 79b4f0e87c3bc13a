//! The two ways in: a page, and plain text.

use crate::body::{self, BodyModel};
use crate::cleaned::Cleaned;
use crate::error::CleanError;
use crate::html::{Meta, read_page};
use crate::rules;
use crate::text::draft_of;
use crate::title::title_of;

/// Version of the rules, the phrases and the body model together; it is on every record.
pub const RULES_VERSION: &str = "1";

/// Largest input, in bytes.
pub const INPUT_BYTES: usize = 10 * 1024 * 1024;

/// What is known of an input besides its content.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Where it came from.
    pub url: Option<&'a str>,
    /// Title, where a feed gave one.
    pub title: Option<&'a str>,
    /// Another model for finding the body than the one that is built in.
    pub model: Option<&'a BodyModel>,
}

/// Cleans a page, or a piece of HTML.
///
/// # Errors
/// Where the input is over [`INPUT_BYTES`].
pub fn clean_html(html: &str, hints: &Hints<'_>) -> Result<Cleaned, CleanError> {
    check_size(html)?;
    let page = read_page(html);
    let title = title_of(&page).or_else(|| hints.title.map(str::to_owned));
    let mut draft = body::draft_of(&page, title.as_deref(), hints.model);
    draft.title.clone_from(&title);
    rules::apply_all(&mut draft);
    let mut cleaned = described(&page.meta);
    cleaned.title = title;
    cleaned.take_draft(draft);
    Ok(cleaned)
}

/// Cleans plain text.
///
/// # Errors
/// Where the input is over [`INPUT_BYTES`].
pub fn clean_text(text: &str, hints: &Hints<'_>) -> Result<Cleaned, CleanError> {
    check_size(text)?;
    let mut draft = draft_of(text);
    draft.title = hints.title.map(str::to_owned);
    rules::apply_all(&mut draft);
    let mut cleaned = Cleaned {
        title: draft.title.clone(),
        ..Cleaned::default()
    };
    cleaned.take_draft(draft);
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
        canonical_url: meta
            .canonical_url
            .clone()
            .or_else(|| meta.social_url.clone()),
        byline: data.author.clone().or_else(|| meta.author.clone()),
        published: data.published.clone().or_else(|| meta.published.clone()),
        description: meta
            .description
            .clone()
            .or_else(|| data.description.clone()),
        ..Cleaned::default()
    }
}
