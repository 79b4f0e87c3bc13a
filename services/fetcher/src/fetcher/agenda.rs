//! What is due when, and what waits for its turn at a host. Every step costs the same however many
//! places there are: ten thousand of them may be due at once.

use std::collections::{BTreeSet, HashMap};

use wiredesk_model::Timestamp;

/// A place and the time that it is due.
pub(super) type Due = (Timestamp, usize);

/// The places that are to be worked.
#[derive(Debug)]
pub(super) struct Agenda {
    due: BTreeSet<Due>,
    hosts: HashMap<String, AtHost>,
    most_at_host: usize,
}

/// What goes on at a host.
#[derive(Debug, Default)]
struct AtHost {
    running: usize,
    /// Due, and waiting until something that runs here ends. Never filled while nothing runs.
    waiting: BTreeSet<Due>,
}

impl Agenda {
    pub fn new(most_at_host: usize) -> Self {
        Self {
            due: BTreeSet::new(),
            hosts: HashMap::new(),
            most_at_host,
        }
    }

    /// Puts a place on.
    pub fn add(&mut self, due: Due) {
        self.due.insert(due);
    }

    /// Takes a place off.
    pub fn remove(&mut self, due: Due, host: Option<&str>) {
        let was_due = self.due.remove(&due);
        let Some(at) = host.and_then(|host| self.hosts.get_mut(host)) else {
            return;
        };
        if was_due {
            // It may have been the one whose turn it was.
            self.due.extend(at.waiting.pop_first());
        } else {
            at.waiting.remove(&due);
        }
    }

    /// The first that is due at `now`; it stays on.
    pub fn first(&self, now: Timestamp) -> Option<Due> {
        self.due.first().copied().filter(|(due, _)| *due <= now)
    }

    /// When the next place is due, where that is after `now`.
    pub fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        let (due, _) = self.due.first()?;
        (*due > now).then_some(*due)
    }

    /// Takes a place off to start it, and counts it at its host; where that is busy it waits for
    /// its turn instead, and `false` comes back.
    pub fn enter(&mut self, due: Due, host: Option<&str>) -> bool {
        self.due.remove(&due);
        let Some(host) = host else {
            return true;
        };
        if !self.hosts.contains_key(host) {
            self.hosts.insert(host.to_owned(), AtHost::default());
        }
        let Some(at) = self.hosts.get_mut(host) else {
            return true;
        };
        if at.running >= self.most_at_host {
            at.waiting.insert(due);
            return false;
        }
        at.running += 1;
        true
    }

    /// Something has ended at a host: it is the turn of the next that waits there.
    pub fn leave(&mut self, host: Option<&str>) {
        let Some(host) = host else {
            return;
        };
        let Some(at) = self.hosts.get_mut(host) else {
            return;
        };
        at.running = at.running.saturating_sub(1);
        self.due.extend(at.waiting.pop_first());
        if at.running == 0 && at.waiting.is_empty() {
            self.hosts.remove(host);
        }
    }

    /// Whatever waits at a host waits no longer: the host is not asked for a while.
    pub fn release(&mut self, host: &str) {
        if let Some(at) = self.hosts.get_mut(host) {
            self.due.append(&mut at.waiting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_busy_host_holds_nobody_else_up_and_everybody_gets_a_turn() {
        let mut agenda = Agenda::new(2);
        for index in 0..100 {
            agenda.add((at(0), index));
        }
        agenda.add((at(1), 100));
        let host = |index: usize| (index < 100).then_some("post.example");
        let mut running = Vec::new();
        let mut done = Vec::new();
        while done.len() < 101 {
            while let Some(due) = agenda.first(at(1)) {
                if agenda.enter(due, host(due.1)) {
                    running.push(due.1);
                }
            }
            assert!(running.iter().filter(|index| **index < 100).count() <= 2);
            let index = running.remove(0);
            agenda.leave(host(index));
            done.push(index);
        }
        assert!(done[..4].contains(&100), "{done:?}");
        done.sort_unstable();
        assert_eq!(done, (0..101).collect::<Vec<_>>());
        assert!(agenda.hosts.is_empty());
    }

    #[test]
    fn what_is_taken_off_leaves_its_turn_to_the_next() {
        let mut agenda = Agenda::new(1);
        let host = Some("post.example");
        let all = [(at(0), 0), (at(0), 1), (at(0), 2), (at(0), 3)];
        all.iter().for_each(|due| agenda.add(*due));
        assert!(agenda.enter(all[0], host));
        assert!(!agenda.enter(all[1], host));
        assert!(!agenda.enter(all[2], host));
        assert!(!agenda.enter(all[3], host));
        assert_eq!(agenda.first(at(0)), None);
        agenda.remove(all[3], host);
        agenda.leave(host);
        assert_eq!(agenda.first(at(0)), Some(all[1]));
        agenda.remove(all[1], host);
        assert_eq!(agenda.first(at(0)), Some(all[2]));
        assert!(agenda.enter(all[2], host));
        agenda.add(all[3]);
        assert!(!agenda.enter(all[3], host));
        agenda.release("post.example");
        assert_eq!(agenda.first(at(0)), Some(all[3]));
        assert_eq!(agenda.next_after(at(-1)), Some(at(0)));
    }
}
