//! What a reader should know of the quality of a body, and pages that are none of a story.

mod agreement;
mod barrier;

use wiredesk_model::{BodyPlace, QualityFlag};

use crate::cleaned::Cleaned;
use crate::draft::in_hundredths;
use crate::html::{Meta, Page};

/// Below this the model was not sure of the lines that it took.
const SURE: f64 = 0.86;
/// Below this the body is not the one of the structured data.
const AGREED: f64 = 0.5;
/// A page of another type with fewer words tells no story.
const STORY_WORDS: usize = 120;
/// A text that ends at a prompt to subscribe, and has fewer words, is the beginning of a story.
const PAYWALLED_WORDS: usize = 250;

/// Looks at what came of a page, and flags it.
pub(crate) fn judge(cleaned: &mut Cleaned, page: &Page) {
    if page.is_fragment {
        return;
    }
    let words = cleaned.words as usize;
    cleaned.page.link_share = Some(link_share(page));
    cleaned.page.body_agreement = page
        .meta
        .data
        .body
        .as_deref()
        // A text agrees with itself.
        .filter(|_| cleaned.page.body_place != Some(BodyPlace::StructuredData))
        .and_then(|body| agreement::of(body, &cleaned.text));
    cleaned.barrier = barrier::of(page, words);
    let facts = &cleaned.page;
    let is_doubtful = facts.confidence.is_some_and(|sure| sure < SURE)
        || facts.body_agreement.is_some_and(|share| share < AGREED);
    let flags = [
        (cleaned.barrier.is_some(), QualityFlag::Blocked),
        (
            is_paywalled(cleaned, &page.meta, words),
            QualityFlag::Paywalled,
        ),
        (is_no_article(&page.meta, words), QualityFlag::NotAnArticle),
        (is_doubtful, QualityFlag::LowConfidence),
    ];
    for (_, flag) in flags.into_iter().filter(|(applies, _)| *applies) {
        cleaned.flag(flag);
    }
}

/// Share of the page's text that stands in links.
fn link_share(page: &Page) -> f64 {
    let links: u64 = page
        .lines
        .iter()
        .map(|line| u64::from(line.link_bytes))
        .sum();
    let all: u64 = page
        .lines
        .iter()
        .map(|line| u64::from(line.end - line.start))
        .sum();
    in_hundredths(links as f32 / all.max(1) as f32)
}

/// Whether the page says that it is not free, or its text ends where one is asked to pay.
fn is_paywalled(cleaned: &Cleaned, meta: &Meta, words: usize) -> bool {
    let ends_at_prompt = cleaned.removed.last().is_some_and(|last| {
        last.rule == "paywall-prompt" && last.after_block as usize == cleaned.blocks.len()
    });
    meta.data.is_paywalled
        || meta.tier.as_deref() == Some("locked")
        || ends_at_prompt && words < PAYWALLED_WORDS
}

/// Whether the page says that it is of another type than a story, and has little to tell.
fn is_no_article(meta: &Meta, words: usize) -> bool {
    const OTHER_TYPES: [&str; 5] = ["website", "product", "product.group", "profile", "object"];
    let kind = meta.kind.as_deref().unwrap_or_default();
    let is_other = meta.data.is_listing || OTHER_TYPES.contains(&kind);
    is_other && !meta.data.is_story && kind != "article" && words < STORY_WORDS
}

#[cfg(test)]
mod tests {
    use wiredesk_model::QualityFlag;

    use crate::{Cleaned, Hints, clean_html};

    const STORY: &str = "<p>The council met on Monday and put off its vote on the harbour wall until the end of the \
        month, a spokeswoman said in a statement to the press.</p><p>The wall was built in 1911, and it has been \
        mended four times since then, the last time in the autumn of 2019.</p><p>The harbour board \
        wants to hear from those who live behind it before it decides what is to be done.</p>";

    fn clean(head: &str, body: &str) -> Cleaned {
        let page = format!(
            "<html><head><title>The wall</title>{head}</head><body><article>{body}</article></body></html>"
        );
        clean_html(&page, &Hints::default()).expect("within limits")
    }

    fn has(cleaned: &Cleaned, flag: QualityFlag) -> bool {
        cleaned.quality.contains(&flag)
    }

    #[test]
    fn a_page_that_is_not_free_is_flagged() {
        let data = r#"<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>"#;
        assert!(has(&clean(data, STORY), QualityFlag::Paywalled));
        let prompt = format!("{STORY}<p>To continue reading, subscribe now.</p>");
        let cleaned = clean("", &prompt);
        let goes = cleaned
            .removed
            .iter()
            .any(|one| one.rule == "paywall-prompt");
        assert_eq!(has(&cleaned, QualityFlag::Paywalled), goes, "{cleaned:?}");
        assert!(!has(&clean("", STORY), QualityFlag::Paywalled));
    }

    #[test]
    fn a_page_of_another_type_is_no_article() {
        let other = r#"<meta property="og:type" content="website">"#;
        assert!(has(&clean(other, STORY), QualityFlag::NotAnArticle));
        let story = format!(
            r#"{other}<script type="application/ld+json">{{"@type":"NewsArticle"}}</script>"#
        );
        assert!(!has(&clean(&story, STORY), QualityFlag::NotAnArticle));
        assert!(!has(&clean("", STORY), QualityFlag::NotAnArticle));
    }

    #[test]
    fn a_body_that_is_not_the_one_of_the_data_is_doubtful() {
        let data = |body: &str| {
            format!(
                r#"<script type="application/ld+json">{{"@type":"NewsArticle","articleBody":"{body}"}}</script>"#
            )
        };
        let text = "The council met on Monday and put off its vote on the harbour wall until the end of the month, \
            a spokeswoman said in a statement to the press. The wall was built in 1911, and it has been mended \
            four times since then, the last time in the autumn of 2019. The harbour board wants to hear from \
            those who live behind it before it decides what is to be done.";
        let same = clean(&data(text), STORY);
        let agreement = same.page.body_agreement;
        assert!(agreement.is_some_and(|share| share > 0.9), "{agreement:?}");
        let other = "Nine boats left the quay at dawn for the season's first race around the three islands, and by \
            noon the wind had turned so far that the stewards called all of them back to port, where a crowd of \
            some four hundred had waited since breakfast with soup, coffee and a brass band from Elsin.";
        let other = clean(&data(other), STORY);
        assert!(has(&other, QualityFlag::LowConfidence), "{:?}", other.page);
    }
}
