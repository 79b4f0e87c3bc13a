//! Whether a page may be fetched, by the `robots.txt` of its host; asked for once a day.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use url::Url;
use wiredesk_model::Timestamp;

use crate::FetchError;
use crate::http::{HttpClient, Request, Wanted, shown};
use crate::robots::Robots;

/// How long a file holds (RFC 9309, 2.4).
const HOLDS: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a file that could not be had closes its host.
const CLOSED_HOLDS: Duration = Duration::from_secs(10 * 60);
/// Hosts whose rules are kept.
const HOSTS_KEPT: usize = 1_000;

/// The rules of every host that was asked for pages.
#[derive(Debug, Default)]
pub struct Permissions {
    known: Mutex<HashMap<String, Arc<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    /// One page asks for the rules, the others wait.
    turn: Semaphore,
    rules: Mutex<Option<(Timestamp, Arc<Robots>)>>,
}

impl Permissions {
    /// Answers with an error where the host's rules close a page to us.
    ///
    /// # Errors
    /// [`FetchError::Disallowed`].
    pub async fn check(
        &self,
        http: &HttpClient,
        page: &Request<'_>,
        now: Timestamp,
    ) -> Result<(), FetchError> {
        let Ok(url) = Url::parse(page.url) else {
            return Ok(());
        };
        let entry = self.entry(&url);
        let rules = entry.rules(http, &url, page, now).await;
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        if rules.allows(&path) {
            return Ok(());
        }
        Err(FetchError::Disallowed {
            url: shown(page.url),
        })
    }

    fn entry(&self, url: &Url) -> Arc<Entry> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= HOSTS_KEPT {
            // A crowd like this is rare, and asking again does no harm.
            known.retain(|_, entry| Arc::strong_count(entry) > 1);
        }
        let origin = url.origin().ascii_serialization();
        let entry = known.entry(origin).or_insert_with(|| {
            Arc::new(Entry {
                turn: Semaphore::new(1),
                rules: Mutex::new(None),
            })
        });
        Arc::clone(entry)
    }
}

impl Entry {
    async fn rules(
        &self,
        http: &HttpClient,
        url: &Url,
        page: &Request<'_>,
        now: Timestamp,
    ) -> Arc<Robots> {
        let _turn = self.turn.acquire().await;
        if let Some(rules) = self.at_hand(now) {
            return rules;
        }
        let rules = Arc::new(fetch(http, url, page, now).await);
        let kept = Some((now, Arc::clone(&rules)));
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        rules
    }

    fn at_hand(&self, now: Timestamp) -> Option<Arc<Robots>> {
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, rules) = rules.as_ref()?;
        let holds = if **rules == Robots::closed() {
            CLOSED_HOLDS
        } else {
            HOLDS
        };
        let age = Duration::try_from(now.duration_since(*at)).unwrap_or_default();
        (age < holds).then(|| Arc::clone(rules))
    }
}

/// The rules as the host has them now. Where it says that there are none, everything is open;
/// where it does not answer, nothing is.
async fn fetch(http: &HttpClient, url: &Url, page: &Request<'_>, now: Timestamp) -> Robots {
    let Ok(place) = url.join("/robots.txt") else {
        return Robots::open();
    };
    let request = Request {
        wanted: Wanted::Robots,
        url: place.as_str(),
        ..*page
    };
    match http.get(&request, now).await {
        Ok(answer) => {
            let body = answer.body.unwrap_or_default();
            Robots::parse(&String::from_utf8_lossy(&body))
        }
        Err(error) => match error.status() {
            Some(429) | None => Robots::closed(),
            Some(400..=499) => Robots::open(),
            Some(_) => Robots::closed(),
        },
    }
}
