//! Our own cases, by language: what must go, and what looks alike and must stay. Each runs as plain
//! text, as a piece of HTML, and as a whole page.

use std::path::Path;

use wiredesk_cleaning::{Cleaned, Hints, clean_html, clean_text};

struct Case {
    name: String,
    /// Each paragraph, and whether it must stay.
    paragraphs: Vec<(bool, String)>,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let mut found: Vec<Case> = Vec::new();
    for file in files {
        let language = file
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(name) = line.strip_prefix("=== ") {
                found.push(Case {
                    name: format!("{language}: {name}"),
                    paragraphs: Vec::new(),
                });
                continue;
            }
            let case = found.last_mut().expect("a case begins with its name");
            let (mark, paragraph) = line.split_at(2);
            assert!(
                matches!(mark, "+ " | "- "),
                "{}: a line begins with + or -: {line}",
                case.name
            );
            let stays = mark == "+ ";
            case.paragraphs.push((stays, paragraph.to_owned()));
        }
    }
    found
}

fn check(how: &str, clean: impl Fn(&Case) -> Cleaned) {
    let mut failures = Vec::new();
    for case in cases() {
        let cleaned = clean(&case);
        let kept: Vec<&str> = cleaned.text.split("\n\n").collect();
        let expected: Vec<&str> = case
            .paragraphs
            .iter()
            .filter(|(stays, _)| *stays)
            .map(|(_, text)| text.as_str())
            .collect();
        if kept != expected {
            let lost: Vec<_> = expected
                .iter()
                .filter(|text| !kept.contains(text))
                .collect();
            let left: Vec<_> = kept
                .iter()
                .filter(|text| !expected.contains(text))
                .collect();
            failures.push(format!(
                "{}\n    lost {lost:?}\n    left {left:?}",
                case.name
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{how}, {} cases fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn markup(case: &Case) -> String {
    case.paragraphs
        .iter()
        .map(|(_, text)| {
            format!(
                "<p>{}</p>\n",
                text.replace('&', "&amp;").replace('<', "&lt;")
            )
        })
        .collect()
}

#[test]
fn there_are_enough_cases_in_enough_languages() {
    let cases = cases();
    let mut languages: Vec<&str> = cases
        .iter()
        .filter_map(|case| case.name.split(':').next())
        .collect();
    languages.dedup();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    assert!(languages.len() >= 8, "{languages:?}");
}

#[test]
fn plain_text_comes_out_exactly() {
    check("plain text", |case| {
        let texts: Vec<&str> = case
            .paragraphs
            .iter()
            .map(|(_, text)| text.as_str())
            .collect();
        clean_text(&texts.join("\n\n"), &Hints::default()).expect("within limits")
    });
}

#[test]
fn pieces_of_html_come_out_exactly() {
    check("a piece of HTML", |case| {
        clean_html(&markup(case), &Hints::default()).expect("within limits")
    });
}

#[test]
fn whole_pages_come_out_exactly() {
    check("a whole page", |case| {
        let page = format!(
            "<!doctype html><html><head><title>News from the harbour - Elsin Courier</title></head><body>\
             <header><nav><ul><li><a href='/'>Home</a></li><li><a href='/town'>Town</a></li></ul></nav></header>\
             <main><article><h1>News from the harbour</h1>\n<div class=\"article-body\">\n{}</div></article></main>\
             <footer><ul><li><a href='/about'>About us</a></li><li><a href='/contact'>Contact</a></li></ul>\
             <p>© Elsin Courier</p></footer></body></html>",
            markup(case)
        );
        clean_html(&page, &Hints::default()).expect("within limits")
    });
}
