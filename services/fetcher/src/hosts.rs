//! The manners at each host, shared by everything that this process asks of it: how many requests
//! at once, the pause between two, and the time for which it wants to be left alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use wiredesk_model::Timestamp;

use crate::FetcherSettings;

/// Hosts kept in memory before those that nothing is known of are forgotten for the first time.
const HOSTS_KEPT: usize = 4096;

/// Every host that was asked.
#[derive(Debug)]
pub struct Hosts {
    places: usize,
    pause: Duration,
    known: Mutex<Known>,
    shares: Mutex<Shares>,
}

/// How the time of hosts is shared with other instances: how many times as long the pauses are.
#[derive(Debug, PartialEq)]
pub struct Shares {
    /// At the hosts of domains that have feeds.
    pub longer_at: HashMap<String, f64>,
    /// At all others.
    pub longer_elsewhere: f64,
}

impl Default for Shares {
    fn default() -> Self {
        Self {
            longer_at: HashMap::new(),
            longer_elsewhere: 1.0,
        }
    }
}

/// The domain that a host was registered under (`example.co.uk` of `feeds.example.co.uk`); the host
/// itself where it is a number or has no such domain.
pub fn domain(host: &str) -> &str {
    let is_number = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    match psl::domain_str(host) {
        Some(domain) if !is_number => domain,
        _ => host,
    }
}

#[derive(Debug)]
struct Known {
    hosts: HashMap<String, Arc<Host>>,
    /// So many are looked through for those that can be forgotten.
    sweep_at: usize,
}

#[derive(Debug)]
struct Host {
    places: Arc<Semaphore>,
    times: Mutex<Times>,
}

#[derive(Debug, Default)]
struct Times {
    /// The next request may begin then.
    next: Option<Instant>,
    /// The host wants no request before.
    not_before: Option<Timestamp>,
}

impl Hosts {
    /// No host is known yet.
    pub fn new(settings: &FetcherSettings) -> Self {
        Self {
            places: settings.requests_per_host,
            pause: Duration::from_millis(settings.host_pause_ms),
            known: Mutex::new(Known {
                hosts: HashMap::new(),
                sweep_at: HOSTS_KEPT,
            }),
            shares: Mutex::default(),
        }
    }

    /// Has the pauses longer from now on, with as many fewer requests at once.
    pub fn share(&self, shares: Shares) {
        *self.shares.lock().unwrap_or_else(PoisonError::into_inner) = shares;
    }

    fn pause_at(&self, name: &str) -> Duration {
        self.pause.mul_f64(self.longer_at(name))
    }

    /// Places that one request takes: with a third of a host's time goes a third of its places,
    /// and one at the least.
    fn places_taken_at(&self, name: &str) -> u32 {
        let times = self.longer_at(name).ceil();
        u32::try_from(self.places).map_or(1, |places| places.min(times as u32).max(1))
    }

    fn longer_at(&self, name: &str) -> f64 {
        let shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let known = shares.longer_at.get(domain(name));
        *known.unwrap_or(&shares.longer_elsewhere)
    }

    /// Waits for one of the places at a host, and for its pause; the place is held until the
    /// permit is dropped.
    pub async fn enter(&self, name: &str) -> Result<OwnedSemaphorePermit, AcquireError> {
        let host = self.host(name);
        let places = Arc::clone(&host.places);
        let permit = places
            .acquire_many_owned(self.places_taken_at(name))
            .await?;
        let pause = self.pause_at(name);
        let begin = {
            let mut times = host.times.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let begin = times.next.map_or(now, |next| next.max(now));
            times.next = Some(begin + pause);
            begin
        };
        tokio::time::sleep_until(begin).await;
        Ok(permit)
    }

    /// The time before which the host wants no request, where that is after `now`.
    pub fn not_before(&self, name: &str, now: Timestamp) -> Option<Timestamp> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let times = known.hosts.get(name)?.times.lock();
        let mut times = times.unwrap_or_else(PoisonError::into_inner);
        times.not_before = times.not_before.filter(|time| *time > now);
        times.not_before
    }

    /// Notes that a host wants no request before a time.
    pub fn leave_alone(&self, name: &str, until: Timestamp) {
        let host = self.host(name);
        let mut times = host.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.not_before = times.not_before.max(Some(until));
    }

    /// The clock was set back by so much: what was said by it before holds for as long as it did.
    pub fn set_back(&self, by: Duration) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for host in known.hosts.values() {
            let mut times = host.times.lock().unwrap_or_else(PoisonError::into_inner);
            times.not_before = times.not_before.and_then(|time| time.checked_sub(by).ok());
        }
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.hosts.len() > known.sweep_at {
            let now = Instant::now();
            known.hosts.retain(|_, host| {
                let times = host.times.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::strong_count(host) > 1
                    // A permit holds the places, not the host.
                    || Arc::strong_count(&host.places) > 1
                    || times.not_before.is_some()
                    || times.next.is_some_and(|next| next > now)
            });
            // Where all of them are needed, they are not looked through at each request.
            known.sweep_at = HOSTS_KEPT.max(2 * known.hosts.len());
        }
        let host = known.hosts.entry(name.to_owned()).or_insert_with(|| {
            Arc::new(Host {
                places: Arc::new(Semaphore::new(self.places)),
                times: Mutex::default(),
            })
        });
        Arc::clone(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_to_one_host_keep_their_distance_and_others_do_not_wait() {
        let settings = FetcherSettings {
            host_pause_ms: 50,
            ..FetcherSettings::default()
        };
        let hosts = Hosts::new(&settings);
        let begun = Instant::now();
        for _ in 0..4 {
            drop(hosts.enter("post.example").await);
        }
        let one_host = begun.elapsed();
        assert!(one_host >= Duration::from_millis(150), "{one_host:?}");
        let times = hosts.host("other.example");
        assert!(times.times.lock().unwrap().next.is_none());
    }

    #[tokio::test]
    async fn hosts_are_forgotten_but_not_those_that_are_being_asked() {
        let settings = FetcherSettings {
            host_pause_ms: 0,
            ..FetcherSettings::default()
        };
        let hosts = Hosts::new(&settings);
        let permit = hosts.enter("busy.example").await;
        for number in 0..3 * HOSTS_KEPT {
            drop(hosts.enter(&format!("{number}.example")).await);
        }
        let known = hosts.known.lock().unwrap().hosts.len();
        assert!(known <= HOSTS_KEPT + 1, "{known}");
        let places = Arc::clone(&hosts.host("busy.example").places);
        assert_eq!(places.available_permits(), settings.requests_per_host - 1);
        drop(permit);
    }

    fn shared(settings: &FetcherSettings, longer_elsewhere: f64) -> Hosts {
        let hosts = Hosts::new(settings);
        hosts.share(Shares {
            longer_at: HashMap::from([("own.example".to_owned(), 1.0)]),
            longer_elsewhere,
        });
        hosts
    }

    #[tokio::test]
    async fn who_has_a_third_of_a_host_pauses_three_times_as_long() {
        let settings = FetcherSettings {
            host_pause_ms: 20,
            ..FetcherSettings::default()
        };
        let hosts = shared(&settings, 3.0);
        let begun = Instant::now();
        for _ in 0..3 {
            drop(hosts.enter("post.example").await);
        }
        assert!(begun.elapsed() >= Duration::from_millis(120));
        let own = hosts.pause_at("feeds.own.example");
        assert_eq!(own, Duration::from_millis(20));
    }

    #[tokio::test]
    async fn who_has_a_part_of_a_host_has_that_part_of_its_places_and_one_at_least() {
        let settings = FetcherSettings {
            host_pause_ms: 0,
            requests_per_host: 6,
            ..FetcherSettings::default()
        };
        for (longer, name, places) in [
            (2.0, "half.example", 3),
            (10.0, "tenth.example", 1),
            (10.0, "own.example", 6),
        ] {
            let hosts = shared(&settings, longer);
            let mut held = Vec::new();
            for _ in 0..places {
                held.push(hosts.enter(name).await);
            }
            let left = hosts.host(name).places.available_permits();
            assert_eq!(left, 0, "{name}");
        }
    }

    #[test]
    fn a_domain_is_what_was_registered() {
        let cases = [
            ("feeds.post.co.uk", "post.co.uk"),
            ("post.example", "post.example"),
            ("one.github.io", "one.github.io"),
            ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("co.uk", "co.uk"),
        ];
        for (host, expected) in cases {
            assert_eq!(domain(host), expected);
        }
    }

    #[test]
    fn the_longest_wish_to_be_left_alone_holds() {
        let hosts = Hosts::new(&FetcherSettings::default());
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        hosts.leave_alone("post.example", at(100));
        hosts.leave_alone("post.example", at(50));
        assert_eq!(hosts.not_before("post.example", at(99)), Some(at(100)));
        assert_eq!(hosts.not_before("post.example", at(100)), None);
        assert_eq!(hosts.not_before("other.example", at(0)), None);
        hosts.leave_alone("post.example", at(100));
        hosts.set_back(Duration::from_secs(40));
        assert_eq!(hosts.not_before("post.example", at(50)), Some(at(60)));
    }
}
