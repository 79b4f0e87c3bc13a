//! From a clean story to the article record.

use wiredesk_model::{
    ARTICLE_SCHEMA, ArticleRecord, Block, BlockKind, CleanStory, ContentHash, Language, PageFacts,
    PubStatus, QualityFlag, Wire,
};

use crate::agency::{agency_in_sign_off, agency_named};
use crate::article::{Findings, article};
use crate::byline::byline;
use crate::change::change_class;
use crate::dateline::{dateline, dateline_of, leading_credit};
use crate::dates::story_dates;
use crate::hash::text_hash;
use crate::language::{detect_language, normalize_tag};
use crate::uri::web_address;
use crate::words::count_words;
use crate::xhtml::is_xml_character;

/// What an operator can set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrichSettings {
    /// A body of fewer words is flagged as short.
    pub short_below_words: u64,
}

impl Default for EnrichSettings {
    fn default() -> Self {
        Self {
            short_below_words: 50,
        }
    }
}

/// Makes the article record of a clean story. The same story gives the same record.
///
/// The record of a story that its provider withdrew says so and holds none of its text.
///
/// ```
/// # let json = include_str!("../tests/data/clean_story.json");
/// let story: wiredesk_model::CleanStory = serde_json::from_str(json)?;
/// let record = wiredesk_enrichment::enrich(&story, &Default::default());
/// assert_eq!(record.article.located.as_deref(), Some("GREENHAVEN"));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn enrich(story: &CleanStory, settings: &EnrichSettings) -> ArticleRecord {
    let body = Body::of(story);
    let byline = byline(story);
    let dateline = dateline(&body.blocks);
    let agency = dateline
        .and_then(|dateline| dateline.agency)
        .or_else(|| leading_credit(&body.blocks.first()?.text))
        .or_else(|| agency_of_wire(story))
        .or(byline.agency)
        .or_else(|| agency_in_sign_off(&body.blocks, &story.removed));
    let dates = story_dates(story);
    let words = count_words(&body.counted);
    let language = language_of(story, &body);
    let quality = quality_of(story, words, settings, dates.is_guessed);
    let findings = Findings {
        body: &body,
        byline,
        place: dateline.map(|dateline| dateline.place),
        agency,
        language: &language,
        dates: &dates,
        words,
        is_teaser: quality.contains(&QualityFlag::TeaserOnly),
    };
    let article = article(story, &findings);
    let mut wire = Wire {
        source: story.source.clone(),
        feed: story.feed.clone(),
        run: story.run.clone(),
        fetched_at: story.fetched_at,
        identity: story.identity.clone(),
        url: story.item.link.as_deref().and_then(web_address),
        raw_ref: story.raw_ref.clone(),
        change: change_class(story, &body.blocks),
        superseded: false,
        revision: 0,
        changes: None,
        chain: None,
        dateline: dateline
            .map(|dateline| dateline.text.to_owned())
            .or_else(|| dateline_of_wire(story)),
        agency: agency.map(str::to_owned),
        words,
        hash: ContentHash {
            raw: story.raw_hash.clone(),
            text: text_hash(&body.text),
        },
        body_from: story.body_from.clone(),
        quality,
        removed: story.removed.clone(),
        credits: story.credits.clone(),
        page: story.page.clone(),
        rules_version: story.rules_version.clone(),
        language,
        published: dates.published,
        updated: dates.updated,
    };
    if article.pub_status != PubStatus::Usable {
        say_nothing_of_the_content(&mut wire);
    }
    ArticleRecord {
        schema: ARTICLE_SCHEMA.to_owned(),
        article,
        wire,
    }
}

/// Of what is not public only ids, status and times are told: an address is often the headline, and
/// a length or a hash confirms a guess at the text.
fn say_nothing_of_the_content(wire: &mut Wire) {
    wire.url = None;
    wire.page = PageFacts::default();
    wire.dateline = None;
    wire.agency = None;
    wire.removed = Vec::new();
    wire.credits = Vec::new();
    wire.words = 0;
    wire.hash.text = String::new();
    wire.quality = Vec::new();
    wire.language = Language {
        declared: None,
        detected: None,
        confidence: None,
    };
}

/// The dateline that a wire sends apart from the text, without the dash at its end.
fn dateline_of_wire(story: &CleanStory) -> Option<String> {
    let sent = story.item.wire.as_deref()?.dateline.as_deref()?;
    let bare = sent.trim().trim_end_matches(['-', '–', '—']).trim_end();
    (!bare.is_empty()).then(|| bare.to_owned())
}

/// The agency in the dateline or the credit line that a wire sends apart from the text.
fn agency_of_wire(story: &CleanStory) -> Option<&'static str> {
    let in_dateline = dateline_of_wire(story).and_then(|dateline| {
        let sentence = format!("{dateline} – X");
        dateline_of(&sentence).and_then(|found| found.agency)
    });
    in_dateline.or_else(|| agency_named(story.item.wire.as_deref()?.credit_line.as_deref()?))
}

/// The body in the forms that the enrichers read.
pub(crate) struct Body {
    /// The blocks; where the story has only text, its paragraphs.
    pub(crate) blocks: Vec<Block>,
    /// The body as plain text, paragraphs separated by an empty line.
    pub(crate) text: String,
    /// The same without captions, which ninjs leaves out of the counts.
    pub(crate) counted: String,
}

impl Body {
    fn of(story: &CleanStory) -> Self {
        let mut blocks = if story.blocks.is_empty() {
            paragraphs_of(&story.text)
        } else {
            story.blocks.clone()
        };
        let is_dated = put_dateline_in_front(story, &mut blocks);
        let joined = |keeps: fn(&Block) -> bool| {
            let texts: Vec<&str> = blocks
                .iter()
                .filter(|block| keeps(block))
                .map(|block| block.text.as_str())
                .collect();
            texts.join("\n\n")
        };
        let counted = joined(|block| block.kind != BlockKind::Caption);
        let text = if is_dated || story.text.trim().is_empty() {
            joined(|_| true)
        } else {
            story.text.clone()
        };
        let text = text
            .chars()
            .filter(|letter| is_xml_character(*letter))
            .collect();
        Self {
            blocks,
            text,
            counted,
        }
    }
}

/// A dateline that a wire sends apart, to be printed in front of a text without one, as other
/// renderings of the story have it. Tells whether it was put there.
fn put_dateline_in_front(story: &CleanStory, blocks: &mut [Block]) -> bool {
    let sent = story
        .item
        .wire
        .as_deref()
        .and_then(|facts| facts.dateline.as_deref());
    let is_printed = |text: &&str| text.ends_with(['-', '–', '—']);
    let Some(sent) = sent.map(str::trim).filter(is_printed) else {
        return false;
    };
    let is_paragraph = |block: &Block| block.kind == BlockKind::Paragraph;
    let first = blocks.iter().position(is_paragraph);
    let Some(first) = first.filter(|_| dateline(blocks).is_none()) else {
        return false;
    };
    if starts_with(&blocks[first].text, sent) {
        return false;
    }
    blocks[first].text.insert_str(0, &format!("{sent} "));
    true
}

/// Whether a text begins with another, whatever the white space and case of the two.
fn starts_with(text: &str, start: &str) -> bool {
    let mut own = letters(text);
    letters(start).all(|letter| own.next() == Some(letter))
}

fn letters(text: &str) -> impl Iterator<Item = char> {
    let visible = text.chars().filter(|letter| !letter.is_whitespace());
    visible.flat_map(char::to_lowercase)
}

fn paragraphs_of(text: &str) -> Vec<Block> {
    text.split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
        .map(Block::paragraph)
        .collect()
}

/// The body decides; a story with hardly any lends its title.
fn language_of(story: &CleanStory, body: &Body) -> Language {
    let detected = detect_language(&format!("{}\n{}", story.title, body.counted));
    let declared = story
        .item
        .language
        .as_deref()
        .and_then(normalize_tag)
        .or_else(|| story.declared_language.as_deref().and_then(normalize_tag));
    Language {
        declared,
        detected: detected.map(|found| found.tag.to_owned()),
        confidence: detected.map(|found| in_hundredths(found.confidence)),
    }
}

/// A share that any JSON reader gives back as it was written.
fn in_hundredths(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}

fn quality_of(
    story: &CleanStory,
    words: u64,
    settings: &EnrichSettings,
    is_date_guessed: bool,
) -> Vec<QualityFlag> {
    let mut quality = story.quality.clone();
    let mut flag = |applies: bool, flag: QualityFlag| {
        if applies && !quality.contains(&flag) {
            quality.push(flag);
        }
    };
    flag(words < settings.short_below_words, QualityFlag::Short);
    flag(is_date_guessed, QualityFlag::DateGuessed);
    quality
}

#[cfg(test)]
mod tests {
    use wiredesk_model::WireFacts;

    use super::*;
    use crate::sample::story;

    #[test]
    fn a_dateline_sent_apart_is_printed_in_front_of_a_text_without_one() {
        let said = "The ferry sails again, its master said.";
        let cases = [
            (
                "PORT LORNE (hw) - ",
                said,
                "PORT LORNE (hw) - The ferry sails again, its master said.",
            ),
            (
                "PORT LORNE (hw) - ",
                "Port Lorne (HW) - The ferry sails again.",
                "Port Lorne (HW) - The ferry sails again.",
            ),
            (
                "PORT LORNE - ",
                "PORT LORNE, June 3 (AFP) - The ferry sails.",
                "PORT LORNE, June 3 (AFP) - The ferry sails.",
            ),
            // Not as it is printed.
            ("PORT LORNE", said, said),
        ];
        for (sent, text, expected) in cases {
            let mut story = story("Ferry", &[text]);
            story.item.wire = Some(Box::new(WireFacts {
                dateline: Some(sent.to_owned()),
                ..WireFacts::default()
            }));
            let body = Body::of(&story);
            assert_eq!(body.blocks[0].text, expected);
            assert_eq!(body.text, expected);
        }
    }
}
