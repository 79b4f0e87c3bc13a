//! Where the lines of a page hold no story: the text that its structured data gives, or what it shows
//! those who run no scripts.

use wiredesk_model::{BodyPlace, QualityFlag};

use crate::body;
use crate::cleaned::Cleaned;
use crate::draft::Draft;
use crate::html::{Page, Token, Tokenizer, decode, read_page};
use crate::rules;
use crate::structure::Structure;
use crate::text;

/// Where the model is no surer than this of the lines, it found none that is likely.
const UNLIKELY: f64 = 0.4;
/// A text with fewer words is no story, but a notice that scripts are needed, or a teaser.
const STORY_WORDS: u64 = 40;

/// Takes the body from elsewhere where the lines of the page have none, and says so.
pub(crate) fn fill(cleaned: &mut Cleaned, html: &str, page: &Page) {
    let is_unlikely = cleaned.page.confidence.is_some_and(|sure| sure <= UNLIKELY);
    if page.is_fragment || !(cleaned.blocks.is_empty() || is_unlikely) {
        return;
    }
    let found = of_data(cleaned, page).or_else(|| of_noscript(cleaned, html, page));
    if let Some(found) = found {
        *cleaned = found;
        cleaned.flag(QualityFlag::LowConfidence);
    }
}

/// The text that the structured data of the page gives: none of it stands in the page as it is, so
/// nothing says where.
fn of_data(cleaned: &Cleaned, page: &Page) -> Option<Cleaned> {
    let body = page.meta.data.body.as_deref()?;
    let is_html = ["</", "<p", "<br"].iter().any(|tag| body.contains(tag));
    let mut found = if is_html {
        let page = read_page(body);
        let draft = body::draft_of(&page, cleaned.title.as_deref(), None);
        taken(cleaned, draft, Structure::of(body, &page))
    } else {
        let draft = text::draft_of(&decode(body, false));
        taken(cleaned, draft, Structure::default())
    };
    found.sources.clear();
    for removal in &mut found.removed {
        (removal.start, removal.end) = (None, None);
    }
    found.page.body_place = Some(BodyPlace::StructuredData);
    is_story(&found).then_some(found)
}

/// The longest of the parts that are shown to those who run no scripts.
fn of_noscript(cleaned: &Cleaned, html: &str, page: &Page) -> Option<Cleaned> {
    let element = page
        .noscripts
        .iter()
        .max_by_key(|(start, end)| end - start)?;
    let whole = html.get(element.0 as usize..element.1 as usize)?;
    let Some(Token::Skipped { content, .. }) = Tokenizer::new(whole).next() else {
        return None;
    };
    let offset = content.as_ptr() as u64 - html.as_ptr() as u64;
    let part = read_page(content);
    let draft = body::draft_of(&part, cleaned.title.as_deref(), None);
    let mut found = taken(cleaned, draft, Structure::of(content, &part));
    for source in &mut found.sources {
        *source = (source.0 + offset, source.1 + offset);
    }
    for removal in &mut found.removed {
        removal.start = removal.start.map(|start| start + offset);
        removal.end = removal.end.map(|end| end + offset);
    }
    found.page.body_place = Some(BodyPlace::Noscript);
    is_story(&found).then_some(found)
}

/// What the page says of itself, with the body of another draft.
fn taken(cleaned: &Cleaned, mut draft: Draft, structure: Structure<'_>) -> Cleaned {
    draft.title.clone_from(&cleaned.title);
    rules::apply_all(&mut draft);
    let mut found = Cleaned {
        blocks: Vec::new(),
        sources: Vec::new(),
        removed: Vec::new(),
        quality: Vec::new(),
        ..cleaned.clone()
    };
    found.take_draft(draft, structure);
    found
}

fn is_story(found: &Cleaned) -> bool {
    found.words >= STORY_WORDS
}

#[cfg(test)]
mod tests {
    use wiredesk_model::{BodyPlace, QualityFlag};

    use crate::{Cleaned, Hints, clean_html};

    const ONE: &str = "The council met on Monday and put off its vote on the harbour wall until the end of the \
        month, a spokeswoman said in a statement to the press.";
    const TWO: &str = "The wall was built in 1911, and it has been mended four times since then, the last time in the \
        autumn of 2019, after a storm.";

    fn clean(html: &str) -> Cleaned {
        clean_html(html, &Hints::default()).expect("within limits")
    }

    fn shell(head: &str, body: &str) -> String {
        format!(
            "<html><head><title>The wall</title>{head}</head><body><div id=root></div>{body}</body></html>"
        )
    }

    fn data(text: &str) -> String {
        let text = serde_json::to_string(text).expect("JSON");
        format!(
            "<script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\"articleBody\":{text}}}</script>"
        )
    }

    #[test]
    fn a_page_built_by_scripts_has_the_text_of_its_data() {
        for text in [
            format!("{ONE}\n\nAdvertisement\n\n{TWO}"),
            format!("<p>{ONE}</p><p>Advertisement</p><p>{TWO}</p>"),
            format!("{ONE}\n\nAdvertisement\n\n{TWO}").replace("harbour wall", "harbour&nbsp;wall"),
        ] {
            for rest in ["", "<p>Loading…</p>"] {
                let cleaned = clean(&shell(&data(&text), rest));
                let kept = cleaned.text.replace('\u{a0}', " ");
                assert_eq!(kept, format!("{ONE}\n\n{TWO}"), "{rest}");
                assert_eq!(cleaned.removed[0].rule, "advert-marker");
                assert_eq!(cleaned.removed[0].start, None);
                assert_eq!(cleaned.page.body_place, Some(BodyPlace::StructuredData));
                assert!(cleaned.quality.contains(&QualityFlag::LowConfidence));
            }
        }
    }

    #[test]
    fn what_is_shown_without_scripts_is_read_where_nothing_else_is() {
        let inner = format!("<noscript><p>{ONE}</p><p>Advertisement</p><p>{TWO}</p></noscript>");
        let html = shell("", &inner);
        let cleaned = clean(&html);
        assert_eq!(cleaned.text, format!("{ONE}\n\n{TWO}"));
        assert_eq!(cleaned.page.body_place, Some(BodyPlace::Noscript));
        let (start, end) = cleaned.sources[1];
        assert_eq!(&html[start as usize..end as usize], TWO);
        let start = cleaned.removed[0].start.expect("a place") as usize;
        assert!(html[start..].starts_with("Advertisement"));
    }

    #[test]
    fn notices_teasers_and_pages_with_a_body_stay_as_they_are() {
        let notice = "<noscript><p>You need to switch scripts on to read this page.</p></noscript>";
        assert_eq!(clean(&shell("", notice)).text, "");
        let body = format!("<article><h1>The wall</h1><p>{ONE}</p><p>{TWO}</p></article>");
        let other =
            data(&"Nine boats left the quay at dawn for the season's first race. ".repeat(9));
        let cleaned = clean(&shell(&other, &body));
        assert!(cleaned.text.starts_with(ONE));
        assert_eq!(cleaned.page.body_place, None);
    }
}
