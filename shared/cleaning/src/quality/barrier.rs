//! Pages that bar the way to a story: checks for robots, refusals, consent forms.
//!
//! They come with status 200 often enough, and have a headline and sentences, so that they would
//! flow on as stories. The phrases are data (`barriers.toml`).

use std::sync::OnceLock;

use serde::Deserialize;
use wiredesk_model::count_words;

use crate::html::Page;

/// A page whose body has more words is a story, whatever else stands on it.
const BODY_WORDS: usize = 150;
/// A page with more words around it than this has room for a story.
const PAGE_WORDS: usize = 600;
/// Bytes of a page that phrases are looked for in.
const TEXT_BYTES: usize = 8 * 1024;

#[derive(Debug, Default, Deserialize)]
struct Barrier {
    /// What bars the way, in words.
    what: String,
    /// Titles that are just this, or begin with it.
    #[serde(default)]
    titles: Vec<String>,
    /// Sentences of such a page.
    #[serde(default)]
    texts: Vec<String>,
    /// How many of them it takes.
    #[serde(default = "one")]
    takes: usize,
}

fn one() -> usize {
    1
}

#[derive(Debug, Default, Deserialize)]
struct Barriers {
    barrier: Vec<Barrier>,
}

fn barriers() -> &'static [Barrier] {
    static BARRIERS: OnceLock<Barriers> = OnceLock::new();
    // `the_phrases_can_be_read` holds that the file of the build is sound.
    &BARRIERS
        .get_or_init(|| toml::from_str(include_str!("barriers.toml")).unwrap_or_default())
        .barrier
}

/// What bars the way, where the page is none of a story. `words` are those of the body found.
pub(super) fn of(page: &Page, words: usize) -> Option<&'static str> {
    if words >= BODY_WORDS || page.meta.data.is_story {
        return None;
    }
    let mut all = String::new();
    for line in &page.lines {
        all.push_str(page.text_of(line));
        all.push(' ');
        if all.len() > TEXT_BYTES {
            break;
        }
    }
    if count_words(&all) as usize >= PAGE_WORDS {
        return None;
    }
    let text = folded(&all);
    let title = folded(page.meta.title.as_deref().unwrap_or_default());
    let holds = |barrier: &&Barrier| {
        let in_title = barrier
            .titles
            .iter()
            .any(|one| title.starts_with(one.as_str()));
        let found = barrier
            .texts
            .iter()
            .filter(|one| text.contains(one.as_str()));
        in_title || found.count() >= barrier.takes
    };
    barriers()
        .iter()
        .find(holds)
        .map(|barrier| barrier.what.as_str())
}

/// Lower case, quotes as typewriters have them.
fn folded(text: &str) -> String {
    text.to_lowercase().replace(['’', '‘'], "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::read_page;

    fn barred(title: &str, text: &str) -> Option<&'static str> {
        let html = format!(
            "<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
        );
        of(&read_page(&html), text.split_whitespace().count())
    }

    #[test]
    fn the_phrases_can_be_read() {
        let all = barriers();
        assert!(all.len() >= 3);
        for barrier in all {
            let phrases = barrier.titles.iter().chain(&barrier.texts);
            for phrase in phrases {
                assert_eq!(*phrase, folded(phrase), "phrases are in lower case");
            }
            assert!(!barrier.what.is_empty() && barrier.takes > 0);
        }
    }

    #[test]
    fn pages_that_bar_the_way_are_known() {
        let cases = [
            (
                "Just a moment...",
                "Checking your browser before you go on.",
            ),
            (
                "harbourpost.example",
                "Please verify you are a human. Press and hold the button.",
            ),
            (
                "Access Denied",
                "You don't have permission to access this page. Reference #18.2",
            ),
            (
                "Zustimmung",
                "Wir und unsere Partner verarbeiten Daten. Alle akzeptieren oder mit Werbung weiterlesen.",
            ),
        ];
        for (title, text) in cases {
            assert!(barred(title, text).is_some(), "{title}: {text}");
        }
    }

    #[test]
    fn stories_about_such_pages_are_none() {
        let cases = [
            (
                "Access denied: how a town lost its beach",
                "The council met on Monday and put off its vote on the path.",
            ),
            (
                "Robots take over the harbour",
                "A robot unloads the boats since Monday, and no human is needed.",
            ),
            (
                "Cookies on sale",
                "The bakery on the quay sells cookies again, and its partners are glad.",
            ),
        ];
        for (title, text) in cases {
            assert_eq!(barred(title, text), None, "{title}: {text}");
        }
    }
}
