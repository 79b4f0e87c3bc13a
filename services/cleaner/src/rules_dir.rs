//! The folder of publisher rules: one file a publisher.

use std::collections::HashMap;
use std::path::Path;

use wiredesk_cleaning::{Decisions, PublisherRule, PublisherRules, PublisherSpec};
use wiredesk_model::Timestamp;
use wiredesk_settings::{Environment, Problem, RawTable, Settings, toml_files};

use crate::decisions::read_decisions;

/// Reads every rule of `folder`, and everything that is wrong with them. A folder that is not there
/// has no rules.
pub fn read_rules(folder: &Path) -> (PublisherRules, Vec<Problem>) {
    let mut problems = Vec::new();
    let files = toml_files(folder).unwrap_or_else(|error| {
        let message = format!("cannot read the folder of publisher rules: {error}");
        problems.push(Problem::of(folder.display().to_string(), message));
        Vec::new()
    });
    let mut rules: Vec<PublisherRule> = Vec::new();
    for path in files {
        match read_rule(&path) {
            Ok(rule) => {
                let rival = rules.iter().find(|other| is_rival(other, &rule));
                problems.extend(rival.map(|rival| {
                    let message = format!("rule {} is for the same hosts and paths", rival.id());
                    Problem::of(path.display().to_string(), message)
                }));
                rules.push(rule);
            }
            Err(more) => problems.extend(more),
        }
    }
    (PublisherRules::new(rules), problems)
}

/// What people decided about pages and blocks: the folder of rules as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CleanerRules {
    /// Rules for the pages of some publishers.
    pub publishers: PublisherRules,
    /// Which learned blocks always go, and which always stay.
    pub decisions: Decisions,
    /// Pages that changed and are as they should be, by source: when somebody said so last.
    pub layouts: HashMap<String, Timestamp>,
}

impl CleanerRules {
    /// Reads everything in `folder`, and what is wrong with it.
    pub fn read(folder: &Path) -> (Self, Vec<Problem>) {
        let (publishers, mut problems) = read_rules(folder);
        let (decisions, more) = read_decisions(folder);
        problems.extend(more);
        let rules = Self {
            publishers,
            decisions: Decisions::new(&decisions.blocks),
            layouts: decisions.accepted_layouts(),
        };
        (rules, problems)
    }

    /// Reads the folder that the configuration names.
    pub fn configured(settings: &Settings) -> (Self, Vec<Problem>) {
        let folder = settings.rules_folder();
        folder.map_or_else(Default::default, |folder| Self::read(&folder))
    }
}

fn read_rule(path: &Path) -> Result<PublisherRule, Vec<Problem>> {
    let place = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        vec![Problem::of(
            place.clone(),
            format!("cannot read it: {error}"),
        )]
    })?;
    let (root, mut problems) = RawTable::parse_file(&place, &text, &Environment::empty());
    let (spec, more) = root.read::<PublisherSpec>();
    problems.extend(more);
    let id = path.file_stem().map(|stem| stem.to_string_lossy());
    let rule = PublisherRule::new(&id.unwrap_or_default(), spec.unwrap_or_default());
    match rule {
        Ok(rule) if problems.is_empty() => Ok(rule),
        Ok(_) => Err(problems),
        Err(faults) => {
            let told = faults
                .iter()
                .map(|fault| root.problem_at(fault.key, &fault.message));
            problems.extend(told);
            Err(problems)
        }
    }
}

/// Whether nothing says which of two rules is meant for a page.
fn is_rival(one: &PublisherRule, other: &PublisherRule) -> bool {
    let shares_host = one
        .spec()
        .hosts
        .iter()
        .any(|host| other.spec().hosts.contains(host));
    shares_host && one.spec().paths == other.spec().paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_of_every_rule_is_told_with_its_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("a file");
        };
        let sound = "hosts = ['paper.example']\nwhy = 'two columns'\nbody = ['.story']\n";
        write("a.toml", sound);
        write("b.toml", sound);
        write(
            "c.toml",
            "hosts = ['Paper']\nwhy = 'x'\nbdy = []\ndrop = ['p:hover']\n",
        );
        write("d.toml", "hosts = [\n");
        write("notes.txt", "no rule");
        let (rules, problems) = read_rules(folder.path());
        assert_eq!(rules.len(), 2);
        let told: Vec<String> = problems
            .iter()
            .map(|problem| {
                problem
                    .to_string()
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        assert_eq!(told[0], "b.toml: rule a is for the same hosts and paths");
        assert!(
            told[1].starts_with("c.toml:3: unknown key `bdy`"),
            "{told:?}"
        );
        let has = |start: &str| told.iter().any(|one| one.starts_with(start));
        assert!(
            problems
                .iter()
                .any(|one| one.to_string().contains("c.toml:1: `Paper` is no host")),
            "{told:?}"
        );
        assert!(has("c.toml:4: "), "{told:?}");
        assert!(has("d.toml:"), "{told:?}");
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_rules() {
        let (rules, problems) = read_rules(Path::new("/nowhere/rules"));
        assert!(rules.is_empty() && problems.is_empty());
    }
}
