//! Whatever comes, in whatever order, with restarts in between: what is on the public topics is what
//! may be there at that time, and every event has a name of its own.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use wiredesk_lifecycle::Status;
use wiredesk_model::{
    OrderAction, Outgoing, StoryId, StoryOrder, Timestamp, Topic, Version, WireFacts, WireStatus,
    header,
};
use wiredesk_pipeline::Outcome;

use super::tests::{Desk, NOON, STORY, wire};

#[derive(Debug, Clone)]
enum Step {
    /// A version: its number, its content, its status, the hours that its embargo lasts, and those
    /// until it expires.
    Version(u32, u8, WireStatus, Option<i64>, Option<i64>),
    /// An order, given so many hours ago or to come.
    Order(OrderAction, i64),
    /// Hours that pass.
    Time(i64),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let status = prop_oneof![
        8 => Just(WireStatus::Usable),
        1 => Just(WireStatus::Withheld),
        1 => Just(WireStatus::Deleted),
        1 => Just(WireStatus::Unknown),
        1 => Just(WireStatus::Canceled),
    ];
    let expires = prop::option::weighted(0.3, -2..12i64);
    let version = (1..5u32, 0..2u8, status, prop::option::of(1..9i64), expires);
    let step = prop_oneof![
        8 => version.prop_map(|(number, content, status, hours, expires)| {
            Step::Version(number, content, status, hours, expires)
        }),
        2 => (-9..3i64).prop_map(|hours| Step::Order(OrderAction::Hold, hours)),
        1 => Just(Step::Order(OrderAction::Kill, 0)),
        3 => (0..5i64).prop_map(Step::Time),
        2 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..25)
}

/// The desk with everything that it has written.
struct Log {
    desk: Desk,
    now: Timestamp,
    written: Vec<Outgoing>,
    /// Texts with the time before which they must not be public.
    secrets: Vec<(String, Timestamp)>,
    /// Texts with the time from which they must not be current.
    perishable: Vec<(String, Timestamp)>,
}

impl Log {
    fn write(&mut self, outputs: Vec<Outgoing>) -> Result<(), TestCaseError> {
        for output in &outputs {
            if !matches!(output.topic, Topic::Enriched | Topic::Current) {
                continue;
            }
            let value = output.value.as_deref().unwrap_or_default();
            let value = String::from_utf8_lossy(value);
            for (secret, until) in &self.secrets {
                prop_assert!(
                    *until <= self.now || !value.contains(secret),
                    "{secret} is public at {} and must not be before {until}",
                    self.now
                );
            }
        }
        self.written.extend(outputs);
        Ok(())
    }

    fn in_hours(&self, hours: i64) -> Timestamp {
        let at = self.now.as_second() + 3600 * hours;
        Timestamp::from_second(at).expect("a small number of seconds")
    }

    fn arrive(
        &mut self,
        (number, content): (u32, u8),
        status: WireStatus,
        until: Option<Timestamp>,
        expires: Option<Timestamp>,
    ) -> Result<(), TestCaseError> {
        let embargo = until.map_or(wiredesk_model::Embargo::Absent, |until| {
            let at = until.to_string();
            wiredesk_model::Embargo::Until { at }
        });
        let facts = WireFacts {
            status,
            embargo,
            expires: expires.map(|end| end.to_string()),
            ..WireFacts::default()
        };
        let mut story = wire(number, facts);
        // A later word on the same text may shorten its times: each has a text of its own.
        let [end, over] = [until, expires].map(|time| time.map_or(0, Timestamp::as_second));
        let text = format!("Text{number}x{content}x{end}x{over}.");
        story.raw_hash = format!("{number} {content} {until:?} {expires:?} {status:?}");
        story.fetched_at = self.now;
        story.title = format!("Title of {text}");
        story.text.clone_from(&text);
        story.blocks.clear();
        self.secrets
            .extend(until.map(|until| (text.clone(), until)));
        self.perishable.extend(expires.map(|end| (text, end)));
        match self.desk.process_at(&story, self.now) {
            Outcome::Forward(outputs) | Outcome::Held(outputs) => self.write(outputs),
            Outcome::Filtered(_) => Ok(()),
            other => Err(TestCaseError::fail(format!("{other:?}"))),
        }
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Version(number, content, status, hours, expires) => {
                let until = hours.map(|hours| self.in_hours(hours));
                let expires = expires.map(|hours| self.in_hours(hours));
                self.arrive((*number, *content), *status, until, expires)?;
            }
            Step::Order(action, hours) => {
                let at = self.in_hours(*hours);
                let order = StoryOrder::of_operator(StoryId::from(STORY), *action, at);
                self.desk.give(&order);
            }
            Step::Time(hours) => self.now += Duration::from_secs(3600 * *hours as u64),
            Step::Restart => {
                let written = std::mem::take(&mut self.written);
                self.desk.recall(&written);
                self.written = written;
            }
        }
        let due = self.desk.due_at(&self.now.to_string());
        self.write(due)?;
        let stands = String::from_utf8_lossy(self.current().unwrap_or_default());
        for (text, end) in &self.perishable {
            prop_assert!(
                self.now < *end || !stands.contains(text),
                "{text} is current at {} and was good until {end}",
                self.now
            );
        }
        Ok(())
    }

    /// The newest record of the topic of current versions; `None` where that is a tombstone.
    fn current(&self) -> Option<&[u8]> {
        let mut records = self.written.iter();
        let newest = records.rfind(|one| one.topic == Topic::Current)?;
        newest.value.as_deref()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn public_topics_hold_what_may_be_there(steps in steps()) {
        let now: Timestamp = NOON.parse().expect("a date");
        let mut log = Log {
            desk: Desk::new(),
            now,
            written: Vec::new(),
            secrets: Vec::new(),
            perishable: Vec::new(),
        };
        for step in &steps {
            log.take(step)?;
        }
        // In the end everything that waits only for its time is due.
        log.take(&Step::Time(100))?;
        log.take(&Step::Restart)?;
        let mut names = BTreeSet::new();
        for event in log.written.iter().filter(|one| one.topic == Topic::Enriched) {
            let name = event.headers.get(header::CE_ID).unwrap_or_default();
            prop_assert!(names.insert(name), "two events are called {name}");
        }
        let killed = log.written.iter().position(|one| {
            one.headers.get(header::CE_TYPE) == Some("article.canceled")
        });
        if let Some(killed) = killed {
            let after = log.written[killed..].iter();
            let shown = after.filter(|one| one.topic == Topic::Current && one.value.is_some());
            prop_assert_eq!(shown.count(), 0, "shown after its kill");
        }
        let story = log.desk.story();
        let waits = story.newest.as_ref().filter(|newest| {
            story.killed.is_none()
                && newest.status == Status::Usable
                && newest.expires.is_none_or(|end| log.now < end)
                && story.held_back.is_none_or(|until| newest.received > until)
        });
        let shown = story.shown;
        prop_assert_eq!(shown, waits.map(|newest| newest.version), "{:?} waits for ever", story);
        prop_assert_eq!(log.current().is_some(), shown.is_some());
        prop_assert!(shown.is_none_or(|shown| shown <= Version(4)));
    }
}
