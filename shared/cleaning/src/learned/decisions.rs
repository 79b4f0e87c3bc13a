//! What people decided about blocks: they win over what was learned.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Fingerprint;

/// What is decided about a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It always goes.
    Pin,
    /// It always stays.
    Veto,
}

/// A decision about a block of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The source.
    pub source: String,
    /// The block.
    pub block: Fingerprint,
    /// What is decided.
    pub verdict: Verdict,
    /// Text of the block, for those who read the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Every decision, by source and block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    known: HashMap<String, HashMap<Fingerprint, Verdict>>,
}

impl Decisions {
    /// These decisions; of two about the same block the later one holds.
    pub fn new(decisions: &[Decision]) -> Self {
        let mut known: HashMap<String, HashMap<Fingerprint, Verdict>> = HashMap::new();
        for decision in decisions {
            let of_source = known.entry(decision.source.clone()).or_default();
            of_source.insert(decision.block, decision.verdict);
        }
        Self { known }
    }

    /// What is decided about a block of a source.
    pub fn of(&self, source: &str, block: Fingerprint) -> Option<Verdict> {
        self.known.get(source)?.get(&block).copied()
    }
}
