//! The fetcher's part of the configuration, as a whole.

use std::path::PathBuf;

use wiredesk_host::{Host, HostError};
use wiredesk_model::{RunId, Topic};
use wiredesk_pipeline::Behind;
use wiredesk_settings::{Problem, Settings};

use crate::watch::Watch;
use crate::{FetchError, Fetcher, FetcherSettings, SourceConfig, SourceKind, read_sources};

/// The stages behind the fetcher: while one of them is late, it holds back.
pub const STAGES_BEHIND: &[Behind] = &[
    Behind {
        service: "cleaner",
        input: Topic::Raw,
    },
    Behind {
        service: "enricher",
        input: Topic::Clean,
    },
];

/// What the fetcher is configured to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Configured {
    /// `[fetcher]`.
    pub settings: FetcherSettings,
    /// Every `[[source]]` that is switched on.
    pub sources: Vec<SourceConfig>,
    /// The file that changed sources are read from, while the fetcher runs.
    pub watched: Option<PathBuf>,
}

impl Configured {
    /// Reads `[fetcher]` and every `[[source]]`, with everything that is wrong with them.
    pub fn read(settings: &Settings) -> (Self, Vec<Problem>) {
        let table = &settings.fetcher;
        let (own, mut problems) = table.read::<FetcherSettings>();
        let own = own.unwrap_or_default();
        problems.extend(
            own.validate()
                .into_iter()
                .map(|(key, message)| table.problem_at(key, &message)),
        );
        let (sources, more) = read_sources(&settings.sources);
        problems.extend(more);
        let is_pushed = |source: &&SourceConfig| source.kind == SourceKind::Push;
        if let Some(source) = sources.iter().find(is_pushed)
            && own.intake.address.is_empty()
        {
            let message = format!(
                "source {:?} is pushed to, and nothing listens; set address under [fetcher.intake]",
                source.id
            );
            problems.push(table.problem_at("intake.address", &message));
        }
        let configured = Self {
            settings: own,
            sources,
            watched: settings.file.clone(),
        };
        (configured, problems)
    }

    /// The fetcher that does it, on news as it happens.
    ///
    /// # Errors
    /// Where its HTTP client cannot be set up.
    pub fn fetcher(self) -> Result<Fetcher, FetchError> {
        Fetcher::new(self.sources, self.settings, RunId::live())
    }

    /// Puts the fetcher into `host`, with the listener for what others bring.
    ///
    /// # Errors
    /// Where its HTTP client cannot be set up, or its address is taken.
    pub fn add_to(self, host: &mut Host) -> Result<(), HostError> {
        let (watch, limits) = (self.watched.clone(), self.settings.clone());
        let mut fetcher = self.fetcher().map_err(|error| HostError::Defect {
            service: "fetcher",
            detail: error.to_string(),
        })?;
        fetcher.open_intake()?;
        if let Some(watch) = watch {
            Watch::new(&watch, limits, fetcher.renewal()).start(host)?;
        }
        host.add_source(Box::new(fetcher), STAGES_BEHIND);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wiredesk_settings::Environment;

    use super::*;
    use crate::IntakeSettings;

    /// The file that is shown to users.
    const SHOWN: &str = include_str!("../../../config/wiredesk.toml");

    #[test]
    fn the_shown_file_has_the_defaults_of_the_code() {
        let (settings, problems) =
            Settings::from_text("config/wiredesk.toml", SHOWN, &Environment::empty());
        assert_eq!(problems, []);
        let (configured, problems) = Configured::read(&settings);
        assert_eq!(problems, []);
        assert_eq!(configured.settings, FetcherSettings::default());
        for key in FetcherSettings::KEYS {
            assert!(SHOWN.contains(&format!("\n{key} = ")), "{key} is not shown");
        }
        let (_, intake) = SHOWN.split_once("[fetcher.intake]").unwrap();
        for key in IntakeSettings::KEYS {
            assert!(
                intake.contains(&format!("\n{key} = ")),
                "{key} is not shown"
            );
        }
    }
}
