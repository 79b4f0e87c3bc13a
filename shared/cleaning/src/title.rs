//! The title of a page: what its headline, its social card and its title element agree on.

use crate::html::{Page, Tag};
use crate::letters::folded;

/// Longest heading that is taken for a title, in bytes.
const TITLE_BYTES: u32 = 1000;
/// Headings that are compared with what the page says: one with more is no story.
const HEADINGS: usize = 64;
/// Of what the page says is its title, so many bytes are looked at.
const SAID_BYTES: usize = 4096;

/// Finds the title.
pub(crate) fn title_of(page: &Page) -> Option<String> {
    let meta = &page.meta;
    let said: Vec<String> = [&meta.social_title, &meta.data.headline, &meta.title]
        .into_iter()
        .filter_map(|title| title.as_deref())
        .map(|title| folded(&title[..title.floor_char_boundary(SAID_BYTES)]))
        .collect();
    let headings = || {
        page.lines
            .iter()
            .filter(|line| line.end - line.start <= TITLE_BYTES)
            .filter(|line| page.node_of(line).tag == Tag::H1)
            .map(|line| page.text_of(line))
            .take(HEADINGS)
    };
    // The heading that the page's own title repeats is the headline.
    let agreed = headings()
        .filter(|heading| {
            let heading = folded(heading);
            heading.len() >= 8 && said.iter().any(|title| title.contains(&heading))
        })
        .max_by_key(|heading| heading.len());
    if let Some(heading) = agreed {
        return Some(heading.to_owned());
    }
    if let Some(social) = meta
        .social_title
        .as_deref()
        .or(meta.data.headline.as_deref())
    {
        return Some(without_site(social).to_owned());
    }
    let only_heading = headings().next();
    match (meta.title.as_deref(), only_heading) {
        (Some(title), _) => Some(without_site(title).to_owned()),
        (None, Some(heading)) => Some(heading.to_owned()),
        (None, None) => None,
    }
}

/// Cuts the name of the site off: the shorter part behind the last bar or dash.
fn without_site(title: &str) -> &str {
    for mark in [" | ", " – ", " — ", " - ", " :: ", " » "] {
        if let Some((front, site)) = title.rsplit_once(mark)
            && front.split_whitespace().count() >= 3
            && front.len() > site.len()
        {
            return front.trim();
        }
    }
    title.trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::read_page;

    #[test]
    fn the_heading_that_the_title_repeats_wins() {
        let page = read_page(
            "<title>Harbour reopens - Daily Wire</title><h1>Daily Wire</h1><h1>Harbour reopens</h1>",
        );
        assert_eq!(title_of(&page).as_deref(), Some("Harbour reopens"));
    }

    #[test]
    fn the_name_of_the_site_goes() {
        let page = read_page("<title>Harbour reopens after storm | Daily Wire</title><p>x</p>");
        assert_eq!(
            title_of(&page).as_deref(),
            Some("Harbour reopens after storm")
        );
    }
}
