//! Pages that are read with the rule of their publisher.

use wiredesk_cleaning::{Hints, PublisherRule, PublisherRules, PublisherSpec, clean_html};

const PAGE: &str = "<html><head><title>The wall holds</title></head><body><main><h1>The wall holds</h1>\
    <span itemprop=author>Ida Holm</span><time datetime='2026-03-02T05:40:00Z'>Monday</time>\
    <p>The council met on Monday and put off its vote on the harbour wall until the end of the month.</p>\
    </main></body></html>";

#[test]
fn a_rule_without_byline_and_date_leaves_those_of_the_page() {
    let list = |text: &str| vec![text.to_owned()];
    let spec = PublisherSpec {
        hosts: list("paper.example"),
        why: "for the test".to_owned(),
        body: list("main"),
        ..PublisherSpec::default()
    };
    let rule = PublisherRule::new("paper", spec).expect("a sound rule");
    let rules = PublisherRules::new(vec![rule]);
    let hints = Hints {
        url: Some("https://paper.example/a"),
        publishers: Some(&rules),
        ..Hints::default()
    };
    let ruled = clean_html(PAGE, &hints).expect("within limits");
    let plain = clean_html(PAGE, &Hints::default()).expect("within limits");
    assert!(ruled.publisher.is_some());
    assert_eq!(ruled.byline.as_deref(), Some("Ida Holm"));
    assert_eq!(ruled.published.as_deref(), Some("2026-03-02T05:40:00Z"));
    assert_eq!(
        (ruled.byline, ruled.published),
        (plain.byline, plain.published)
    );
}
