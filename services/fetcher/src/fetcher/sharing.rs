//! Hosts that several instances ask. Each instance knows every source and which partitions are its
//! own, so it knows its part of the feeds at a host, and takes that part of the host's time and
//! places: with a third of the feeds, it pauses three times as long, and has a third of the requests
//! under way. The parts add up, and nobody need be asked.

use std::collections::HashMap;

use super::Fetcher;

impl Fetcher {
    /// Tells the requests how much of the time at each host is ours.
    pub(super) fn share_hosts(&mut self) {
        if !std::mem::take(&mut self.are_shares_stale) {
            return;
        }
        let mut feeds: HashMap<&str, (u32, u32)> = HashMap::new();
        for index in self.by_feed.values() {
            let place = &self.places[*index];
            if let Some(host) = place.host.as_deref() {
                let (own, all) = feeds.entry(host).or_default();
                *own += u32::from(place.held.is_some());
                *all += 1;
            }
        }
        let shared = feeds.into_iter();
        let shared = shared.filter(|(_, (own, all))| *own > 0 && own < all);
        let longer =
            shared.map(|(host, (own, all))| (host.to_owned(), f64::from(all) / f64::from(own)));
        self.context.http.share_hosts(longer.collect());
    }
}
