//! What becomes of what is archived: how long it stays, and what a kill does to it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What becomes of a killed story that is in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnKill {
    /// It stays, with the event that killed it.
    #[default]
    Keep,
    /// Everything of it moves to files below `restricted/`, and the manifests say so.
    Restrict,
    /// Everything of it is taken out of the files, and the manifests say so.
    Erase,
}

/// What becomes of what is archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// What a kill does.
    pub on_kill: OnKill,
    /// How long a segment stays after its newest record; for good where it is not given.
    pub keep: Option<Duration>,
}

impl From<OnKill> for Policy {
    fn from(on_kill: OnKill) -> Self {
        Self {
            on_kill,
            keep: None,
        }
    }
}
