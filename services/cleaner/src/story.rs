//! From a raw item to a clean story.

use wiredesk_cleaning::{
    CleanError, Cleaned, Hints, PageFigures, PublisherRules, RULES_VERSION, clean_html, clean_text,
};
use wiredesk_formats::{Base, decode_text};
use wiredesk_model::{CleanStory, Payload, QualityFlag, RawItem, count_words};

use crate::said::fields_of;

/// Why no story came of an item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoryError {
    /// Nothing in it could be the body of a story.
    #[error("no body in the {tried} of story {story}")]
    NoBody {
        /// The story.
        story: String,
        /// What was looked at: `page`, `content`, `summary`, `document`.
        tried: String,
    },
    /// The page bars the way to the story, and the feed carries no body.
    #[error(
        "the page of story {story} is {what}, and the feed carries no body of it; try again later, or read the feed alone"
    )]
    Barred {
        /// The story.
        story: String,
        /// What bars the way.
        what: &'static str,
    },
    /// What carries the body is over the limit.
    #[error("story {story}: {source}")]
    Refused {
        /// The story.
        story: String,
        /// What is wrong with it.
        source: CleanError,
    },
}

/// A part of the item that may carry the body.
struct Candidate {
    /// As in [`CleanStory::body_from`].
    from: &'static str,
    text: String,
    is_html: bool,
}

/// A cleaned item, with what the cleaner learns from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CleanedItem {
    pub story: CleanStory,
    /// First byte of each block in its input, and first byte behind it.
    pub sources: Vec<(u64, u64)>,
    /// What the page was like, where one was read.
    pub page: Option<PageFigures>,
}

/// Cleans a raw item: the page's body where there is one, else the content of the feed, else its
/// summary.
///
/// `raw_ref` names the raw record: `raw/3/42`.
///
/// # Errors
/// Where no part has a body, or the only one that could is over the limit.
pub fn clean_raw(
    raw: &RawItem,
    raw_ref: &str,
    rules: &PublisherRules,
) -> Result<CleanStory, StoryError> {
    clean_item(raw, raw_ref, rules).map(|item| item.story)
}

/// [`clean_raw`] with what the cleaner learns from.
pub(crate) fn clean_item(
    raw: &RawItem,
    raw_ref: &str,
    rules: &PublisherRules,
) -> Result<CleanedItem, StoryError> {
    let title = raw.item.title.as_deref().map(plain);
    let fields = fields_of(&raw.item);
    let mut tried = Vec::new();
    let mut refused = None;
    let mut barrier = None;
    for candidate in candidates(raw) {
        tried.push(candidate.from);
        let is_page = matches!(candidate.from, "page" | "document");
        let hints = Hints {
            url: address(raw, rules),
            title: title.as_deref(),
            fields: &fields,
            publishers: is_page.then_some(rules),
            wants_media: true,
            ..Hints::default()
        };
        let cleaned = if candidate.is_html {
            clean_html(&candidate.text, &hints)
        } else {
            clean_text(&candidate.text, &hints)
        };
        match cleaned {
            Ok(cleaned) if is_page && cleaned.barrier.is_some() => barrier = cleaned.barrier,
            Ok(cleaned) if !cleaned.blocks.is_empty() => {
                let found = Found {
                    from: candidate.from,
                    cleaned,
                    barrier,
                };
                return Ok(item_of(raw, raw_ref, title, found));
            }
            Ok(_) => {}
            Err(error) => refused = Some(error),
        }
    }
    // A kill has no body, and a picture has only its caption; both are for subscribers to know.
    if raw.item.wire.is_some() && refused.is_none() {
        let found = Found {
            from: "none",
            cleaned: Cleaned::default(),
            barrier,
        };
        return Ok(item_of(raw, raw_ref, title, found));
    }
    let story = raw.story.to_string();
    if let Some(what) = barrier {
        return Err(StoryError::Barred { story, what });
    }
    Err(match refused {
        Some(source) => StoryError::Refused { story, source },
        None => StoryError::NoBody {
            story,
            tried: if tried.is_empty() {
                "item".to_owned()
            } else {
                tried.join(", ")
            },
        },
    })
}

/// The address that a publisher rule is looked for under: where the page was in the end, or else
/// where the item said it is.
fn address<'a>(raw: &'a RawItem, rules: &PublisherRules) -> Option<&'a str> {
    let link = raw.item.link.as_deref();
    let answered = raw.page_http.as_ref().map(|http| http.url.as_str());
    answered
        .filter(|url| rules.for_url(url).is_some())
        .or(link)
        .or(answered)
}

/// The parts that may carry the body, the best first.
fn candidates(raw: &RawItem) -> Vec<Candidate> {
    let mut found = Vec::new();
    if let Some(page) = &raw.page {
        let is_html = !page.media_type.eq_ignore_ascii_case("text/plain");
        found.push(Candidate {
            from: "page",
            text: decoded(page),
            is_html,
        });
    }
    let is_document = matches!(
        essence(&raw.payload.media_type),
        "text/html" | "text/plain" | "application/xhtml+xml"
    );
    let parts = [
        ("content", &raw.item.content),
        ("summary", &raw.item.summary),
    ];
    for (from, part) in parts {
        if let Some(text) = part.as_deref().filter(|text| !text.trim().is_empty()) {
            found.push(Candidate {
                from: if is_document && from == "content" {
                    "document"
                } else {
                    from
                },
                is_html: looks_like_html(text),
                text: text.to_owned(),
            });
        }
    }
    if is_document && raw.item.content.is_none() {
        found.push(Candidate {
            from: "document",
            text: decoded(&raw.payload),
            is_html: essence(&raw.payload.media_type) != "text/plain",
        });
    }
    found
}

/// The media type without parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

fn decoded(payload: &Payload) -> String {
    let hints = wiredesk_formats::Hints {
        content_type: Some(payload.media_type.clone()),
        charset: payload.charset.clone(),
        ..wiredesk_formats::Hints::default()
    };
    decode_text(&payload.bytes, &hints).text.into_owned()
}

/// Whether a text of a feed is HTML: it holds a tag or a character reference.
fn looks_like_html(text: &str) -> bool {
    let has_tag = text.match_indices('<').any(|(at, _)| {
        let behind = &text[at + 1..];
        behind.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'))
            && behind.contains('>')
    });
    let has_reference = text.match_indices('&').any(|(at, _)| {
        let name = text[at + 1..].split(';').next().unwrap_or_default();
        (2..10).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
    });
    has_tag || has_reference
}

/// A title or teaser as plain text, in one line.
fn plain(text: &str) -> String {
    let text = if looks_like_html(text) {
        wiredesk_cleaning::plain_text(text)
    } else {
        text.to_owned()
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What was found to be the body.
struct Found {
    from: &'static str,
    cleaned: Cleaned,
    /// What barred the way to the page.
    barrier: Option<&'static str>,
}

fn item_of(raw: &RawItem, raw_ref: &str, title: Option<String>, mut found: Found) -> CleanedItem {
    complete_addresses(raw, found.from, &mut found.cleaned);
    let is_page = matches!(found.from, "page" | "document");
    let page = match found.barrier {
        Some(_) => Some(barred_page()),
        None => is_page.then(|| figures_of(&found.cleaned)),
    };
    CleanedItem {
        sources: found.cleaned.sources.clone(),
        page,
        story: story_of(raw, raw_ref, title, found),
    }
}

/// Pictures and embeds with addresses in full; those that lead nowhere on the web go.
fn complete_addresses(raw: &RawItem, from: &str, cleaned: &mut Cleaned) {
    let answered = raw.page_http.as_ref().filter(|_| from == "page");
    let answered = answered.map(|http| http.url.as_str());
    let base = Base::of(answered.or(raw.item.link.as_deref()));
    cleaned.media.retain_mut(|media| {
        if let Some(url) = base.resolve(&media.url) {
            media.url = url;
        }
        media.url.starts_with("http://") || media.url.starts_with("https://")
    });
}

/// The figures of a page that bars the way.
pub(crate) fn barred_page() -> PageFigures {
    PageFigures {
        is_barred: true,
        ..PageFigures::default()
    }
}

fn figures_of(cleaned: &Cleaned) -> PageFigures {
    let words = |text: &str| count_words(text) as usize;
    let kept = words(&cleaned.text);
    let gone: usize = cleaned.removed.iter().map(|one| words(&one.text)).sum();
    PageFigures {
        words: kept as u32,
        link_share: cleaned.page.link_share.unwrap_or_default() as f32,
        removed_share: gone as f32 / (kept + gone).max(1) as f32,
        has_rule_body: cleaned.publisher.as_ref().map(|note| !note.lacks_body),
        missed: cleaned
            .publisher
            .as_ref()
            .map(|note| note.missed.clone())
            .unwrap_or_default(),
        is_barred: false,
        usual: None,
    }
}

/// Flags that follow from which part carried the body.
fn flags_of(raw: &RawItem, found: &Found) -> Vec<QualityFlag> {
    let Found {
        from,
        cleaned,
        barrier,
    } = found;
    let is_missing =
        raw.page.is_none() && raw.page_error.is_some() || raw.page.is_some() && *from != "page";
    let is_feed = matches!(*from, "content" | "summary");
    let flags = [
        (*from == "summary", QualityFlag::TeaserOnly),
        (is_missing, QualityFlag::PageMissing),
        (is_feed && breaks_off(cleaned), QualityFlag::TruncatedFeed),
        (barrier.is_some(), QualityFlag::Blocked),
    ];
    let applying = flags.into_iter().filter(|(applies, _)| *applies);
    applying.map(|(_, flag)| flag).collect()
}

/// Whether the text of a feed ends where one must go on reading elsewhere.
fn breaks_off(cleaned: &Cleaned) -> bool {
    const MARKS: [&str; 5] = ["…", "...", "[…]", "[...]", "(...)"];
    let text = cleaned.text.trim_end();
    let points_on = cleaned.removed.last().is_some_and(|last| {
        last.rule == "pointer" && last.after_block as usize == cleaned.blocks.len()
    });
    points_on || MARKS.iter().any(|mark| text.ends_with(mark))
}

fn story_of(raw: &RawItem, raw_ref: &str, title: Option<String>, found: Found) -> CleanStory {
    let flags = flags_of(raw, &found);
    let Found { from, cleaned, .. } = found;
    let mut quality = cleaned.quality;
    quality.extend(flags);
    let has_summary = from != "summary";
    let summary = raw
        .item
        .summary
        .as_deref()
        .filter(|_| has_summary)
        .map(plain);
    let mut item = raw.item.clone();
    let declared_language = item
        .language
        .clone()
        .or(cleaned.language_declared)
        .or_else(|| raw.feed_language.clone());
    item.content = None;
    item.summary = None;
    CleanStory {
        story: raw.story.clone(),
        version: raw.version,
        identity: raw.identity.clone(),
        source: raw.source.clone(),
        feed: raw.feed.clone(),
        run: raw.run.clone(),
        fetched_at: raw.fetched_at,
        raw_hash: raw.hash.clone(),
        raw_ref: raw_ref.to_owned(),
        item,
        summary: summary.filter(|summary| !summary.is_empty()),
        feed_title: raw.feed_title.clone(),
        declared_language,
        page_byline: cleaned.byline,
        page_published: cleaned.published,
        page: cleaned.page,
        title: title
            .filter(|title| !title.is_empty())
            .or(cleaned.title)
            .unwrap_or_default(),
        body_from: from.to_owned(),
        blocks: cleaned.blocks,
        text: cleaned.text,
        media: cleaned.media,
        removed: cleaned.removed,
        credits: cleaned.credits,
        quality,
        http: if from == "page" {
            raw.page_http.clone()
        } else {
            raw.http.clone()
        },
        rules_version: RULES_VERSION.to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use wiredesk_model::{FeedId, Item, RunId, SourceId, StoryId, Timestamp, Version};

    const PARAGRAPH: &str = "The council met on Monday and put off its vote on the harbour wall until the end of the month, \
                             a spokeswoman said in a statement to the press.";

    fn raw(item: Item) -> RawItem {
        RawItem {
            story: StoryId::new("s1"),
            version: Version::FIRST,
            identity: "guid".to_owned(),
            source: SourceId::new("harbour"),
            feed: FeedId::new("harbour/main"),
            run: RunId::live(),
            fetched_at: Timestamp::UNIX_EPOCH,
            payload: Payload {
                media_type: "application/rss+xml".to_owned(),
                ..Payload::default()
            },
            hash: "h".to_owned(),
            item,
            feed_title: None,
            feed_language: Some("en".to_owned()),
            http: None,
            page: None,
            page_http: None,
            page_error: None,
        }
    }

    /// A clean story of these paragraphs.
    pub(crate) fn clean_story(paragraphs: &[&str]) -> CleanStory {
        let item = Item {
            content: Some(PARAGRAPH.to_owned()),
            ..Item::default()
        };
        let mut story =
            clean_raw(&raw(item), "raw/0/7", &PublisherRules::default()).expect("a body");
        story.blocks = paragraphs
            .iter()
            .map(|text| wiredesk_model::Block::paragraph(*text))
            .collect();
        story.text = paragraphs.join("\n\n");
        story
    }

    #[test]
    fn a_page_that_bars_the_way_gives_way_to_the_feed_or_is_set_aside() {
        let barred = Payload {
            media_type: "text/html".to_owned(),
            charset: None,
            bytes: b"<html><title>Just a moment...</title><p>Checking your browser before you go on.</p></html>".to_vec(),
        };
        let mut with_content = raw(Item {
            content: Some(PARAGRAPH.to_owned()),
            ..Item::default()
        });
        with_content.page = Some(barred.clone());
        let item =
            clean_item(&with_content, "raw/0/7", &PublisherRules::default()).expect("a body");
        assert_eq!(item.story.text, PARAGRAPH);
        assert!(item.story.quality.contains(&QualityFlag::Blocked));
        assert!(item.page.is_some_and(|page| page.is_barred));
        let mut without = raw(Item::default());
        without.page = Some(barred);
        let error = clean_raw(&without, "raw/0/7", &PublisherRules::default()).expect_err("none");
        assert!(
            error
                .to_string()
                .starts_with("the page of story s1 is a check for robots"),
            "{error}"
        );
    }

    #[test]
    fn a_text_that_breaks_off_is_flagged() {
        for (text, breaks_off) in [
            ("The council met on Monday and put off […]", true),
            ("The council met on Monday and put off its vote…", true),
            (PARAGRAPH, false),
        ] {
            let item = Item {
                content: Some(text.to_owned()),
                ..Item::default()
            };
            let story =
                clean_raw(&raw(item), "raw/0/7", &PublisherRules::default()).expect("a body");
            let found = story.quality.contains(&QualityFlag::TruncatedFeed);
            assert_eq!(found, breaks_off, "{text}");
        }
    }

    #[test]
    fn content_comes_before_the_summary() {
        let item = Item {
            title: Some("Harbour &amp; wall".to_owned()),
            content: Some(format!("<p>{PARAGRAPH}</p><p>Advertisement</p>")),
            summary: Some("A <b>teaser</b>".to_owned()),
            ..Item::default()
        };
        let story = clean_raw(&raw(item), "raw/0/7", &PublisherRules::default()).expect("a body");
        assert_eq!(story.body_from, "content");
        assert_eq!(story.text, PARAGRAPH);
        assert_eq!(story.title, "Harbour & wall");
        assert_eq!(story.summary.as_deref(), Some("A teaser"));
        assert!(story.item.content.is_none() && story.item.summary.is_none());
        assert_eq!(story.raw_ref, "raw/0/7");
    }

    #[test]
    fn a_page_without_a_body_gives_way_to_the_feed() {
        let mut raw = raw(Item {
            content: Some(PARAGRAPH.to_owned()),
            ..Item::default()
        });
        raw.page = Some(Payload {
            media_type: "text/html; charset=utf-8".to_owned(),
            charset: None,
            bytes: b"<html><body></body></html>".to_vec(),
        });
        let story = clean_raw(&raw, "raw/0/7", &PublisherRules::default()).expect("a body");
        assert_eq!(story.body_from, "content");
        assert!(story.quality.contains(&QualityFlag::PageMissing));
    }

    #[test]
    fn a_teaser_alone_is_a_short_story() {
        let story = clean_raw(
            &raw(Item {
                summary: Some("Harbour reopens on Monday.".to_owned()),
                ..Item::default()
            }),
            "raw/0/7",
            &PublisherRules::default(),
        )
        .expect("a body");
        assert_eq!(story.body_from, "summary");
        assert!(story.quality.contains(&QualityFlag::TeaserOnly));
        assert_eq!(story.summary, None);
    }

    #[test]
    fn a_wire_item_goes_on_without_a_body() {
        let story = clean_raw(
            &raw(Item {
                title: Some("KILL: harbour wall".to_owned()),
                wire: Some(Box::default()),
                ..Item::default()
            }),
            "raw/0/7",
            &PublisherRules::default(),
        )
        .expect("a story");
        assert_eq!(
            (story.body_from.as_str(), story.text.as_str()),
            ("none", "")
        );
    }

    #[test]
    fn nothing_at_all_is_an_error_that_says_what_was_tried() {
        let error = clean_raw(&raw(Item::default()), "raw/0/7", &PublisherRules::default())
            .expect_err("no body");
        assert_eq!(error.to_string(), "no body in the item of story s1");
    }
}
