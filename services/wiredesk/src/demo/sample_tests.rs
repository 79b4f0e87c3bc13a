//! What the cleaner makes of the demo's own stories: the paragraphs, all of them and nothing else.

use wiredesk_cleaning::{Hints, clean_html};

use super::PAPERS;
use super::body::html;
use super::documents::page;
use super::story::Part;
use super::timeline::{Edition, STEP_MS};

const NOW: i64 = 1_800_000_001_000;

/// Every story in its newest version, once.
fn editions() -> Vec<Edition> {
    let newest = u64::try_from(NOW / STEP_MS).expect("a time after 1970");
    let longest = PAPERS
        .iter()
        .map(|paper| paper.stories.len())
        .max()
        .unwrap_or(0);
    let numbers = (0..(longest * PAPERS.len()) as u64).map(|back| newest - 20 - back);
    numbers
        .filter_map(|number| Edition::of(number, NOW))
        .collect()
}

/// Clutter that the stories carry as plain paragraphs, as editors paste it.
const PASTED: [&str; 3] = [
    "Story continues below",
    "Download our app for alerts that reach you first.",
    "Follow us on all channels for more stories from the islands.",
];

fn paragraphs(edition: &Edition) -> Vec<String> {
    let update = edition.updated_ms.and(edition.story.update.as_ref());
    let parts = edition.story.parts.iter().filter_map(|part| match part {
        Part::Paragraph(text) if !PASTED.contains(&text.as_str()) => Some(text),
        _ => None,
    });
    parts.chain(update).map(|text| edition.fill(text)).collect()
}

fn differences(name: &str, of: impl Fn(&Edition) -> String) -> Vec<String> {
    let mut found = Vec::new();
    for edition in editions() {
        let title = edition.title();
        let hints = Hints {
            title: Some(&title),
            ..Hints::default()
        };
        let cleaned = clean_html(&of(&edition), &hints).expect("a small page");
        let texts: Vec<String> = cleaned
            .blocks
            .iter()
            .map(|block| block.text.clone())
            .collect();
        // The note of a correction is the editor's own; it may stay or go.
        let note = |text: &String| {
            edition
                .story
                .correction
                .as_ref()
                .is_some_and(|n| text.contains(n))
        };
        let expected = paragraphs(&edition);
        let slug = edition.slug();
        for text in expected.iter().filter(|text| !texts.contains(text)) {
            found.push(format!("{name} {slug}: lost: {text}"));
        }
        for text in texts
            .iter()
            .filter(|text| !expected.contains(text) && !note(text))
        {
            found.push(format!("{name} {slug}: left: {text}"));
        }
    }
    found
}

#[test]
fn the_stories_of_the_demo_come_out_whole_and_without_their_clutter() {
    let base = "http://127.0.0.1:1";
    let mut found = differences("content", |edition| html(edition, base));
    found.extend(differences("page", |edition| page(edition, base).text));
    assert!(
        found.is_empty(),
        "{} differences:\n{}",
        found.len(),
        found.join("\n")
    );
}
