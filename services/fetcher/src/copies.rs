//! One fetch for an address that several sources share: whoever is due first asks, and the others
//! take its answer while it is young.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Semaphore;
use wiredesk_model::Timestamp;

use crate::http::{Answer, HttpClient, Request};
use crate::{FetchError, SourceConfig, SourceKind};

/// Larger bodies are fetched by each source for itself.
const KEPT_BYTES: usize = 4 * 1024 * 1024;
/// How long a failure is everybody's; each source tries again by its own back-off.
const SHARED_FAILURE: Duration = Duration::from_secs(30);

/// The answers of addresses that several sources share.
#[derive(Debug, Default)]
pub struct Copies {
    groups: RwLock<Groups>,
}

#[derive(Debug, Default)]
struct Groups {
    /// Place in `shared`, by the id of the source.
    by_source: HashMap<String, usize>,
    shared: Vec<Arc<Shared>>,
}

#[derive(Debug)]
struct Shared {
    /// One of the sources asks, the others wait for its answer.
    turn: Semaphore,
    copy: Mutex<Option<Copy>>,
}

#[derive(Debug, Clone)]
struct Copy {
    at: Timestamp,
    /// Validators as sent.
    sent: (Option<String>, Option<String>),
    outcome: Result<Answer, FetchError>,
}

impl Copies {
    /// Finds the sources that ask for the same in the same way.
    pub fn new<'a>(sources: impl Iterator<Item = &'a SourceConfig>) -> Self {
        let copies = Self::default();
        copies.renew(sources);
        copies
    }

    /// The same for other sources from now on.
    pub fn renew<'a>(&self, sources: impl Iterator<Item = &'a SourceConfig>) {
        *self.groups.write().unwrap_or_else(PoisonError::into_inner) = Groups::of(sources);
    }

    fn shared(&self, source: &SourceConfig) -> Option<Arc<Shared>> {
        let groups = self.groups.read().unwrap_or_else(PoisonError::into_inner);
        let place = groups.by_source.get(&source.id)?;
        groups.shared.get(*place).cloned()
    }
}

impl Groups {
    fn of<'a>(sources: impl Iterator<Item = &'a SourceConfig>) -> Self {
        let mut groups: Vec<Vec<&SourceConfig>> = Vec::new();
        let mut by_url: HashMap<&str, Vec<usize>> = HashMap::new();
        for source in sources.filter(|source| source.kind == SourceKind::Feed) {
            let same_url = by_url.entry(source.place()).or_default();
            let same = same_url.iter().find(|group| {
                groups[**group]
                    .iter()
                    .all(|other| asks_alike(source, other))
            });
            match same {
                Some(group) => groups[*group].push(source),
                None => {
                    same_url.push(groups.len());
                    groups.push(vec![source]);
                }
            }
        }
        let mut found = Self::default();
        for group in groups.iter().filter(|group| group.len() > 1) {
            let place = found.shared.len();
            let ids = group.iter().map(|source| (source.id.clone(), place));
            found.by_source.extend(ids);
            found.shared.push(Arc::new(Shared {
                turn: Semaphore::new(1),
                copy: Mutex::new(None),
            }));
        }
        found
    }
}

impl Copies {
    /// The answer to a source's request: from a copy no older than `young`, or fetched at `now`.
    pub async fn get(
        &self,
        http: &HttpClient,
        source: &SourceConfig,
        request: &Request<'_>,
        (now, young): (Timestamp, Duration),
    ) -> Result<Answer, FetchError> {
        let Some(shared) = self.shared(source) else {
            return http.get(request, now).await;
        };
        let Ok(_turn) = shared.turn.acquire().await else {
            return http.get(request, now).await;
        };
        let copy = shared.copy().clone();
        if let Some(copy) = copy.filter(|copy| copy.serves(request, now, young)) {
            return copy.outcome;
        }
        let outcome = http.get(request, now).await;
        let body = outcome
            .as_ref()
            .ok()
            .and_then(|answer| answer.body.as_ref());
        let is_kept = body.is_none_or(|body| body.len() <= KEPT_BYTES);
        *shared.copy() = is_kept.then(|| Copy {
            at: now,
            sent: sent_with(request),
            outcome: outcome.clone(),
        });
        outcome
    }
}

impl Shared {
    fn copy(&self) -> std::sync::MutexGuard<'_, Option<Copy>> {
        self.copy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Copy {
    fn serves(&self, request: &Request<'_>, now: Timestamp, young: Duration) -> bool {
        let most = match &self.outcome {
            Ok(_) => young,
            Err(_) => young.min(SHARED_FAILURE),
        };
        let age = Duration::try_from(now.duration_since(self.at));
        let is_young = age.is_ok_and(|age| age <= most);
        // "Not modified" holds only for those who have the same copy at hand.
        let is_whole = !matches!(&self.outcome, Ok(answer) if answer.body.is_none());
        is_young && (is_whole || self.sent == sent_with(request))
    }
}

fn sent_with(request: &Request<'_>) -> (Option<String>, Option<String>) {
    (
        request.etag.map(str::to_owned),
        request.last_modified.map(str::to_owned),
    )
}

/// Whether two sources would send the same request to their common address.
fn asks_alike(one: &SourceConfig, other: &SourceConfig) -> bool {
    one.allow_private == other.allow_private
        && one.headers == other.headers
        && one.auth == other.auth
        && one.proxy == other.proxy
        && one.client_certificate == other.client_certificate
        && one.ca_certificate == other.ca_certificate
}
