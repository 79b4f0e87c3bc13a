//! The storm limit: a bad deploy stops a stage instead of draining the input into dead letters.

use std::collections::VecDeque;

use crate::RunnerSettings;

/// Watches the share of dead letters among the newest inputs, and their run length.
#[derive(Debug, Clone)]
pub(crate) struct StormWatch {
    newest: VecDeque<bool>,
    dead: u32,
    run: u32,
    max_run: u32,
    ratio: f64,
    window: usize,
}

impl StormWatch {
    pub fn new(settings: &RunnerSettings) -> Self {
        Self {
            newest: VecDeque::new(),
            dead: 0,
            run: 0,
            max_run: settings.storm_run.max(1),
            ratio: settings.storm_ratio,
            window: settings.storm_window.max(1) as usize,
        }
    }

    /// Takes note of one decided input; says what broke where a limit did.
    pub fn note(&mut self, dead: bool) -> Option<String> {
        self.run = if dead { self.run + 1 } else { 0 };
        self.newest.push_back(dead);
        self.dead += u32::from(dead);
        if self.newest.len() > self.window && self.newest.pop_front() == Some(true) {
            self.dead -= 1;
        }
        if self.run >= self.max_run {
            return Some(format!("{} dead letters in a row", self.run));
        }
        let share = f64::from(self.dead) / self.window as f64;
        (self.newest.len() == self.window && share >= self.ratio).then(|| {
            format!(
                "{} of the last {} inputs became dead letters",
                self.dead, self.window
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(run: u32, ratio: f64, window: u32) -> StormWatch {
        let settings = RunnerSettings {
            storm_run: run,
            storm_ratio: ratio,
            storm_window: window,
            ..RunnerSettings::default()
        };
        StormWatch::new(&settings)
    }

    #[test]
    fn a_run_of_dead_letters_is_a_storm() {
        let mut storm = watch(3, 1.1, 10);
        assert_eq!(storm.note(true), None);
        assert_eq!(storm.note(true), None);
        assert_eq!(storm.note(false), None);
        assert_eq!(storm.note(true), None);
        assert_eq!(storm.note(true), None);
        assert_eq!(storm.note(true).as_deref(), Some("3 dead letters in a row"));
    }

    #[test]
    fn a_share_counts_only_over_a_full_window() {
        let mut storm = watch(100, 0.5, 4);
        assert_eq!(storm.note(true), None);
        assert_eq!(storm.note(true), None);
        assert_eq!(storm.note(false), None);
        let said = storm.note(false);
        assert_eq!(
            said.as_deref(),
            Some("2 of the last 4 inputs became dead letters")
        );
        let mut calm = watch(100, 0.5, 4);
        for dead in [true, false, false, false, false, true, false, false] {
            assert_eq!(calm.note(dead), None);
        }
    }
}
