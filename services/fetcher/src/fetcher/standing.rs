//! Places that are ours from now on.

use std::sync::Arc;
use std::time::Duration;

use wiredesk_model::FeedState;

use super::Fetcher;

impl Fetcher {
    /// A place is ours, and stands where its cursor says.
    pub(super) fn take_up(&mut self, index: usize, cursor: Option<FeedState>) {
        self.let_go(index);
        self.assignments += 1;
        let now = self.now();
        let longest = Duration::from_secs(self.context.settings.longest_wait_seconds).mul_f64(1.1);
        self.are_shares_stale = true;
        let place = &mut self.places[index];
        place.held = Some(self.assignments);
        place.committed_polls = cursor.as_ref().map_or(0, |cursor| cursor.polls);
        place.cursor = cursor.map(Arc::new);
        // A new cache: a scan that was let go may still hold the old one.
        place.files = Arc::default();
        let cursor = place.cursor.as_deref();
        let left_alone = cursor.and_then(|cursor| cursor.health.left_alone_until);
        // Whoever polled it before was told so; it holds for everything of that host.
        if let Some((host, until)) = place.host.as_deref().zip(left_alone) {
            self.context.http.leave_alone(host, until);
        }
        let due = place.due_by_cursor(now, longest);
        self.note_subscription(index);
        self.schedule(index, due);
    }
}
