//! What has no field is kept, by its name and within limits.

use wiredesk_formats::{Hints, parse};
use wiredesk_model::{Extra, ParsedFeed};

fn parsed(document: &str) -> ParsedFeed {
    parse(document.as_bytes(), &Hints::default()).expect("a feed")
}

fn pairs(extra: &[Extra]) -> Vec<(&str, &str)> {
    let pairs = extra
        .iter()
        .map(|one| (one.path.as_str(), one.value.as_str()));
    pairs.collect()
}

#[test]
fn elements_of_rss_without_a_field_are_kept() {
    let feed = parsed(
        "<rss version='2.0' xmlns:bay='https://bay.example/ns' xmlns:georss='http://www.georss.org/georss'>\
         <channel><title>Bay</title><docs>https://bay.example/rss</docs><bay:desk>night</bay:desk>\
         <cloud domain='bay.example' port='80'/>\
         <item><title>Wall</title><georss:point>45.2 -71.9</georss:point>\
         <bay:slug kind='short'>wall &amp; tide</bay:slug><bay:none/><priority>2</priority></item>\
         </channel></rss>",
    );
    assert_eq!(
        pairs(&feed.feed.extra),
        [
            ("docs", "https://bay.example/rss"),
            ("bay:desk", "night"),
            ("cloud", "<cloud domain='bay.example' port='80'/>"),
        ]
    );
    assert_eq!(
        pairs(&feed.items[0].extra),
        [
            ("georss:point", "45.2 -71.9"),
            (
                "bay:slug",
                "<bay:slug kind='short'>wall &amp; tide</bay:slug>"
            ),
            ("priority", "2"),
        ]
    );
}

#[test]
fn elements_of_atom_and_of_sitemaps_without_a_field_are_kept() {
    let feed = parsed(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:thr='http://purl.org/syndication/thread/1.0' \
         xmlns:bay='https://bay.example/ns'><title>Bay</title><id>urn:bay</id><bay:desk>night</bay:desk>\
         <entry><id>urn:bay:1</id><title>Wall</title><thr:total>4</thr:total><control>draft</control>\
         </entry></feed>",
    );
    assert_eq!(pairs(&feed.feed.extra), [("bay:desk", "night")]);
    let mut found = pairs(&feed.items[0].extra);
    found.sort_unstable();
    assert_eq!(found, [("control", "draft"), ("thr:total", "4")]);
    let sitemap = parsed(
        "<urlset><url><loc>https://bay.example/1</loc><changefreq>daily</changefreq></url></urlset>",
    );
    assert_eq!(pairs(&sitemap.items[0].extra), [("changefreq", "daily")]);
}

#[test]
fn members_of_json_feeds_without_a_field_are_kept() {
    let feed = parsed(
        r#"{"version": "https://jsonfeed.org/version/1.1", "title": "Bay", "expired": true,
            "items": [{"id": "1", "content_text": "Held.", "_bay": {"desk": "night"}, "_empty": null}]}"#,
    );
    assert_eq!(pairs(&feed.feed.extra), [("expired", "true")]);
    assert_eq!(
        pairs(&feed.items[0].extra),
        [("_bay", r#"{"desk":"night"}"#)]
    );
}

#[test]
fn what_is_kept_has_a_limit_and_the_item_does_not_suffer() {
    let many: String = (0..500)
        .map(|n| format!("<bay:n{n}>x</bay:n{n}>"))
        .collect();
    let long = format!("<bay:long>{}</bay:long>", "y".repeat(100_000));
    let feed = parsed(&format!(
        "<rss><channel><item>{long}{many}<title>Wall</title></item></channel></rss>"
    ));
    let item = &feed.items[0];
    assert_eq!(item.title.as_deref(), Some("Wall"));
    assert_eq!(
        (item.extra.len(), item.extra[0].path.as_str()),
        (64, "bay:n0")
    );
    assert!(
        feed.item_sources[0].contains(&long),
        "the item's own bytes hold all of it"
    );
}
