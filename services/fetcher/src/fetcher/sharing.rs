//! Hosts that several instances ask. Feeds of one domain are one instance's, and so is the host's
//! time. Pages may be linked from anywhere: at hosts whose feeds are not ours, an instance takes the
//! part of the time and of the places that it holds of all partitions. The parts add up, and nobody
//! need be asked.

use super::Fetcher;
use crate::hosts::{Shares, domain};

impl Fetcher {
    /// Tells the requests how much of the time at each host is ours.
    pub(super) fn share_hosts(&mut self) {
        if !std::mem::take(&mut self.are_shares_stale) {
            return;
        }
        let held = self.places.iter().filter(|place| place.held.is_some());
        let hosts = held.filter_map(|place| place.host.as_deref());
        let partitions = self.partitions_held.len().max(1);
        self.context.http.share_hosts(Shares {
            own: hosts.map(|host| domain(host).to_owned()).collect(),
            longer_elsewhere: f64::from(self.partitions.max(1)) / partitions as f64,
        });
    }
}
