//! The HTML of a story, with its clutter in place.

use super::clutter::Clutter;
use super::story::{Part, mix};
use super::timeline::Edition;
use crate::escape::escape;

/// The story as HTML paragraphs; `base` is the address of the server.
pub(crate) fn html(edition: &Edition, base: &str) -> String {
    let clutter = Clutter::of(&edition.story.language);
    let mut html = String::new();
    let (mut parts, tail) = split_tail(&edition.story.parts);
    let addition = edition.updated_ms.and(edition.story.update.clone());
    let added;
    if let Some(text) = addition {
        added = [parts, &[Part::Paragraph(text)]].concat();
        parts = &added;
    }
    for (place, part) in parts.iter().enumerate() {
        html.push_str(&part_html(part, edition, base, place));
    }
    if let (Some(note), Some(_)) = (&edition.story.correction, edition.updated_ms) {
        html.push_str(&format!(
            "<p><em>{} {}</em></p>\n",
            escape(clutter.correction),
            escape(note)
        ));
    }
    for (place, part) in tail.iter().enumerate() {
        html.push_str(&part_html(part, edition, base, place));
    }
    html
}

/// The first paragraph, for a teaser.
pub(crate) fn teaser(edition: &Edition) -> String {
    edition
        .story
        .parts
        .iter()
        .find_map(|part| match part {
            Part::Paragraph(text) => Some(edition.fill(text)),
            _ => None,
        })
        .unwrap_or_default()
}

/// The parts up to the last paragraph, and the clutter behind it.
fn split_tail(parts: &[Part]) -> (&[Part], &[Part]) {
    let last = parts
        .iter()
        .rposition(|part| matches!(part, Part::Paragraph(_)))
        .map_or(0, |place| place + 1);
    parts.split_at(last)
}

fn part_html(part: &Part, edition: &Edition, base: &str, place: usize) -> String {
    let clutter = Clutter::of(&edition.story.language);
    let paper = edition.paper;
    let home = format!("{base}/{}", paper.id);
    match part {
        Part::Paragraph(text) => format!("<p>{}</p>\n", escape(&edition.fill(text))),
        Part::Advertisement => advertisement(clutter, mix(edition.number + place as u64, "ad")),
        Part::Related(stories) => related(clutter, stories, &home),
        Part::ReadMore(title) => format!(
            "<p><strong>{}</strong> <a href=\"{home}\">{}</a></p>\n",
            escape(clutter.read_more),
            escape(title)
        ),
        Part::Newsletter => format!(
            "<div class=\"newsletter-signup\"><h3>{}</h3><p>{}</p><form action=\"{home}\">\
             <input type=\"email\" placeholder=\"name@example.com\"><button>{}</button></form></div>\n",
            escape(clutter.newsletter),
            escape(clutter.newsletter_text),
            escape(clutter.subscribe)
        ),
        Part::Share => format!(
            "<p class=\"share-line\">{} <a href=\"{home}\">Facebook</a> | <a href=\"{home}\">WhatsApp</a> \
             | <a href=\"{home}\">E-Mail</a></p>\n",
            escape(clutter.share)
        ),
        Part::Corrections => format!("<p><em>{}</em></p>\n", escape(clutter.corrections)),
        Part::Copyright => format!(
            "<p>© {} {}</p>\n",
            escape(paper.title),
            escape(clutter.rights)
        ),
    }
}

/// Papers mark the place of an advertisement in more than one way.
fn advertisement(clutter: &Clutter, shape: u64) -> String {
    let word = escape(clutter.advertisement);
    match shape % 3 {
        0 => format!("<p>{word}</p>\n"),
        1 => format!("<div class=\"ad-slot\"><span>{word}</span></div>\n"),
        _ => format!("<p><strong>{}</strong></p>\n", word.to_uppercase()),
    }
}

fn related(clutter: &Clutter, stories: &[(String, String)], home: &str) -> String {
    let mut html = format!("<p>{}</p>\n", escape(clutter.related));
    for (title, text) in stories {
        html.push_str(&format!(
            "<h4><a href=\"{home}\">{}</a></h4>\n<p>{}</p>\n",
            escape(title),
            escape(text)
        ));
    }
    html
}
