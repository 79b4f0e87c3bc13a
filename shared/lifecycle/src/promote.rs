//! Versions that a run made anew, and that are promoted to stand for what was published.

use wiredesk_model::{Timestamp, Version};

use crate::{Arrival, Status, Story, Verdict};

/// What is known of a promoted version beside what arrives of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promoted {
    /// Tells this making of the version from others, and is the same when it is promoted again.
    pub mark: String,
    /// Version and revision that were published when it was promoted; `None` where nothing was.
    pub replaces: Option<(Version, u32)>,
}

impl Story {
    /// Takes a promoted version in: it goes out as a revision where it is a new making of the very
    /// version that subscribers see, and arrives as any other where that version never came. What
    /// was outranked since stays so, and a story that is known and not public is left alone.
    pub fn promote(&mut self, arrival: &Arrival, promoted: &Promoted, now: Timestamp) -> Verdict {
        if self.killed.is_some() {
            return Verdict::Blocked;
        }
        let is_hidden = self.newest.is_some() && self.shown.is_none();
        if is_hidden || arrival.status != Status::Usable {
            return Verdict::Duplicate;
        }
        if self.is_newest(arrival) {
            return self.make_anew(&promoted.mark, now);
        }
        let was_forgotten = self.newest.is_none() && promoted.replaces.is_some();
        self.was_public |= was_forgotten;
        let verdict = self.arrive(arrival, now);
        self.mark(arrival, promoted, was_forgotten);
        match verdict {
            Verdict::Published { first, .. } => Verdict::Published {
                first,
                revision: self.newest.as_ref().map_or(0, |newest| newest.revision),
            },
            other => other,
        }
    }

    /// Another making of the newest version, where it was not made so before.
    fn make_anew(&mut self, mark: &str, now: Timestamp) -> Verdict {
        let is_new = |newest: &mut crate::Newest| {
            newest.embargo.is_open(now) && newest.promoted.as_deref() != Some(mark)
        };
        let Some(newest) = self.newest.take_if(is_new) else {
            return Verdict::Duplicate;
        };
        let revision = newest.revision + 1;
        // Each making counts as a revision, so that a late one of this version gets another name.
        let received = newest.counted.as_ref().map(|_| newest.received);
        self.remember(newest.version, newest.hash.clone(), received);
        self.newest = Some(crate::Newest {
            revision,
            promoted: Some(mark.to_owned()),
            ..newest
        });
        Verdict::Published {
            first: false,
            revision,
        }
    }

    /// Remembers that the arrival was promoted. Where the story was forgotten here although
    /// subscribers have it, it goes out under a name that it did not have.
    fn mark(&mut self, arrival: &Arrival, promoted: &Promoted, was_forgotten: bool) {
        let Some(newest) = self.newest.as_mut() else {
            return;
        };
        if newest.hash != arrival.hash {
            return;
        }
        newest.promoted = Some(promoted.mark.clone());
        if let Some((version, revision)) = promoted.replaces
            && was_forgotten
            && version == newest.version
        {
            newest.revision = revision + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::{Embargo, Order};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a small number of seconds")
    }

    fn version(number: u32) -> Arrival {
        let received = at(i64::from(number) * 10);
        Arrival::usable(Version(number), &format!("hash {number}"), received)
    }

    fn by(mark: &str, replaces: Option<(u32, u32)>) -> Promoted {
        Promoted {
            mark: mark.to_owned(),
            replaces: replaces.map(|(version, revision)| (Version(version), revision)),
        }
    }

    fn published(first: bool, revision: u32) -> Verdict {
        Verdict::Published { first, revision }
    }

    #[test]
    fn what_is_public_is_replaced_once_by_each_making() {
        let mut story = Story::default();
        story.arrive(&version(1), at(10));
        let may = by("may", Some((1, 0)));
        assert_eq!(
            story.promote(&version(1), &may, at(20)),
            published(false, 1)
        );
        assert_eq!(
            story.promote(&version(1), &may, at(20)),
            Verdict::Duplicate,
            "a second time"
        );
        let june = by("june", Some((1, 1)));
        assert_eq!(
            story.promote(&version(1), &june, at(20)),
            published(false, 2)
        );
        assert_eq!(story.arrive(&version(1), at(20)), Verdict::Duplicate);
        assert_eq!(story.arrive(&version(2), at(20)), published(false, 0));
        let late = Arrival {
            hash: "another".to_owned(),
            ..version(1)
        };
        assert_eq!(
            story.arrive(&late, at(20)),
            Verdict::Superseded { revision: 3 },
            "no name is used twice"
        );
    }

    #[test]
    fn what_changed_since_the_run_stands() {
        let promote = |story: &mut Story| story.promote(&version(1), &by("may", None), at(50));
        let mut outranked = Story::default();
        outranked.arrive(&version(1), at(10));
        outranked.arrive(&version(2), at(20));
        assert_eq!(promote(&mut outranked), Verdict::Duplicate);
        assert_eq!(outranked.shown, Some(Version(2)));

        let mut killed = Story::default();
        killed.arrive(&version(1), at(10));
        killed.order(&Order::Kill(None, at(20)), at(20));
        assert_eq!(promote(&mut killed), Verdict::Blocked);

        let mut held = Story::default();
        held.arrive(&version(1), at(10));
        held.order(&Order::Hold(at(20)), at(20));
        assert_eq!(promote(&mut held), Verdict::Duplicate);
        assert_eq!(held.shown, None);

        let mut deleted = Story::default();
        deleted.arrive(&version(1), at(10));
        let gone = Arrival {
            status: Status::Deleted,
            ..version(2)
        };
        deleted.arrive(&gone, at(20));
        assert_eq!(promote(&mut deleted), Verdict::Duplicate);
        assert_eq!(deleted.shown, None);

        let mut waiting = Story::default();
        let embargoed = Arrival {
            embargo: Embargo::Until(at(90)),
            ..version(1)
        };
        waiting.arrive(&embargoed, at(10));
        let verdict = waiting.promote(&embargoed, &by("may", None), at(50));
        assert_eq!(verdict, Verdict::Duplicate);
    }

    #[test]
    fn what_never_came_arrives_and_what_was_forgotten_gets_a_new_name() {
        let mut story = Story::default();
        let may = by("may", None);
        assert_eq!(story.promote(&version(1), &may, at(20)), published(true, 0));
        assert_eq!(story.promote(&version(1), &may, at(20)), Verdict::Duplicate);

        let mut forgotten = Story::default();
        let may = by("may", Some((1, 2)));
        let verdict = forgotten.promote(&version(1), &may, at(20));
        assert_eq!(verdict, published(false, 3));
    }

    /// One thing that happens to a story.
    #[derive(Debug, Clone)]
    enum Step {
        Arrives(u32, Status),
        Killed,
        Held(u32),
        Promoted(u32, u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        let status = prop_oneof![
            4 => Just(Status::Usable),
            1 => Just(Status::Withheld),
            1 => Just(Status::Deleted),
        ];
        prop_oneof![
            4 => (1..5u32, status).prop_map(|(number, status)| Step::Arrives(number, status)),
            1 => Just(Step::Killed),
            1 => (1..5u32).prop_map(Step::Held),
            5 => (1..5u32, 0..3u8).prop_map(|(number, run)| Step::Promoted(number, run)),
        ]
    }

    proptest! {
        #[test]
        fn a_promotion_revives_nothing_lowers_nothing_and_repeats_no_name(
            steps in prop::collection::vec(step(), 0..30),
        ) {
            let (mut story, now) = (Story::default(), at(100));
            let mut names = BTreeSet::new();
            for step in steps {
                let before = story.clone();
                let (number, verdict) = match step {
                    Step::Arrives(number, status) => {
                        let hash = format!("hash {number} {status:?}");
                        let arrival = Arrival { status, hash, ..version(number) };
                        (number, story.arrive(&arrival, now))
                    }
                    Step::Killed => (0, story.order(&Order::Kill(None, at(60)), now)),
                    Step::Held(number) => {
                        let at = at(i64::from(number) * 10);
                        (0, story.order(&Order::Hold(at), now))
                    }
                    Step::Promoted(number, run) => {
                        let hash = format!("hash {number} {:?}", Status::Usable);
                        let arrival = Arrival { hash, ..version(number) };
                        let promoted = by(&run.to_string(), None);
                        let verdict = story.promote(&arrival, &promoted, now);
                        if let Verdict::Published { first, .. } = verdict {
                            prop_assert!(before.killed.is_none());
                            prop_assert!(before.shown <= Some(Version(number)));
                            let newest = before.newest.as_ref();
                            let is_new = newest.is_none_or(|newest| newest.version.0 < number);
                            let is_revision = newest.is_some_and(|newest| {
                                newest.version.0 == number && !first
                            });
                            prop_assert!(is_new || is_revision);
                        }
                        (number, verdict)
                    }
                };
                if let Verdict::Published { revision, .. } | Verdict::Superseded { revision } = verdict
                    && number > 0
                {
                    prop_assert!(names.insert((number, revision)), "{number}.{revision} twice");
                }
            }
        }
    }
}
