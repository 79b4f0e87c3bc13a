//! `wiredesk check`: every problem at once.

use std::io::{self, Write as _};
use std::time::Duration;

use wiredesk_fetcher::{Configured, SourceConfig, probe};
use wiredesk_host::{Exit, open_transport};
use wiredesk_settings::{Environment, Settings, TransportKind};

use super::topics::differences;
use crate::cli::{CheckArgs, Common};
use crate::paint::{self, Paint};

/// How long the other side is waited for.
const REACH_LIMIT: Duration = Duration::from_secs(10);

/// One thing that was looked at: what it is, and what is wrong with it.
struct Finding {
    what: String,
    problems: Vec<String>,
    exit: Exit,
}

/// Looks at everything, and tells what is wrong.
pub(crate) fn check(common: &Common, args: &CheckArgs) -> anyhow::Result<Exit> {
    let (mut settings, mut problems) =
        Settings::inspect(common.config.as_deref(), &Environment::of_process())?;
    if let Some(folder) = &common.data_dir {
        settings.data_dir.clone_from(folder);
    }
    let (feeds, more) = Configured::read(&settings);
    problems.extend(more);
    let mut findings = vec![configuration(&settings, &problems), rules()];
    findings.push(sources(&feeds));
    if !args.offline {
        findings.extend(transport(&settings));
    }
    if args.probe {
        findings.extend(feeds.sources.iter().map(|source| asked(&feeds, source)));
    }
    report(&findings, paint::for_stdout())?;
    let worst = findings
        .iter()
        .filter(|finding| !finding.problems.is_empty());
    // What is wrong with the configuration has to be mended first.
    Ok(worst
        .map(|finding| finding.exit)
        .min_by_key(|exit| match exit {
            Exit::Usage => 0,
            Exit::Failed => 1,
            _ => 2,
        })
        .unwrap_or(Exit::Done))
}

fn configuration(settings: &Settings, problems: &[wiredesk_settings::Problem]) -> Finding {
    Finding {
        what: match &settings.file {
            Some(file) => format!("configuration {}", file.display()),
            None => "configuration: no file, the defaults hold".to_owned(),
        },
        problems: problems.iter().map(ToString::to_string).collect(),
        exit: Exit::Usage,
    }
}

fn rules() -> Finding {
    let rules = wiredesk_cleaning::rules();
    Finding {
        what: format!(
            "cleaning rules: {} of version {}",
            rules.len(),
            wiredesk_cleaning::RULES_VERSION
        ),
        problems: Vec::new(),
        exit: Exit::Failed,
    }
}

fn sources(configured: &Configured) -> Finding {
    let what = match configured.sources.len() {
        0 => {
            "sources: none; a fetcher needs a [[source]] in a file of the sources folder".to_owned()
        }
        count => format!("sources: {count}"),
    };
    Finding {
        what,
        problems: Vec::new(),
        exit: Exit::Usage,
    }
}

fn transport(settings: &Settings) -> Vec<Finding> {
    let place = match settings.transport.kind {
        TransportKind::Embedded => settings.embedded_file().display().to_string(),
        TransportKind::Kafka => format!("Kafka at {}", settings.transport.kafka.bootstrap),
    };
    let reached = |problems, exit| Finding {
        what: format!("transport: {place}"),
        problems,
        exit,
    };
    let transport = match open_transport(settings) {
        Ok(transport) => transport,
        Err(error) => {
            let exit = Exit::of_error(&error);
            return vec![reached(vec![error.to_string()], exit)];
        }
    };
    if let Err(error) = transport.check(REACH_LIMIT) {
        let exit = Exit::of_transport(&error);
        return vec![reached(vec![error.to_string()], exit)];
    }
    let topics = match transport.describe_topics(&settings.topics.specs()) {
        Ok(found) => Finding {
            what: format!("topics: {}", found.len()),
            problems: differences(&found),
            exit: Exit::Failed,
        },
        Err(error) => Finding {
            what: "topics".to_owned(),
            problems: vec![error.to_string()],
            exit: Exit::of_transport(&error),
        },
    };
    vec![reached(Vec::new(), Exit::Done), topics]
}

/// Fetches a source once.
fn asked(feeds: &Configured, source: &SourceConfig) -> Finding {
    let name = format!("source {} at {}", source.id, source.place());
    match probe(source, &feeds.settings) {
        Ok(report) => Finding {
            what: format!(
                "{name}: {} items as {}, newest {}, in {} ms",
                report.items,
                report.format,
                report.newest.as_deref().unwrap_or("without a date"),
                report.took.as_millis(),
            ),
            problems: Vec::new(),
            exit: Exit::Done,
        },
        Err(error) => Finding {
            what: name,
            problems: vec![error.to_string()],
            exit: Exit::Unavailable,
        },
    }
}

fn report(findings: &[Finding], paint: Paint) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in findings {
        if finding.problems.is_empty() {
            writeln!(out, "{} {}", paint.good("ok   "), finding.what)?;
        } else {
            writeln!(
                out,
                "{} {}",
                paint.bad("wrong"),
                paint.strong(&finding.what)
            )?;
        }
        for problem in &finding.problems {
            writeln!(out, "      {}", problem.replace('\n', "\n      "))?;
        }
    }
    out.flush()
}
