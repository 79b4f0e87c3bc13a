//! A rule as it is written, and as it runs.

use serde::Deserialize;

use super::address::{host_and_path, host_fault, is_host, is_path};
use super::selector::{self, Selector};

/// A publisher rule as its file has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PublisherSpec {
    /// Hosts: `paper.example`, or `*.paper.example` for all below it.
    pub hosts: Vec<String>,
    /// Paths, `*` for anything; every path where there are none.
    pub paths: Vec<String>,
    /// What goes wrong on these pages without the rule.
    pub why: String,
    /// Elements that hold the body; where there are none it is found as on any page.
    pub body: Vec<String>,
    /// Elements that are no part of it.
    pub drop: Vec<String>,
    /// Elements with the title; the first one found counts, here and below.
    pub title: Vec<String>,
    /// Elements with the byline.
    pub byline: Vec<String>,
    /// Elements with the publication date, as text or in an attribute: `time@datetime`.
    pub date: Vec<String>,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFault {
    /// Key of the file.
    pub key: &'static str,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// What a selector is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Body,
    Drop,
    Title,
    Byline,
    Date,
}

/// A publisher rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherRule {
    id: String,
    spec: PublisherSpec,
    pub(super) selectors: Vec<(Purpose, Selector)>,
}

/// Steps of all selectors of a rule together.
pub(super) const STEPS: usize = 128;

impl PublisherRule {
    /// Makes a rule of what its file says. `id` is the name of the file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(id: &str, spec: PublisherSpec) -> Result<Self, Vec<RuleFault>> {
        let mut faults = Vec::new();
        let mut fault = |key, message: String| faults.push(RuleFault { key, message });
        if spec.hosts.is_empty() {
            let message = "`hosts` is missing; name the hosts that the rule is for";
            fault("hosts", message.to_owned());
        }
        for message in spec.hosts.iter().filter_map(|host| host_fault(host)) {
            fault("hosts", message);
        }
        for path in spec.paths.iter().filter(|path| !path.starts_with('/')) {
            fault("paths", format!("`{path}` is no path; begin it with /"));
        }
        if spec.why.trim().is_empty() {
            let message = "`why` is missing; say what goes wrong without the rule";
            fault("why", message.to_owned());
        }
        let lists = [
            ("body", Purpose::Body, &spec.body),
            ("drop", Purpose::Drop, &spec.drop),
            ("title", Purpose::Title, &spec.title),
            ("byline", Purpose::Byline, &spec.byline),
            ("date", Purpose::Date, &spec.date),
        ];
        let mut selectors = Vec::new();
        for (key, purpose, texts) in lists {
            for text in texts {
                match selector::parse(text) {
                    Ok(selector) if selector.attr.is_some() && is_range(purpose) => {
                        fault(
                            key,
                            format!("`{text}` wants an attribute, which is no part of a body"),
                        );
                    }
                    Ok(selector) => selectors.push((purpose, selector)),
                    Err(message) => fault(key, message),
                }
            }
        }
        let steps: usize = selectors.iter().map(|(_, one)| one.steps.len()).sum();
        if steps > STEPS {
            fault(
                "body",
                format!("its selectors have {steps} steps; {STEPS} is the limit"),
            );
        }
        if lists.iter().all(|(_, _, texts)| texts.is_empty()) {
            let message = "a rule needs at least one of body, drop, title, byline and date";
            fault("body", message.to_owned());
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            id: id.to_owned(),
            spec,
            selectors,
        })
    }

    /// Its name: that of its file.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What its file says.
    pub fn spec(&self) -> &PublisherSpec {
        &self.spec
    }

    /// Whether it holds for an address.
    pub fn holds_for(&self, url: &str) -> bool {
        host_and_path(url).is_some_and(|(host, path)| self.fits(&host, path))
    }

    fn fits(&self, host: &str, path: &str) -> bool {
        let paths = &self.spec.paths;
        self.spec.hosts.iter().any(|one| is_host(one, host))
            && (paths.is_empty() || paths.iter().any(|one| is_path(one, path)))
    }
}

/// Whether what it hits counts as a range of the page.
fn is_range(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Body | Purpose::Drop)
}

/// The publisher rules in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublisherRules {
    rules: Vec<PublisherRule>,
}

impl PublisherRules {
    /// These rules. Those for certain paths come before those for a whole host.
    pub fn new(mut rules: Vec<PublisherRule>) -> Self {
        rules.sort_by(|one, other| {
            let key = |rule: &PublisherRule| (rule.spec.paths.is_empty(), rule.id.clone());
            key(one).cmp(&key(other))
        });
        Self { rules }
    }

    /// The rule for an address, where there is one.
    pub fn for_url(&self, url: &str) -> Option<&PublisherRule> {
        if self.rules.is_empty() {
            return None;
        }
        let (host, path) = host_and_path(url)?;
        self.rules.iter().find(|rule| rule.fits(&host, path))
    }

    /// Every rule, in the order in which they are tried.
    pub fn iter(&self) -> impl Iterator<Item = &PublisherRule> {
        self.rules.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    fn spec(hosts: &[&str], paths: &[&str]) -> PublisherSpec {
        PublisherSpec {
            hosts: texts(hosts),
            paths: texts(paths),
            why: "the body stands in two columns".to_owned(),
            body: texts(&[".story"]),
            ..PublisherSpec::default()
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let bad = PublisherSpec {
            hosts: texts(&["https://paper.example/"]),
            paths: texts(&["news/*"]),
            body: texts(&["div:hover"]),
            drop: texts(&["a@href"]),
            ..PublisherSpec::default()
        };
        let faults = PublisherRule::new("bad", bad).expect_err("it is wrong");
        let keys: Vec<&str> = faults.iter().map(|fault| fault.key).collect();
        assert_eq!(keys, ["hosts", "paths", "why", "body", "drop"]);
        let nothing = PublisherSpec::default();
        let faults = PublisherRule::new("empty", nothing).expect_err("it says nothing");
        assert_eq!(faults.len(), 3, "{faults:?}");
    }

    #[test]
    fn the_rule_for_certain_paths_comes_first() {
        let rules = PublisherRules::new(vec![
            PublisherRule::new("a-all", spec(&["paper.example"], &[])).expect("sound"),
            PublisherRule::new("live", spec(&["paper.example"], &["/live/*"])).expect("sound"),
        ]);
        let found = |url| rules.for_url(url).map(PublisherRule::id);
        assert_eq!(found("https://paper.example/live/1"), Some("live"));
        assert_eq!(found("https://paper.example/town/1"), Some("a-all"));
        assert_eq!(found("https://other.example/live/1"), None);
    }
}
