//! The article that an editor cleaned by hand, paragraph by paragraph.

use std::path::Path;

use wiredesk_cleaning::{Hints, clean_html, clean_text};
use wiredesk_testkit::skip::skipped;

fn seed() -> Option<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/seed");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let found = read("article.txt").zip(read("expected.txt"));
    if found.is_none() {
        skipped(
            "the article that an editor cleaned by hand",
            "no ../shared/seed beside the project",
        );
    }
    found
}

/// Paragraphs, white space folded.
fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty())
        .collect()
}

#[test]
fn the_edited_article_comes_out_exactly() {
    let Some((article, expected)) = seed() else {
        return;
    };
    let cleaned = clean_text(&article, &Hints::default()).expect("within limits");
    assert_eq!(paragraphs(&cleaned.text), paragraphs(&expected));
    for removal in &cleaned.removed {
        let (start, end) = (removal.start.expect("known"), removal.end.expect("known"));
        assert_eq!(article[start as usize..end as usize].trim(), removal.text);
    }
}

#[test]
fn the_edited_article_comes_out_exactly_from_a_page() {
    let Some((article, expected)) = seed() else {
        return;
    };
    let body: String = article
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| format!("<p>{line}</p>\n"))
        .collect();
    let page = format!(
        "<html><head><title>Arms talks - Daily Wire</title></head><body><nav><a href='/'>Home</a></nav>\
         <article><h1>Arms talks</h1>{body}</article><footer><p>© Daily Wire</p></footer></body></html>"
    );
    let cleaned = clean_html(&page, &Hints::default()).expect("within limits");
    assert_eq!(paragraphs(&cleaned.text), paragraphs(&expected));
}
