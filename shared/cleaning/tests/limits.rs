//! Hostile and odd input: it ends, soon, and without a panic.

use std::time::{Duration, Instant};

use wiredesk_cleaning::{CleanError, Cleaned, Hints, INPUT_BYTES, clean_html, clean_text};

/// Far above what any of these takes, also unoptimized and on a busy machine; what is quadratic
/// takes hours.
const LIMIT: Duration = Duration::from_secs(60);

fn clean(html: &str) -> Cleaned {
    let start = Instant::now();
    let cleaned = clean_html(html, &Hints::default()).expect("within the size limit");
    assert!(start.elapsed() < LIMIT, "took {:?}", start.elapsed());
    cleaned
}

#[test]
fn a_hundred_thousand_nested_elements_are_read() {
    for tag in [
        "div",
        "b",
        "table><tr><td",
        "ul><li",
        "a href=x",
        "blockquote",
        "p",
    ] {
        let page = format!(
            "<html><body>{}<p>Here at last is the text that was meant to be read.</p>",
            format!("<{tag}>").repeat(100_000)
        );
        let cleaned = clean(&page);
        assert!(cleaned.text.contains("meant to be read"), "{tag}");
    }
}

#[test]
fn end_tags_without_start_are_skipped() {
    let page = format!(
        "<html><body><div>{}<p>One sentence is left of it all.</p>",
        "</b></td></p></section>".repeat(50_000)
    );
    assert!(clean(&page).text.contains("One sentence"));
}

#[test]
fn one_line_of_a_megabyte_is_one_paragraph() {
    let sentence = "The council met on Monday and put off its vote on the harbour wall. ";
    let page = format!(
        "<html><body><article><p>{}</p></article>",
        sentence.repeat(15_000)
    );
    let cleaned = clean(&page);
    assert_eq!(cleaned.blocks.len(), 1);
    assert!(cleaned.text.len() > 1_000_000);
    clean_text(&sentence.repeat(15_000), &Hints::default()).expect("within the size limit");
}

#[test]
fn labels_without_end_take_no_longer() {
    for line in [
        "Related",
        "Most read",
        "Advertisement",
        "Read more: x",
        "Share",
        "Tags:",
        "a",
        "Sign up for our newsletter",
    ] {
        let text = format!("{line}\n\n").repeat(30_000);
        let start = Instant::now();
        clean_text(&text, &Hints::default()).expect("within the size limit");
        assert!(start.elapsed() < LIMIT, "{line}: {:?}", start.elapsed());
        clean(&format!(
            "<html><body>{}",
            format!("<p>{line}").repeat(30_000)
        ));
    }
}

#[test]
fn markup_that_never_ends_takes_no_longer() {
    for piece in [
        "<",
        "<a href=\"",
        "<!--",
        "<script>",
        "<svg>",
        "<a b='c",
        "&amp",
        "&#x",
        "<p class=\"a b c\">",
        "<textarea>",
        "</",
        "<title>",
        "<script type=\"application/ld+json\">\"articleBody\":\"",
        "<br>",
        "<td>x",
        "<a href=x>y",
        "é<",
        "\u{0}",
    ] {
        clean(&format!(
            "<html><body><p>{}",
            piece.repeat(100_000 / piece.len())
        ));
    }
}

#[test]
fn a_large_page_of_structured_data_and_short_lines_is_read() {
    let body = "word ".repeat(100_000);
    let page = format!(
        "<html><head><script type=\"application/ld+json\">{{\"articleBody\":\"{body}\"}}</script></head><body>{}",
        "<p>Some words on a line.</p>".repeat(20_000)
    );
    clean(&page);
}

/// As large as a page may be: a story, then lines without end; and one element that never ends.
#[test]
fn pages_up_to_the_limit_are_read() {
    let sentence = "The council met on Monday and put off its vote on the harbour wall. ";
    let story = format!("<html><body><article><p>{}", sentence.repeat(10));
    let line = "<li class='card'><a href='/wire/1911'>The wall was built in 1911.</a></li>";
    let lines = line.repeat((INPUT_BYTES - story.len()) / line.len());
    assert!(
        clean(&format!("{story}{lines}"))
            .text
            .contains("put off its vote")
    );
    let text = sentence.repeat((INPUT_BYTES - story.len()) / sentence.len());
    assert!(clean(&format!("{story}{text}")).text.len() > INPUT_BYTES - 1000);
}

/// Story text behind odd markup must still be found.
#[test]
fn odd_markup_swallows_no_story() {
    let story = "The council met on Monday and put off its vote on the harbour wall until the end of the month.";
    for odd in [
        "<plaintext>",
        "<template><p>Not yet shown</p></template>",
        "<svg><title>A wall</title><path d='M0'/></svg>",
        "<svg><title>A wall",
        "<svg/>",
        "<math><mi>x</mi></math>",
        "<math>",
        "<noscript><img src=/a.gif></noscript>",
        "<noscript>",
        "<textarea>",
        "<select><option>one<option>two",
        "<iframe src=/a>",
        "<object data=/a>",
        "<video src=/a.mp4>",
        "<canvas>",
        "<title>",
        "<!-- a comment that never ends ",
        "<!-->",
        "<!",
        "<![CDATA[ raw ]]>",
        "<![CDATA[ raw",
        "<?php echo 1 ?>",
        "<a href=\"/a>b</a>",
        "<p title='it\"s>",
        "</",
        "<>",
        "<base href='//[odd'>",
        "<base href='javascript:alert(1)'>",
        "\u{0}\u{fffe}\u{feff}",
        "&#0;&#x110000;&#xd800;&ampamp&copy&notanentity;",
    ] {
        let page = format!(
            "<html><head><title>The wall</title></head><body><article><h1>The wall</h1>{odd}\n<p>{story}</p><p>{story} \
             It was late.</p></article></body></html>"
        );
        let text = clean(&page).text;
        assert!(
            text.contains(story) && text.contains("It was late."),
            "{odd}: {text:?}"
        );
    }
}

#[test]
fn references_without_a_semicolon_and_control_characters_are_read() {
    let cleaned = clean(
        "<p>Fish &amp chips &copy 2024, 3 &lt 4 &mdash; &#8212; a\u{0}b &nbsp;&amp;amp; on.</p>",
    );
    assert!(
        cleaned.text.starts_with("Fish & chips © 2024, 3 < 4 — — a"),
        "{:?}",
        cleaned.text
    );
    assert!(cleaned.text.ends_with("&amp; on."));
}

#[test]
fn large_odd_pages_are_read() {
    for piece in [
        "<ol reversed><li value=7>a",
        "<table><tr><td>a<th colspan=1000>b",
        "<pre>a\n\n<br>",
        "<figure class=credit><img src=a><figcaption class=credit>",
        "<noscript>a</noscript>",
        "<svg><title>",
        "<template>",
        "&amp&lt",
        "\u{0}",
        "a\u{301}",
    ] {
        check(&format!(
            "<html><body><p>One.{}",
            piece.repeat(256 * 1024 / piece.len())
        ));
    }
}

#[test]
fn input_over_the_limit_is_refused() {
    let text = "a".repeat(INPUT_BYTES + 1);
    let expected = CleanError::TooLarge {
        bytes: INPUT_BYTES + 1,
        limit: INPUT_BYTES,
    };
    assert_eq!(clean_html(&text, &Hints::default()), Err(expected.clone()));
    assert_eq!(clean_text(&text, &Hints::default()), Err(expected));
}

/// Every cut and many changes of a page: nothing panics, and what is removed lies in the page.
#[test]
fn damaged_pages_are_read() {
    let page = "<html><head><title>Wall &amp; port</title><meta property='og:title' content=\"Wall\"></head><body>\
        <nav><ul><li><a href='/'>Home</a></ul></nav><article class=\"story-body\"><h1>Wall</h1><p>The council met on Monday, and \
        put off its vote — «until later».<p>Advertisement<p>Members <b>said &eacute;t&#233; they wanted the figures <a href=x>first</a>.\
        <table><tr><td>Eider<td>9:41</table></article><footer>© 2024</footer></body></html>";
    for cut in (0..page.len()).filter(|cut| page.is_char_boundary(*cut)) {
        check(&page[..cut]);
        check(&page[cut..]);
    }
    let odd = [
        '<', '>', '"', '\'', '&', '=', '/', ' ', '\0', 'é', '\u{2028}', '\u{202e}',
    ];
    for (step, (at, _)) in page.char_indices().enumerate() {
        let mut changed = page.to_owned();
        changed.insert(at, odd[step % odd.len()]);
        check(&changed);
    }
}

fn check(page: &str) {
    let cleaned = clean_html(page, &Hints::default()).expect("within the size limit");
    for removal in &cleaned.removed {
        let (start, end) = (removal.start.expect("known"), removal.end.expect("known"));
        assert!(start <= end && end <= page.len() as u64);
        assert!(removal.after_block <= cleaned.blocks.len() as u32);
    }
}
