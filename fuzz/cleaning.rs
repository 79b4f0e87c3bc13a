//! What of cleaning is fuzzed, and what must hold for any bytes: nothing panics, and the evidence fits
//! the input. The corpus run of `make test` and the fuzzer (`make fuzz`) share this file.

use std::sync::LazyLock;

use wiredesk_cleaning::{
    Cleaned, Hints, PublisherRule, PublisherRules, PublisherSpec, clean_html, clean_text,
};

/// Every target by name.
pub const NAMES: [&str; 3] = ["clean-html", "clean-ruled", "clean-text"];

static RULES: LazyLock<PublisherRules> = LazyLock::new(|| {
    let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let spec = PublisherSpec {
        hosts: list(&["paper.example"]),
        why: "to be fuzzed".to_owned(),
        body: list(&["article", "div.col", "body > p"]),
        drop: list(&["aside", "p[data-voice=partner]"]),
        title: list(&["h1 > span"]),
        date: list(&["time@datetime"]),
        ..PublisherSpec::default()
    };
    PublisherRules::new(Vec::from_iter(PublisherRule::new("paper", spec)))
});

/// Feeds bytes to a target.
///
/// # Panics
/// Where the target does, or where what it says of the input does not fit it.
pub fn run(target: &str, bytes: &[u8]) {
    assert!(NAMES.contains(&target), "no target is named {target}");
    let input = String::from_utf8_lossy(bytes);
    let mut hints = Hints {
        url: Some("https://paper.example/a"),
        wants_media: true,
        ..Hints::default()
    };
    let cleaned = match target {
        "clean-html" => clean_html(&input, &hints),
        "clean-ruled" => {
            hints.publishers = Some(&RULES);
            clean_html(&input, &hints)
        }
        _ => clean_text(&input, &hints),
    };
    if let Ok(cleaned) = cleaned {
        fits(&cleaned, &input);
    }
}

fn fits(cleaned: &Cleaned, input: &str) {
    let texts: Vec<&str> = cleaned.blocks.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(cleaned.text, texts.join("\n\n"));
    assert!(texts.iter().all(|text| !text.contains("\n\n")));
    let is_span = |start: u64, end: u64| input.get(start as usize..end as usize).is_some();
    if !cleaned.sources.is_empty() {
        assert_eq!(cleaned.sources.len(), cleaned.blocks.len());
    }
    assert!(cleaned.sources.iter().all(|one| is_span(one.0, one.1)));
    for removal in &cleaned.removed {
        assert!(removal.after_block as usize <= cleaned.blocks.len());
        if let (Some(start), Some(end)) = (removal.start, removal.end) {
            assert!(is_span(start, end), "{removal:?}");
        }
    }
    let places = cleaned.media.iter().map(|media| media.after_block as usize);
    assert!(places.max().unwrap_or_default() <= cleaned.blocks.len());
}
