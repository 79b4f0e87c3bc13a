//! The sources that take what is brought to them, and what their hubs were asked for.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::SourceConfig;
use crate::websub::Advertised;

/// The sources by name, as they are configured now.
#[derive(Debug, Default)]
pub struct Doors {
    open: RwLock<HashMap<String, Arc<SourceConfig>>>,
    /// What hubs were asked for, by feed; only of feeds that are worked here.
    subscriptions: RwLock<HashMap<String, Advertised>>,
}

impl Doors {
    /// Opens these and closes all others.
    pub fn set<'a>(&self, sources: impl Iterator<Item = &'a Arc<SourceConfig>>) {
        let open = sources.map(|source| (source.id.clone(), Arc::clone(source)));
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = open.collect();
    }

    /// The source of a name.
    pub fn at(&self, id: &str) -> Option<Arc<SourceConfig>> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.get(id).cloned()
    }

    /// Notes what the hub of a feed was asked for; `None` where it is asked nothing, or by others.
    pub fn subscribe(&self, id: &str, to: Option<Advertised>) {
        let known = self.subscriptions.write();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        match to {
            Some(to) => known.insert(id.to_owned(), to),
            None => known.remove(id),
        };
    }

    /// What the hub of a feed was asked for.
    pub fn subscription(&self, id: &str) -> Option<Advertised> {
        let known = self.subscriptions.read();
        known
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }
}
