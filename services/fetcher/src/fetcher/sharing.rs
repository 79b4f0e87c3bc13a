//! Hosts that several instances ask. Feeds of one domain are one instance's; pages may be linked
//! from anywhere, so everybody may ask its hosts for pages. The parts of the time and of the places
//! add up, and nobody need be asked: at hosts without feeds, an instance takes the part that it
//! holds of all partitions; at hosts with feeds, half goes by these parts, and half to whoever has
//! the feeds.

use std::collections::HashMap;

use super::Fetcher;
use crate::hosts::{Shares, domain};

impl Fetcher {
    /// Tells the requests how much of the time at each host is ours.
    pub(super) fn share_hosts(&mut self) {
        if !std::mem::take(&mut self.are_shares_stale) {
            return;
        }
        let partitions = self.partitions_held.len().max(1);
        let part = (partitions as f64 / f64::from(self.partitions.max(1))).min(1.0);
        let has_pages = self.places.iter().any(|place| place.source.reads_pages());
        // Where nobody asks for pages, the hosts are theirs who have the feeds.
        let of_pages = if has_pages { part } else { 1.0 };
        let mut longer_at = HashMap::new();
        for place in &self.places {
            let Some(host) = place.host.as_deref() else {
                continue;
            };
            let longer = longer_with_feeds(of_pages, place.held.is_some());
            let known = longer_at.entry(domain(host).to_owned());
            known
                .and_modify(|known: &mut f64| *known = known.min(longer))
                .or_insert(longer);
        }
        self.context.http.share_hosts(Shares {
            longer_at,
            longer_elsewhere: 1.0 / part,
        });
    }
}

/// How many times as long the pauses are at a host with feeds, for an instance with this part of
/// the partitions.
fn longer_with_feeds(part: f64, are_feeds_ours: bool) -> f64 {
    match are_feeds_ours {
        true => 2.0 / (1.0 + part),
        false => 2.0 / part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_host_with_feeds_add_up() {
        for parts in [&[1.0][..], &[0.5, 0.5], &[0.75, 0.25], &[0.25; 4]] {
            for owner in 0..parts.len() {
                let rates = parts
                    .iter()
                    .enumerate()
                    .map(|(at, part)| 1.0 / longer_with_feeds(*part, at == owner));
                let all: f64 = rates.sum();
                assert!((all - 1.0).abs() < 1e-9, "{parts:?}: {all}");
            }
        }
    }
}
