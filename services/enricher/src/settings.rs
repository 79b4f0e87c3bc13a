//! `[enricher]` of the configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use wiredesk_model::SourceId;
use wiredesk_settings::{Problem, Settings};

use crate::power::Owners;

/// The shortest time that a story is remembered: orders are kept so long, and read again.
const LEAST_DAYS: u32 = 30;
/// The longest, a hundred years.
const MOST_DAYS: u32 = 36_500;

/// `[enricher]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EnricherSettings {
    /// Days that a story is remembered after its newest version; 0 is for good.
    pub story_days: u32,
    /// Whether a story is taken back once the time is over that its source gives it.
    pub expire: bool,
    /// Sources of one owner, by a name for it: any of them may take back stories of the others.
    pub owners: BTreeMap<String, Vec<SourceId>>,
}

impl Default for EnricherSettings {
    fn default() -> Self {
        Self {
            story_days: 400,
            expire: true,
            owners: BTreeMap::new(),
        }
    }
}

impl EnricherSettings {
    /// How long a story is remembered that is over; `None` for good.
    pub(crate) fn remembered(&self) -> Option<Duration> {
        const DAY: u64 = 24 * 60 * 60;
        (self.story_days > 0).then(|| Duration::from_secs(DAY * u64::from(self.story_days)))
    }

    /// Reads the section, and everything that is wrong with it.
    pub fn read(settings: &Settings) -> (Self, Vec<Problem>) {
        let (read, mut problems) = settings.enricher.read::<Self>();
        let read = read.unwrap_or_default();
        let days = read.story_days;
        if days != 0 && !(LEAST_DAYS..=MOST_DAYS).contains(&days) {
            let text = format!(
                "`story_days` is {days}; choose {LEAST_DAYS} to {MOST_DAYS}, or 0 for good"
            );
            problems.push(settings.enricher.problem_at("story_days", &text));
        }
        if let Some(source) = Owners::of(&read.owners).twice() {
            let text = format!("source {source} has two owners; name it once");
            problems.push(settings.enricher.problem_at("owners", &text));
        }
        (read, problems)
    }
}

#[cfg(test)]
mod tests {
    use wiredesk_settings::Environment;

    use super::*;

    fn read(text: &str) -> (EnricherSettings, Vec<String>) {
        let environment = Environment::empty();
        let (settings, problems) = Settings::from_text("test.toml", text, &environment);
        assert_eq!(problems.len(), 0, "{problems:?}");
        let (read, problems) = EnricherSettings::read(&settings);
        (read, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn owners_and_days_are_read_and_what_is_wrong_is_told() {
        assert_eq!(read("").0, EnricherSettings::default());
        let (settings, problems) =
            read("[enricher]\nstory_days = 90\n[enricher.owners]\nagency = [\"a\", \"b\"]\n");
        assert_eq!((settings.story_days, problems.len()), (90, 0));
        assert!(Owners::of(&settings.owners).are_one(&"a".into(), &"b".into()));
        let (_, problems) =
            read("[enricher]\nstory_days = 3\n[enricher.owners]\none = [\"a\"]\nother = [\"a\"]\n");
        assert!(
            problems.iter().any(|said| said.contains("story_days")),
            "{problems:?}"
        );
        assert!(
            problems.iter().any(|said| said.contains("two owners")),
            "{problems:?}"
        );
    }
}
