//! What comes from outside the files: environment variables and the contents of secret files.

use std::collections::BTreeMap;
use std::io;

use crate::{Problem, Settings};

type FileReader = fn(&str) -> io::Result<String>;

/// The environment as it was when the program began; tests make their own.
#[derive(Debug, Clone)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    read_file: FileReader,
}

impl Environment {
    /// The variables of this process, and its files.
    pub fn of_process() -> Self {
        Self {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            read_file: |path| std::fs::read_to_string(path),
        }
    }

    /// No variables and no files.
    pub fn empty() -> Self {
        Self {
            variables: BTreeMap::new(),
            read_file: |_| Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// The same environment with one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// What a secret file holds, without the line end behind it.
    pub(crate) fn file(&self, path: &str) -> io::Result<String> {
        (self.read_file)(path).map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// A variable that wins over the file.
pub struct Override {
    /// Name of the variable.
    pub variable: &'static str,
    /// The key that it stands for.
    pub key: &'static str,
    apply: fn(&mut Settings, &str) -> Result<(), String>,
}

/// The variables that win over the file. Any other value takes one with `${env:NAME}`.
pub const OVERRIDES: &[Override] = &[
    Override {
        variable: "WIREDESK_DATA_DIR",
        key: "data_dir",
        apply: |settings, text| {
            settings.data_dir = text.into();
            Ok(())
        },
    },
    Override {
        variable: "WIREDESK_INSTANCE",
        key: "instance",
        apply: |settings, text| {
            text.clone_into(&mut settings.instance);
            Ok(())
        },
    },
    Override {
        variable: "WIREDESK_TRANSPORT",
        key: "transport.kind",
        apply: |settings, text| {
            settings.transport.kind = text.parse()?;
            Ok(())
        },
    },
    Override {
        variable: "WIREDESK_KAFKA_BOOTSTRAP",
        key: "transport.kafka.bootstrap",
        apply: |settings, text| {
            text.clone_into(&mut settings.transport.kafka.bootstrap);
            Ok(())
        },
    },
    Override {
        variable: "WIREDESK_TOPIC_PREFIX",
        key: "topics.prefix",
        apply: |settings, text| {
            text.clone_into(&mut settings.topics.prefix);
            Ok(())
        },
    },
    Override {
        variable: "WIREDESK_HTTP_ADDRESS",
        key: "http.address",
        apply: |settings, text| {
            text.clone_into(&mut settings.http.address);
            Ok(())
        },
    },
    Override {
        variable: "WIREDESK_LOG_LEVEL",
        key: "log.level",
        apply: |settings, text| {
            text.clone_into(&mut settings.log.level);
            Ok(())
        },
    },
    Override {
        variable: "WIREDESK_LOG_FORMAT",
        key: "log.format",
        apply: |settings, text| {
            settings.log.format = text.parse()?;
            Ok(())
        },
    },
];

/// Variables with our prefix that are read elsewhere.
const OTHERS: &[&str] = &["WIREDESK_CONFIG"];

/// Puts the variables over what the file said.
pub(crate) fn apply(
    settings: &mut Settings,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) {
    for (name, value) in &environment.variables {
        if let Some(known) = OVERRIDES.iter().find(|known| known.variable == name) {
            if let Err(message) = (known.apply)(settings, value) {
                problems.push(Problem::of(name, message));
            }
        } else if name.starts_with("WIREDESK_") && !OTHERS.contains(&name.as_str()) {
            // Only a near miss is refused: orchestrators put variables of their own under the
            // name of a service (`WIREDESK_SERVICE_HOST`, `WIREDESK_PORT`).
            let names = OVERRIDES.iter().map(|known| known.variable);
            if let Some(near) = near_variable(name, names) {
                let message = format!("unknown variable, did you mean {near}?");
                problems.push(Problem::of(name, message));
            }
        }
    }
}

fn near_variable<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (strsim::damerau_levenshtein(given, name), name))
        .filter(|(edits, _)| *edits <= 2)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LogFormat, TransportKind};

    fn load(environment: &Environment) -> (Settings, Vec<Problem>) {
        Settings::from_text("wiredesk.toml", "[topics]\nprefix = \"a\"\n", environment)
    }

    #[test]
    fn a_variable_wins_over_the_file() {
        let environment = Environment::empty()
            .with("WIREDESK_TOPIC_PREFIX", "b")
            .with("WIREDESK_TRANSPORT", "kafka")
            .with("WIREDESK_LOG_FORMAT", "json")
            .with("WIREDESK_SERVICE_HOST", "10.0.0.1");
        let (settings, problems) = load(&environment);
        assert_eq!(problems, []);
        assert_eq!(settings.topics.prefix, "b");
        assert_eq!(settings.transport.kind, TransportKind::Kafka);
        assert_eq!(settings.log.format, LogFormat::Json);
    }

    #[test]
    fn a_wrong_value_and_a_misspelt_variable_are_both_told() {
        let environment = Environment::empty()
            .with("WIREDESK_TRANSPORT", "kafak")
            .with("WIREDESK_TOPIC_PREFX", "b");
        let told: Vec<String> = load(&environment)
            .1
            .iter()
            .map(Problem::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "WIREDESK_TOPIC_PREFX: unknown variable, did you mean WIREDESK_TOPIC_PREFIX?",
                "WIREDESK_TRANSPORT: unknown value `kafak`, did you mean `kafka`?",
            ]
        );
    }

    #[test]
    fn every_override_names_a_key_of_the_file() {
        let known = crate::settings::tests::default_keys();
        for entry in OVERRIDES {
            assert!(known.contains(&entry.key.to_owned()), "{}", entry.key);
        }
    }
}
