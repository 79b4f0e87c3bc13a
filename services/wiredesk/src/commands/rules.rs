//! `wiredesk rules list` and `wiredesk rules test`, and the rules that other commands go by.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use wiredesk_cleaner::{CleanerRules, read_rules, test_rules};
use wiredesk_cleaning::{PublisherRule, PublisherRules};
use wiredesk_host::{Exit, HostError};
use wiredesk_settings::{Environment, Settings};

use crate::cli::{Common, RulesCommand};
use crate::paint;

/// Does what the command says.
pub(crate) fn rules(common: &Common, command: &RulesCommand) -> anyhow::Result<Exit> {
    match command {
        RulesCommand::List(args) => list(&rules_of(common, args.folder.as_deref())?),
        RulesCommand::Test(args) => {
            let folder = folder(common, args.folder.as_deref())?;
            test(&folder, &rules_of(common, Some(&folder))?)
        }
    }
}

/// The publisher rules of `folder`, or of the configuration where none is named.
pub(crate) fn rules_of(common: &Common, folder: Option<&Path>) -> anyhow::Result<PublisherRules> {
    let (rules, problems) = match folder {
        Some(folder) => read_rules(folder),
        None => {
            let (settings, _) =
                Settings::inspect(common.config.as_deref(), &Environment::of_process())?;
            let (rules, problems) = CleanerRules::configured(&settings);
            (rules.publishers, problems)
        }
    };
    match problems.is_empty() {
        true => Ok(rules),
        false => Err(HostError::problems(problems).into()),
    }
}

/// The folder of rules; a folder that is named must be there.
fn folder(common: &Common, named: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(folder) = named {
        anyhow::ensure!(
            folder.is_dir(),
            "{} is no folder; name the one that holds the rules",
            folder.display()
        );
        return Ok(folder.to_owned());
    }
    let (settings, _) = Settings::inspect(common.config.as_deref(), &Environment::of_process())?;
    settings.rules_folder().ok_or_else(|| {
        anyhow::anyhow!("there is no configuration file that names the rules; name their folder")
    })
}

fn list(rules: &PublisherRules) -> anyhow::Result<Exit> {
    let paint = paint::for_stdout();
    let mut out = io::stdout().lock();
    for rule in rules.iter() {
        let spec = rule.spec();
        let mut places = spec.hosts.clone();
        places.extend(spec.paths.iter().cloned());
        writeln!(out, "{}  {}", paint.strong(rule.id()), places.join(" "))?;
        writeln!(out, "  {}", spec.why)?;
        writeln!(out, "  {}", paint.faint(&parts(rule)))?;
    }
    if rules.is_empty() {
        writeln!(out, "no publisher rules")?;
    }
    Ok(Exit::Done)
}

/// What a rule selects, by its parts.
fn parts(rule: &PublisherRule) -> String {
    let spec = rule.spec();
    let parts = [
        ("body", &spec.body),
        ("drop", &spec.drop),
        ("title", &spec.title),
        ("byline", &spec.byline),
        ("date", &spec.date),
    ];
    let named = parts.iter().filter(|(_, selectors)| !selectors.is_empty());
    let told: Vec<String> = named
        .map(|(name, selectors)| format!("{name}: {}", selectors.join(" | ")))
        .collect();
    told.join("; ")
}

fn test(folder: &Path, rules: &PublisherRules) -> anyhow::Result<Exit> {
    let paint = paint::for_stdout();
    let mut out = io::stdout().lock();
    let mut failed = 0;
    for report in test_rules(folder, rules) {
        let pages = match report.pages {
            1 => "1 page".to_owned(),
            count => format!("{count} pages"),
        };
        let verdict = if report.problems.is_empty() {
            paint.good("ok   ")
        } else {
            failed += 1;
            paint.bad("wrong")
        };
        writeln!(out, "{verdict} {}, {pages}", report.rule)?;
        for problem in &report.problems {
            writeln!(out, "      {}", problem.replace('\n', "\n      "))?;
        }
    }
    writeln!(out, "{} rules, {failed} wrong", rules.len())?;
    Ok(if failed == 0 {
        Exit::Done
    } else {
        Exit::Failed
    })
}
