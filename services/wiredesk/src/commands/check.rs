//! `wiredesk check`: every problem at once.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use wiredesk_fetcher::{Configured, SourceConfig, probe};
use wiredesk_host::{Exit, reach_transport};
use wiredesk_settings::{Environment, Settings, TransportKind};

use super::exit_of_fetch;
use super::topics::differences;
use crate::cli::{CheckArgs, Common};
use crate::paint::{self, Paint};

/// How long the other side is waited for.
const REACH_LIMIT: Duration = Duration::from_secs(10);

/// One thing that was looked at: what it is, and what came of it.
struct Finding {
    what: String,
    verdict: Verdict,
}

enum Verdict {
    Right,
    Wrong(Vec<String>, Exit),
    Unchecked,
}

impl Finding {
    fn right(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            verdict: Verdict::Right,
        }
    }

    /// Wrong where there are problems.
    fn of(what: impl Into<String>, problems: Vec<String>, exit: Exit) -> Self {
        let verdict = if problems.is_empty() {
            Verdict::Right
        } else {
            Verdict::Wrong(problems, exit)
        };
        Self {
            what: what.into(),
            verdict,
        }
    }
}

/// Looks at everything, and tells what is wrong; changes nothing.
pub(crate) fn check(common: &Common, args: &CheckArgs) -> anyhow::Result<Exit> {
    let (mut settings, mut problems) =
        Settings::inspect(common.config.as_deref(), &Environment::of_process())?;
    if let Some(folder) = &common.data_dir {
        settings.data_dir.clone_from(folder);
    }
    let (feeds, more) = Configured::read(&settings);
    problems.extend(more);
    problems.extend(wiredesk_archiver::ArchiveSettings::read(&settings).1);
    problems.extend(wiredesk_indexer::SearchSettings::read(&settings).1);
    let mut findings = vec![
        configuration(&settings, &problems),
        rules(),
        publisher_rules(&settings),
    ];
    if problems.is_empty() {
        findings.push(sources(&feeds));
        if !args.offline {
            findings.extend(transport(&settings));
        }
        if args.probe {
            findings.extend(feeds.sources.iter().map(|source| asked(&feeds, source)));
        }
    } else {
        findings.push(unchecked());
    }
    report(&findings, paint::for_stdout())?;
    let exits = findings.iter().filter_map(|finding| match finding.verdict {
        Verdict::Wrong(_, exit) => Some(exit),
        Verdict::Right | Verdict::Unchecked => None,
    });
    // What is wrong with the configuration has to be mended first.
    Ok(exits
        .min_by_key(|exit| match exit {
            Exit::Usage => 0,
            Exit::Failed => 1,
            _ => 2,
        })
        .unwrap_or(Exit::Done))
}

fn configuration(settings: &Settings, problems: &[wiredesk_settings::Problem]) -> Finding {
    let what = match &settings.file {
        Some(file) => format!("configuration {}", file.display()),
        None => "configuration: no file, the defaults hold".to_owned(),
    };
    let problems = problems.iter().map(ToString::to_string).collect();
    Finding::of(what, problems, Exit::Usage)
}

/// What is left alone because it would be a check of defaults instead of what was meant.
fn unchecked() -> Finding {
    Finding {
        what: "transport, topics and sources: not checked, because the configuration is wrong"
            .to_owned(),
        verdict: Verdict::Unchecked,
    }
}

fn rules() -> Finding {
    let rules = wiredesk_cleaning::rules();
    Finding::right(format!(
        "cleaning rules: {} of version {}",
        rules.len(),
        wiredesk_cleaning::RULES_VERSION
    ))
}

fn publisher_rules(settings: &Settings) -> Finding {
    let (rules, problems) = wiredesk_cleaner::CleanerRules::configured(settings);
    let rules = rules.publishers;
    let problems = problems.iter().map(ToString::to_string).collect();
    let what = match rules.len() {
        0 => "publisher rules: none".to_owned(),
        count => {
            format!("publisher rules: {count}; `wiredesk rules test` runs them over their pages")
        }
    };
    Finding::of(what, problems, Exit::Usage)
}

fn sources(configured: &Configured) -> Finding {
    Finding::right(match configured.sources.len() {
        0 => {
            "sources: none; a fetcher needs a [[source]] in a file of the sources folder".to_owned()
        }
        count => format!("sources: {count}"),
    })
}

fn transport(settings: &Settings) -> Vec<Finding> {
    let place = match settings.transport.kind {
        TransportKind::Embedded => {
            let file = settings.embedded_file();
            if !file.exists() {
                return vec![not_there_yet(&file)];
            }
            format!("transport: {}", file.display())
        }
        TransportKind::Kafka => {
            format!("transport: Kafka at {}", settings.transport.kafka.bootstrap)
        }
    };
    let transport = match reach_transport(settings) {
        Ok(transport) => transport,
        Err(error) => {
            let exit = Exit::of_error(&error);
            return vec![Finding::of(place, vec![error.to_string()], exit)];
        }
    };
    if let Err(error) = transport.check(REACH_LIMIT) {
        let exit = Exit::of_transport(&error);
        return vec![Finding::of(place, vec![error.to_string()], exit)];
    }
    let topics = match transport.describe_topics(&settings.topics.specs()) {
        Ok(found) => Finding::of(
            format!("topics: {}", found.len()),
            differences(&found),
            Exit::Failed,
        ),
        Err(error) => {
            let exit = Exit::of_transport(&error);
            Finding::of("topics", vec![error.to_string()], exit)
        }
    };
    vec![Finding::right(place), topics]
}

/// The embedded transport before the first start: it is not opened, since that would make it.
fn not_there_yet(file: &Path) -> Finding {
    let what = format!(
        "transport: {} is not there yet; it and its topics will be made at the first start",
        file.display()
    );
    let in_the_way = file
        .ancestors()
        .skip(1)
        .find(|folder| folder.exists())
        .filter(|place| !place.is_dir());
    let problems = in_the_way.map(|place| {
        let place = place.display();
        format!("{place} is a file, not a folder; move it away or choose another data_dir")
    });
    Finding::of(what, problems.into_iter().collect(), Exit::Usage)
}

/// Fetches a source once.
fn asked(feeds: &Configured, source: &SourceConfig) -> Finding {
    let name = format!("source {} at {}", source.id, source.place());
    match probe(source, &feeds.settings) {
        Ok(report) => Finding::right(format!(
            "{name}: {} items as {}, newest {}, in {} ms",
            report.items,
            report.format,
            report.newest.as_deref().unwrap_or("without a date"),
            report.took.as_millis(),
        )),
        Err(error) => Finding::of(name, vec![error.to_string()], exit_of_fetch(&error)),
    }
}

fn report(findings: &[Finding], paint: Paint) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in findings {
        let what = &finding.what;
        match &finding.verdict {
            Verdict::Right => writeln!(out, "{} {what}", paint.good("ok   "))?,
            Verdict::Unchecked => writeln!(out, "{} {what}", paint.warn("left "))?,
            Verdict::Wrong(problems, _) => {
                writeln!(out, "{} {}", paint.bad("wrong"), paint.strong(what))?;
                for problem in problems {
                    writeln!(out, "      {}", problem.replace('\n', "\n      "))?;
                }
            }
        }
    }
    out.flush()
}
