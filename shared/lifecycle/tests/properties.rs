//! Whatever order versions come in, however often, and whatever is lost and sent again, and be they
//! embargoed, usable, withheld, canceled or expired: what is shown is the state of the highest
//! version, and a kill is final.

use proptest::prelude::*;
use proptest::sample::Index;
use wiredesk_lifecycle::{Arrival, Embargo, Order, Status, Story, Verdict, Withdrawal};
use wiredesk_model::{Timestamp, Version};

const NOW: i64 = 1_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a small number of seconds")
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![
        6 => Just(Status::Usable),
        2 => Just(Status::Withheld),
        1 => Just(Status::Canceled),
        1 => Just(Status::Deleted),
        1 => Just(Status::Unknown),
    ]
}

fn embargo() -> impl Strategy<Value = Embargo> {
    prop_oneof![
        4 => Just(Embargo::Absent),
        2 => (0..2 * NOW).prop_map(|second| Embargo::Until(at(second))),
        1 => Just(Embargo::Unknown),
    ]
}

fn expiry() -> impl Strategy<Value = Option<Timestamp>> {
    prop::option::weighted(0.3, (0..3 * NOW).prop_map(at))
}

/// Versions 1 to n of one story, each with its own status, embargo and end.
fn versions() -> impl Strategy<Value = Vec<Arrival>> {
    prop::collection::vec((status(), embargo(), expiry()), 1..8).prop_map(|kinds| {
        let numbered = kinds.into_iter().zip(1u32..);
        numbered
            .map(|((status, embargo, expires), version)| Arrival {
                version: Version(version),
                counted_by: None,
                created: Some(at(i64::from(version))),
                status,
                embargo,
                expires,
                hash: format!("content of {version}"),
                received: at(i64::from(version)),
            })
            .collect()
    })
}

/// The versions in some order, each at least once, some of them again and again.
fn delivery() -> impl Strategy<Value = (Vec<Arrival>, Vec<Arrival>)> {
    versions().prop_flat_map(|versions| {
        let order = Just(versions.clone()).prop_shuffle();
        let again = prop::collection::vec((any::<Index>(), any::<Index>()), 0..8);
        (Just(versions), order, again).prop_map(|(versions, mut order, again)| {
            for (which, place) in again {
                let repeated = which.get(&versions).clone();
                order.insert(place.index(order.len() + 1), repeated);
            }
            (versions, order)
        })
    })
}

fn run(order: &[Arrival], now: Timestamp) -> (Story, Vec<Verdict>) {
    let mut story = Story::default();
    let verdicts = order
        .iter()
        .map(|arrival| story.arrive(arrival, now))
        .collect();
    (story, verdicts)
}

/// Lets the time be looked at, and once more, which changes nothing.
fn pass(story: &mut Story, now: Timestamp) -> Result<(), TestCaseError> {
    let was_public = story.shown.is_some();
    let expired = story.expire(now);
    if let Some(verdict) = expired {
        let why = Withdrawal::Expired;
        let told = matches!(verdict, Verdict::Withdrawn { why: told, retract, .. } if told == why && retract == was_public);
        prop_assert!(told, "{verdict:?}");
        prop_assert_eq!(story.shown, None);
    }
    story.release(now);
    let stood = story.clone();
    prop_assert_eq!((story.expire(now), story.release(now)), (None, None));
    prop_assert_eq!(&*story, &stood);
    Ok(())
}

/// What must be public in the end, said without the state machine.
fn expected(versions: &[Arrival], now: Timestamp) -> Option<Version> {
    let killed = versions
        .iter()
        .any(|arrival| arrival.status == Status::Canceled);
    let highest = versions.iter().max_by_key(|arrival| arrival.version)?;
    let open = highest.status == Status::Usable
        && highest.embargo.is_open(now)
        && highest.expires.is_none_or(|end| now < end);
    (!killed && open).then_some(highest.version)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_shown_depends_on_what_came_and_not_on_the_order((versions, order) in delivery()) {
        let (story, _) = run(&order, at(NOW));
        prop_assert_eq!(story.shown, expected(&versions, at(NOW)));
    }

    #[test]
    fn a_kill_is_final((_, order) in delivery()) {
        let (_, verdicts) = run(&order, at(NOW));
        let kill = verdicts.iter().position(|verdict| matches!(verdict, Verdict::Killed { .. }));
        if let Some(kill) = kill {
            prop_assert!(verdicts[kill + 1..].iter().all(|after| *after == Verdict::Blocked));
        }
        prop_assert_eq!(kill.is_some(), order.iter().any(|one| one.status == Status::Canceled));
    }

    #[test]
    fn nothing_is_public_before_its_time((_, order) in delivery(), now in 0..2 * NOW) {
        let mut story = Story::default();
        for arrival in &order {
            let verdict = story.arrive(arrival, at(now));
            if matches!(verdict, Verdict::Published { .. }) {
                prop_assert!(arrival.embargo.is_open(at(now)));
                prop_assert_eq!(arrival.status, Status::Usable);
                prop_assert_eq!(story.shown, Some(arrival.version));
            }
        }
    }

    #[test]
    fn what_is_held_comes_out_once_at_its_time((versions, order) in delivery()) {
        let (mut story, _) = run(&order, at(NOW));
        let held = story.held(at(NOW));
        // Every embargo is over by then.
        let late = at(2 * NOW);
        let released = story.release(late);
        let ends = story.newest.as_ref().and_then(|newest| newest.expires);
        let is_over = ends.is_some_and(|end| late >= end);
        let due = !is_over && held.is_some_and(|held| held.until.is_some());
        prop_assert_eq!(released.is_some(), due);
        prop_assert_eq!(story.shown, expected(&versions, if due { late } else { at(NOW) }));
        prop_assert_eq!(story.release(late), None);
    }

    /// Time is looked at now and then, and not in step with what comes.
    #[test]
    fn what_is_over_is_taken_back_once_and_by_a_later_version_alone_comes_back(
        (versions, order) in delivery(),
        times in prop::collection::vec(0..4 * NOW, 8),
        end in 0..4 * NOW,
    ) {
        let mut story = Story::default();
        let mut times = times;
        times.sort_unstable();
        let mut times = times.into_iter().map(at).cycle();
        let mut now = at(0);
        for arrival in &order {
            now = now.max(times.next().unwrap_or(now));
            let before = story.newest.clone();
            story.arrive(arrival, now);
            let is_same = before.as_ref().map(|one| &one.hash) == story.newest.as_ref().map(|one| &one.hash);
            let was_over = before.is_some_and(|newest| newest.expired);
            prop_assert!(!(was_over && is_same) || story.shown.is_none());
            pass(&mut story, now)?;
        }
        let now = now.max(at(end));
        pass(&mut story, now)?;
        prop_assert_eq!(story.shown, expected(&versions, now));
    }

    #[test]
    fn what_was_published_is_always_taken_back_by_a_verdict((_, order) in delivery()) {
        let mut story = Story::default();
        for arrival in &order {
            let before = story.shown;
            let verdict = story.arrive(arrival, at(NOW));
            if before.is_some() && story.shown.is_none() {
                let told = match verdict {
                    Verdict::Held { retract, .. } | Verdict::Withdrawn { retract, .. } => retract,
                    Verdict::Killed { .. } => true,
                    _ => false,
                };
                prop_assert!(told, "{before:?} went without a word: {verdict:?}");
            }
        }
    }

    #[test]
    fn a_restart_in_between_changes_nothing((_, order) in delivery(), cut in any::<Index>()) {
        let (through, verdicts) = run(&order, at(NOW));
        let cut = cut.index(order.len());
        let (before, mut told) = run(&order[..cut], at(NOW));
        let stored = serde_json::to_string(&before).expect("a story is JSON");
        let mut after: Story = serde_json::from_str(&stored).expect("and comes back");
        told.extend(order[cut..].iter().map(|arrival| after.arrive(arrival, at(NOW))));
        prop_assert_eq!(after, through);
        prop_assert_eq!(told, verdicts);
    }

    #[test]
    fn a_version_sent_again_changes_nothing((_, order) in delivery()) {
        let (once, _) = run(&order, at(NOW));
        let mut twice = once.clone();
        for arrival in &order {
            let verdict = twice.arrive(arrival, at(NOW));
            prop_assert!(matches!(verdict, Verdict::Duplicate | Verdict::Blocked), "{verdict:?}");
        }
        prop_assert_eq!(twice, once);
    }

    /// What is lost on the way is not waited for, and takes its place once it is sent again.
    #[test]
    fn what_was_lost_counts_once_it_is_sent_again(
        (versions, order) in delivery(),
        lost in prop::collection::vec(any::<Index>(), 1..8),
    ) {
        let lost: Vec<Version> = lost.iter().map(|which| which.get(&versions).version).collect();
        let came = |all: &[Arrival]| -> Vec<Arrival> {
            all.iter().filter(|one| !lost.contains(&one.version)).cloned().collect()
        };
        let (mut story, _) = run(&came(&order), at(NOW));
        prop_assert_eq!(story.shown, expected(&came(&versions), at(NOW)));
        for arrival in &versions {
            story.arrive(arrival, at(NOW));
        }
        prop_assert_eq!(story.shown, expected(&versions, at(NOW)));
    }

    /// A live blog has more versions than are remembered one by one.
    #[test]
    fn of_many_versions_none_goes_out_a_second_time(
        order in Just((1..90u32).collect::<Vec<_>>()).prop_shuffle(),
        nearly in 0..90usize,
        again in prop::collection::vec(1..90u32, 0..40),
    ) {
        let arrival = |number: u32| {
            let received = at(i64::from(number));
            Arrival::usable(Version(number), &format!("content of {number}"), received)
        };
        // Wires come nearly in order, and now and then not at all so.
        let mut order = order;
        order[nearly..].sort_unstable();
        let mut story = Story::default();
        for number in &order {
            story.arrive(&arrival(*number), at(NOW));
        }
        prop_assert_eq!(story.shown, Some(Version(89)));
        let stood = story.clone();
        for number in again.iter().chain(&order) {
            let verdict = story.arrive(&arrival(*number), at(NOW));
            prop_assert_eq!(verdict, Verdict::Duplicate, "version {}", number);
        }
        prop_assert_eq!(story, stood);
    }

    /// Orders overtake: they may stand before, between and behind the versions they are about.
    #[test]
    fn orders_have_the_same_effect_wherever_they_come(
        (versions, order) in delivery(),
        orders in orders(),
        places in prop::collection::vec((any::<Index>(), any::<Index>()), 0..6),
    ) {
        let mut events: Vec<Event> = order.into_iter().map(Event::Version).collect();
        for one in &orders {
            events.push(Event::Order(one.clone()));
        }
        for (from, to) in places {
            let (from, to) = (from.index(events.len()), to.index(events.len()));
            events.swap(from, to);
        }
        let mut story = Story::default();
        let mut told = false;
        for event in &events {
            let (before, verdict) = (story.shown, event.happen(&mut story));
            told |= matches!(verdict, Verdict::Killed { .. });
            if before.is_some() && story.shown.is_none() {
                let retracts = match verdict {
                    Verdict::Held { retract, .. } | Verdict::Withdrawn { retract, .. } => retract,
                    Verdict::Killed { .. } => true,
                    _ => false,
                };
                prop_assert!(retracts, "{before:?} went without a word: {verdict:?}");
            }
        }
        let kills = orders.iter().any(|one| matches!(one, Order::Kill(..)))
            || versions.iter().any(|one| one.status == Status::Canceled);
        prop_assert_eq!(told, kills);
        let held_back = orders.iter().filter_map(|one| match one {
            Order::Hold(until) => Some(*until),
            Order::Kill(..) => None,
        });
        let until = held_back.max();
        let shown = expected(&versions, at(NOW)).filter(|shown| {
            let received = at(i64::from(shown.0));
            !kills && until.is_none_or(|until| received > until)
        });
        prop_assert_eq!(story.shown, shown);
        let stood = story.clone();
        for event in &events {
            event.happen(&mut story);
        }
        prop_assert_eq!(story, stood, "once more changes nothing");
    }

    /// Subscribers tell events apart by version and revision.
    #[test]
    fn no_two_events_of_a_story_have_the_same_name(
        (_, order) in delivery(),
        contents in prop::collection::vec(0..3u8, 20),
        orders in orders(),
    ) {
        let mut story = Story::default();
        let mut named = std::collections::BTreeSet::new();
        let contents = contents.iter().cycle();
        let arrivals = order.into_iter().zip(contents).map(|(arrival, content)| {
            let hash = format!("{} {content}", arrival.hash);
            Event::Version(Arrival { hash, ..arrival })
        });
        for event in arrivals.chain(orders.into_iter().map(Event::Order)) {
            let name = match event.happen(&mut story) {
                Verdict::Published { revision, .. } => Some((revision, "shown")),
                Verdict::Superseded { revision } => Some((revision, "shown")),
                Verdict::Killed { revision } => Some((revision, "shown")),
                Verdict::Withdrawn { why: Withdrawal::Expired, revision, .. } => {
                    Some((revision, "expired"))
                }
                Verdict::Withdrawn { revision, .. } if event.version().is_some() => {
                    Some((revision, "shown"))
                }
                Verdict::Held { revision, .. } => Some((revision, "held")),
                _ => None,
            };
            if let Some((revision, kind)) = name {
                let version = event.version().or(story.newest.as_ref().map(|one| one.version));
                let name = (version, revision, kind);
                prop_assert!(named.insert(name), "twice: {name:?}");
            }
        }
    }
}

/// What may happen to a story.
#[derive(Debug)]
enum Event {
    Version(Arrival),
    Order(Order),
}

impl Event {
    fn happen(&self, story: &mut Story) -> Verdict {
        match self {
            Event::Version(arrival) => story.arrive(arrival, at(NOW)),
            Event::Order(order) => story.order(order, at(NOW)),
        }
    }

    fn version(&self) -> Option<Version> {
        match self {
            Event::Version(arrival) => Some(arrival.version),
            Event::Order(_) => None,
        }
    }
}

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let order = prop_oneof![
        3 => (0..10i64).prop_map(|second| Order::Hold(at(second))),
        1 => (0..10i64).prop_map(|second| Order::Kill(None, at(second))),
    ];
    prop::collection::vec(order, 0..4)
}
