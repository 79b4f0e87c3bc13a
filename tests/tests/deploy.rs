//! What `deploy/` ships must name things that exist: metrics, labels, commands, documents.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use wiredesk_telemetry::{Kind, Metric};
use wiredesk_tests::{binary, files, root};

/// What Prometheus adds to the name of a histogram.
const OF_HISTOGRAMS: &[&str] = &["_bucket", "_sum", "_count"];

fn text(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).expect("a file of the repository can be read")
}

/// Every word of `text` that begins as our metrics do.
fn metrics_named(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("wiredesk_"))
        .collect()
}

fn names_that_prometheus_knows() -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for metric in Metric::ALL {
        match metric.kind() {
            Kind::Histogram => {
                known.extend(
                    OF_HISTOGRAMS
                        .iter()
                        .map(|end| format!("{}{end}", metric.name())),
                );
            }
            Kind::Counter | Kind::Gauge => {
                known.insert(metric.name().to_owned());
            }
        }
    }
    known
}

#[test]
fn dashboards_and_alerts_name_metrics_that_there_are() {
    let known = names_that_prometheus_knows();
    let mut seen = BTreeMap::new();
    for (folder, ending) in [("deploy/prometheus", ".yml"), ("deploy/grafana", ".json")] {
        for path in files(folder, ending) {
            let content = text(&path);
            for name in metrics_named(&content) {
                assert!(known.contains(name), "{}: no metric {name}", path.display());
                *seen.entry(folder).or_insert(0) += 1;
            }
        }
    }
    assert_eq!(seen.len(), 2, "both folders name metrics: {seen:?}");
}

#[test]
fn every_command_that_is_started_is_one() {
    let help = Command::new(binary("wiredesk"))
        .arg("--help")
        .output()
        .expect("wiredesk starts");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let commands: BTreeSet<&str> = help
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    let mut checked = 0;
    for path in [files("deploy", ".yaml"), files("deploy", ".service")].concat() {
        for line in text(&path).lines() {
            let line = line.trim();
            let Some(list) = ["command: [", "args: ["]
                .iter()
                .find_map(|start| line.strip_prefix(start))
                .filter(|list| !list.contains("CMD"))
            else {
                continue;
            };
            let first = list.split([',', ']']).next().unwrap_or_default();
            let command = first.trim().trim_matches('"');
            assert!(
                commands.contains(command),
                "{}: `wiredesk {command}` is no command",
                path.display()
            );
            checked += 1;
        }
    }
    assert!(
        checked >= 8,
        "only {checked} commands were found in deploy/"
    );
}

#[test]
fn each_alert_is_explained_to_operators() {
    let guide = text(&root().join("docs/operators.md"));
    let alerts = text(&root().join("deploy/prometheus/alerts.yml"));
    let names: Vec<&str> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    assert!(!names.is_empty());
    for name in names {
        assert!(
            guide.contains(name),
            "docs/operators.md says nothing about {name}"
        );
    }
}
