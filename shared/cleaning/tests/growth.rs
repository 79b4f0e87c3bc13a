//! Time grows with the page, and no faster: what is quadratic takes sixteen times as long for four
//! times the page.

use std::time::{Duration, Instant};

use wiredesk_cleaning::{Hints, PublisherRule, PublisherRules, PublisherSpec, clean_html};

const STORY: &str = "<p>The council met on Monday and put off its vote on the harbour wall until the end of the month.</p>";
/// Elements of the smaller page.
const SMALL: usize = 1_000;
/// Four times the page may take so many times as long; the machine may be busy.
const SLACK: f64 = 9.0;
/// On a busy machine a measurement may be far off: what is linear is seen to be in one of so many.
const TRIES: usize = 8;
/// Shorter times say nothing.
const FLOOR: Duration = Duration::from_millis(40);

fn rules() -> PublisherRules {
    let list = |text: &str| vec![text.to_owned()];
    let spec = PublisherSpec {
        hosts: list("paper.example"),
        why: "for the test".to_owned(),
        body: list("main"),
        drop: list(".drop"),
        title: list(".none"),
        byline: list(".name"),
        ..PublisherSpec::default()
    };
    PublisherRules::new(vec![
        PublisherRule::new("paper", spec).expect("a sound rule"),
    ])
}

/// A page of `count` pieces amid a story.
fn repeated(count: usize, head: &str, piece: &str) -> String {
    format!(
        "<html><head>{head}</head><body><main>{STORY}{}{STORY}",
        piece.repeat(count)
    )
}

/// Pages of `count` elements with a structure that is looked up for blocks.
fn structured_pages(count: usize) -> Vec<(&'static str, String)> {
    vec![
        (
            "nested numbered lists",
            repeated(count, "", "<ol reversed><li>a "),
        ),
        (
            "breaks in entries",
            repeated(count, "", "<ul><li>a<br>b<p>c"),
        ),
        (
            "cells",
            repeated(count, "", "<table><tr><td>a<th>b<br>c<td>d"),
        ),
        (
            "verse",
            repeated(count, "<pre>", "One line of it,\n<br>another\n\n"),
        ),
        (
            "credits",
            repeated(
                count,
                "<body><figure><img src=/a.jpg>",
                "<p class=credit><b class=credit>",
            ),
        ),
        (
            "noscripts",
            repeated(count, "", "<noscript><p>a</noscript>"),
        ),
        (
            "ranks on lines of their own",
            repeated(count, "", "<p>Most read</p><p>1</p><p>A wall of eels</p>"),
        ),
    ]
}

/// Pages of `count` elements of a kind.
fn pages(count: usize) -> Vec<(&'static str, String)> {
    let long_title = format!("<title>{}</title>", "word ".repeat(count * 10));
    let data = |piece: &str| {
        let inside = piece.repeat(count);
        format!("<script type=\"application/ld+json\">{inside}</script>")
    };
    let mut pages = vec![
        (
            "headings below a long title",
            repeated(count, &long_title, "<h1>another heading</h1>"),
        ),
        (
            "dropped paragraphs",
            repeated(count, "", "<p class=drop>Some words on a line.</p>"),
        ),
        (
            "nested elements to drop",
            repeated(count, "", "<div class=drop>"),
        ),
        ("nested elements", repeated(count, "", "<div>a ")),
        (
            "nested figures",
            repeated(count, "", "<figure><img src=/a.jpg><figcaption>A "),
        ),
        (
            "figures",
            repeated(
                count,
                "",
                "<figure><img src=/a.jpg><figcaption>A wall</figcaption></figure>",
            ),
        ),
        (
            "marked names",
            repeated(count, "", "<b itemprop=author class=name></b>"),
        ),
        (
            "labels",
            repeated(count, "", "<p>Related</p><p>Most read</p>"),
        ),
        (
            "list entries",
            repeated(
                count,
                "",
                "<li><a href=/a>The wall was built in 1911</a></li>",
            ),
        ),
        (
            "objects of data",
            repeated(
                count,
                &data("{\"@type\":\"NewsArticle\",\"headline\":\"The wall\"},"),
                "",
            ),
        ),
        (
            "nested objects of data",
            repeated(count, &data("{\"@graph\":[{\"author\":{"), ""),
        ),
        ("open brackets of data", repeated(count, &data("[{"), "")),
    ];
    pages.extend(structured_pages(count));
    pages
}

fn time_of(html: &str, hints: &Hints<'_>) -> Duration {
    let start = Instant::now();
    clean_html(html, hints).expect("within the size limit");
    start.elapsed()
}

#[test]
fn four_times_the_page_takes_four_times_as_long() {
    let rules = rules();
    let ways = [
        ("as any page", Hints::default()),
        (
            "with pictures and a rule",
            Hints {
                url: Some("https://paper.example/a"),
                publishers: Some(&rules),
                wants_media: true,
                ..Hints::default()
            },
        ),
    ];
    for ((name, small), (_, large)) in pages(SMALL).into_iter().zip(pages(4 * SMALL)) {
        for (way, hints) in &ways {
            let mut measured = Vec::new();
            let is_linear = (0..TRIES).any(|_| {
                let times = (time_of(&small, hints), time_of(&large, hints));
                measured.push(times);
                times.1 < times.0.max(FLOOR).mul_f64(SLACK)
            });
            assert!(is_linear, "{name}, {way}: {measured:?}");
        }
    }
}
