//! The fuzz targets of cleaning on stable Rust: pages of all kinds, what the fuzzer found once, and
//! damaged copies of both.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

use std::path::{Path, PathBuf};

#[path = "../../../fuzz/cleaning.rs"]
mod cleaning;

#[path = "../../../fuzz/damage.rs"]
mod damage;

use damage::{Numbers, damaged, files};

/// Damaged copies of each seed for each target.
const COPIES: usize = 24;

/// Every element that is read in a way of its own, and what tends to break.
const ODD: [&str; 14] = [
    "<ol start=3 reversed><li value=9>a<ul><li>b</ul><li><p>c<p>d</ol><ol reversed><li>e<li>f</ol>",
    "<table><tr><th>a<td colspan=3>b<br>c<tr><td><td>d</table><table><td>e<tr><td><p>f</table>",
    "<pre>\n a\n\n\nb &amp; c<br>\n<b> d</b></pre><p>e<br>f<br><br>g<br></p><p>h</p>",
    "<figure><img src=/a.jpg><figcaption>a<br>Photo: Ida Holm</figcaption><p class=credit>b</p></figure>",
    "<plaintext>a</plaintext><xmp><p>b</xmp><listing>c</listing>",
    "<template><p>a</p></template><svg><title>b</title><text>c</text></svg><math><mi>d</math><p>e",
    "<textarea><p>a</textarea><select><option>b</select><iframe><p>c</iframe><noembed>d</noembed>",
    "<!-- a --!><p>b<!-- c <p>d<![CDATA[ e ]]> f <?php g ?> <!doctype x>",
    "<script>a<!-- <script> b </script> c --></script>d<style>e",
    "<p>&ampa &copyb &#x; &#99999999; &#0; &notit; &nbsp &lt;b&gt; &unknown;",
    "<base href='//x:y/'><a href='http://[::1'>a</a><img src='data:,'><p onclick=\"a'>b",
    "<html><head><script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"articleBody\":\"<p>a &amp; b</p>\\u0000\\ud800\"}</script></head><body><noscript><p>c</p></noscript>",
    "<ruby>港<rp>(</rp><rt>みなと</ruby>\u{0}\u{fffe}\u{feff}<p>\u{202e}a\u{0301}</p>",
    "<blockquote class=twitter-tweet><p>a<a href=https://s.example/1>b</a></blockquote><dl><dt>c<dd>d</dl>",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn seeds() -> Vec<Vec<u8>> {
    let folders = ["shared/formats/fixtures", "config/rules/pages"];
    let saved = folders.into_iter().flat_map(|one| files(&root().join(one)));
    let saved = saved.filter(|(folder, _)| matches!(folder.as_str(), "html" | "harbourpost"));
    let whole = ODD.concat().into_bytes();
    saved
        .map(|(_, bytes)| bytes)
        .chain(ODD.map(|odd| odd.as_bytes().to_vec()))
        .chain([whole])
        .collect()
}

#[test]
fn every_target_takes_odd_pages_and_damaged_copies_of_them() {
    let seeds = seeds();
    assert!(seeds.len() > ODD.len() + 2);
    let mut numbers = Numbers(0xc1ea);
    for target in cleaning::NAMES {
        for (place, seed) in seeds.iter().enumerate() {
            cleaning::run(target, seed);
            let other = &seeds[(place + 7) % seeds.len()];
            for _ in 0..COPIES {
                cleaning::run(target, &damaged(seed, other, &mut numbers));
            }
        }
    }
}

#[test]
fn what_was_found_once_stays_found() {
    for (target, bytes) in files(&root().join("fuzz/regressions")) {
        if cleaning::NAMES.contains(&target.as_str()) {
            cleaning::run(&target, &bytes);
        }
    }
}

#[test]
fn the_fuzzer_runs_every_target() {
    let script = std::fs::read_to_string(root().join("deploy/bin/fuzz")).unwrap();
    assert!(script.contains(&format!("targets+=({})", cleaning::NAMES.join(" "))));
}
