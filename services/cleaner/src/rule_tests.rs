//! Publisher rules against the pages that were saved with them: `<rules>/pages/<rule>/*.html`, each
//! with a `*.toml` beside it that says what must come out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wiredesk_cleaning::{Cleaned, Hints, PublisherRule, PublisherRules, clean_html};
use wiredesk_settings::{Environment, RawTable};

/// Folder of the saved pages, below that of the rules.
const PAGES: &str = "pages";

/// What must come out of a saved page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Expected {
    /// Address that the page came from.
    url: String,
    title: Option<String>,
    byline: Option<String>,
    published: Option<String>,
    /// The body, paragraphs separated by an empty line.
    text: String,
}

/// How a rule fared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleReport {
    /// Id of the rule.
    pub rule: String,
    /// Pages that were looked at.
    pub pages: usize,
    /// What is wrong; nothing where the rule holds.
    pub problems: Vec<String>,
}

/// Runs every rule over its saved pages.
///
/// Besides what comes out, each rule must have a page, each selector must hit on one of them, and
/// at least one page must come out otherwise than without the rule: what any page gets needs no rule.
pub fn test_rules(folder: &Path, rules: &PublisherRules) -> Vec<RuleReport> {
    rules.iter().map(|rule| test_rule(folder, rule)).collect()
}

fn test_rule(folder: &Path, rule: &PublisherRule) -> RuleReport {
    let mut report = RuleReport {
        rule: rule.id().to_owned(),
        ..RuleReport::default()
    };
    let folder = folder.join(PAGES).join(rule.id());
    let alone = PublisherRules::new(vec![rule.clone()]);
    let mut unhit: Option<BTreeSet<String>> = None;
    let mut earned = false;
    for path in pages(&folder) {
        report.pages += 1;
        match test_page(&path, &alone) {
            Ok(tested) => {
                earned |= tested.differs;
                let missed: BTreeSet<String> = tested.missed.into_iter().collect();
                unhit = Some(match unhit {
                    Some(before) => before.intersection(&missed).cloned().collect(),
                    None => missed,
                });
                report.problems.extend(tested.problems);
            }
            Err(problem) => report.problems.push(problem),
        }
    }
    if report.pages == 0 {
        let message = format!(
            "no saved page; put a page and what must come out of it into {}",
            folder.display()
        );
        report.problems.push(message);
        return report;
    }
    for selector in unhit.unwrap_or_default() {
        report
            .problems
            .push(format!("`{selector}` hits nothing on any saved page"));
    }
    if !earned && report.problems.is_empty() {
        let message = "every saved page comes out the same without the rule, so it is not needed";
        report.problems.push(message.to_owned());
    }
    report
}

/// The saved pages, sorted by name.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut pages: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "html")
        })
        .collect();
    pages.sort();
    pages
}

struct Tested {
    problems: Vec<String>,
    missed: Vec<String>,
    /// Whether it comes out otherwise without the rule.
    differs: bool,
}

fn test_page(page: &Path, rules: &PublisherRules) -> Result<Tested, String> {
    let read = |path: &Path| {
        std::fs::read_to_string(path)
            .map_err(|error| format!("{}: cannot read it: {error}", path.display()))
    };
    let html = read(page)?;
    let expected_file = page.with_extension("toml");
    let place = expected_file.display().to_string();
    let (root, mut faults) =
        RawTable::parse_file(&place, &read(&expected_file)?, &Environment::empty());
    let (expected, more) = root.read::<Expected>();
    faults.extend(more);
    if !faults.is_empty() {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        return Err(told.join("\n"));
    }
    let expected = expected.unwrap_or_default();
    let clean = |publishers| {
        let hints = Hints {
            url: Some(&expected.url),
            publishers,
            ..Hints::default()
        };
        clean_html(&html, &hints).map_err(|error| format!("{}: {error}", page.display()))
    };
    let with = clean(Some(rules))?;
    let without = clean(None)?;
    let Some(note) = &with.publisher else {
        return Err(root
            .problem_at("url", "the rule does not hold for this `url`")
            .to_string());
    };
    let missed = note.missed.clone();
    let facts = |cleaned: &Cleaned| {
        let Cleaned {
            title,
            byline,
            published,
            text,
            ..
        } = cleaned;
        (
            title.clone(),
            byline.clone(),
            published.clone(),
            text.clone(),
        )
    };
    Ok(Tested {
        problems: differences(page, &expected, &with),
        missed,
        differs: facts(&with) != facts(&without),
    })
}

fn differences(page: &Path, expected: &Expected, found: &Cleaned) -> Vec<String> {
    let mut problems = Vec::new();
    let place = page.display();
    let fields = [
        ("title", &expected.title, &found.title),
        ("byline", &expected.byline, &found.byline),
        ("published", &expected.published, &found.published),
    ];
    for (name, wanted, found) in fields {
        if wanted.is_some() && wanted != found {
            let found = found.as_deref().unwrap_or_default();
            let wanted = wanted.as_deref().unwrap_or_default();
            problems.push(format!(
                "{place}: {name} is \"{found}\", must be \"{wanted}\""
            ));
        }
    }
    let paragraphs = |text: &str| -> Vec<String> {
        let each = text
            .split("\n\n")
            .map(|one| one.split_whitespace().collect::<Vec<_>>().join(" "));
        each.filter(|one| !one.is_empty()).collect()
    };
    let (wanted, found) = (paragraphs(&expected.text), paragraphs(&found.text));
    let lost = wanted.iter().filter(|one| !found.contains(one));
    problems.extend(lost.map(|one| format!("{place}: lost: {one}")));
    let left = found.iter().filter(|one| !wanted.contains(one));
    problems.extend(left.map(|one| format!("{place}: must not be there: {one}")));
    if problems.is_empty() && wanted != found {
        problems.push(format!(
            "{place}: the paragraphs come in another order, or more than once"
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules_dir::read_rules;

    #[test]
    fn the_rules_that_are_shipped_hold_on_their_pages() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/rules");
        let (rules, problems) = read_rules(&folder);
        assert_eq!(problems, []);
        assert!(!rules.is_empty(), "an example is shipped");
        for report in test_rules(&folder, &rules) {
            assert_eq!(report.problems, [""; 0], "{}", report.rule);
        }
    }

    const STORY: &str = "The council met on Monday and put off its vote on the harbour wall until the end of the month.";

    fn report(rule: &str, pages: &[(&str, &str)]) -> RuleReport {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("paper.toml"), rule).expect("a file");
        let saved = folder.path().join("pages/paper");
        std::fs::create_dir_all(&saved).expect("a folder");
        for (name, text) in pages {
            std::fs::write(saved.join(name), text).expect("a file");
        }
        let (rules, problems) = read_rules(folder.path());
        assert_eq!(problems, []);
        test_rules(folder.path(), &rules).remove(0)
    }

    const RULE: &str = "hosts = ['paper.example']\nwhy = 'x'\nbody = ['.story']\ndrop = ['.x']\n";

    #[test]
    fn a_rule_without_a_page_is_not_done() {
        assert!(report(RULE, &[]).problems[0].starts_with("no saved page"));
    }

    #[test]
    fn what_a_page_must_hold_is_compared() {
        let page = format!(
            "<html><body><div class=story><p>{STORY}</p><p class=x>Gone.</p></div></body></html>"
        );
        let right = format!("url = 'https://paper.example/a'\ntext = '{STORY}'\n");
        let good = report(RULE, &[("a.html", &page), ("a.toml", &right)]);
        assert!(
            good.problems.is_empty() || good.problems[0].contains("not needed"),
            "{good:?}"
        );
        let wrong = "url = 'https://paper.example/a'\ntitle = 'T'\ntext = 'Other.'\n";
        let bad = report(RULE, &[("a.html", &page), ("a.toml", wrong)]).problems;
        assert_eq!(bad.len(), 3, "{bad:?}");
        let elsewhere = "url = 'https://other.example/a'\ntext = 'Other.'\n";
        let bad = report(RULE, &[("a.html", &page), ("a.toml", elsewhere)]).problems;
        assert!(bad[0].contains("does not hold for this `url`"), "{bad:?}");
    }

    #[test]
    fn selectors_that_hit_nothing_are_told() {
        let page = format!("<html><body><div class=story><p>{STORY}</p></div></body></html>");
        let right = format!("url = 'https://paper.example/a'\ntext = '{STORY}'\n");
        let found = report(RULE, &[("a.html", &page), ("a.toml", &right)]).problems;
        assert_eq!(found, ["`.x` hits nothing on any saved page"]);
    }
}
