//! What a subscriber can check by itself, of any feed and without our script: the events of each
//! story come in an order that its life allows, and `current` follows from them.

use std::collections::BTreeMap;

use serde_json::Value;
use wiredesk_model::{Incoming, header};
use wiredesk_testkit::kafka::ConsoleRecord;

use crate::poison::is_poison;

/// A record as a plain read-committed consumer has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub key: String,
    /// Its `ce_id`.
    pub id: String,
    /// Its `ce_type`.
    pub event_type: String,
    /// Its value; `None` is a tombstone.
    pub value: Option<String>,
}

impl From<&Incoming> for Told {
    fn from(record: &Incoming) -> Self {
        let said = |name| record.headers.get(name).unwrap_or_default().to_owned();
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        Self {
            key: record.key.clone(),
            id: said(header::CE_ID),
            event_type: said(header::CE_TYPE),
            value: record.value.as_deref().map(text),
        }
    }
}

impl From<&ConsoleRecord> for Told {
    fn from(record: &ConsoleRecord) -> Self {
        let said = |name| {
            let mut headers = record.headers.iter();
            let found = headers.find(|(header, _)| header == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Self {
            key: record.key.clone(),
            id: said(header::CE_ID),
            event_type: said(header::CE_TYPE),
            value: record.value.clone(),
        }
    }
}

impl Told {
    /// What the value says of itself: its version, and whether it came behind a newer one.
    fn facts(&self) -> Option<(u32, bool)> {
        let value: Value = serde_json::from_str(self.value.as_deref()?).ok()?;
        let version = value["article"]["version"].as_str()?.parse().ok()?;
        let is_superseded = value["wire"]["superseded"].as_bool().unwrap_or_default();
        Some((version, is_superseded))
    }

    fn takes_back(&self) -> bool {
        [
            "article.withheld",
            "article.canceled",
            "article.deleted",
            "article.expired",
        ]
        .contains(&self.event_type.as_str())
    }
}

/// Records by key, each in the order they came.
pub fn by_key(records: impl IntoIterator<Item = Told>) -> BTreeMap<String, Vec<Told>> {
    let mut keys: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for record in records {
        keys.entry(record.key.clone()).or_default().push(record);
    }
    keys
}

/// What is wrong with the events and the current records that one reader saw.
pub fn objections(enriched: Vec<Told>, current: Vec<Told>) -> Vec<String> {
    let (mut enriched, mut current) = (by_key(enriched), by_key(current));
    // A poisoned record is none of a story.
    enriched.retain(|key, _| !is_poison(key));
    current.retain(|key, _| !is_poison(key));
    let mut wrong = Vec::new();
    for (story, events) in enriched {
        let stands = current.remove(&story).unwrap_or_default();
        let why = disorder(&events).err();
        let why = why.or_else(|| strays(&events, &stands).err());
        wrong.extend(why.map(|why| format!("{story}: {why}")));
    }
    let strangers = current.into_keys();
    wrong.extend(strangers.map(|story| format!("{story} is current without any event")));
    wrong
}

/// Whether the events of one story come in an order that its life allows.
fn disorder(events: &[Told]) -> Result<(), String> {
    let mut life = Life::default();
    for (place, event) in events.iter().enumerate() {
        if events[..place].iter().any(|before| before.id == event.id) {
            return Err(format!("{} came twice", event.id));
        }
        life.take(event)?;
    }
    Ok(())
}

/// How far a story has come, as its events tell.
#[derive(Default)]
struct Life {
    highest: u32,
    was_public: bool,
    is_public: bool,
    is_killed: bool,
}

impl Life {
    fn take(&mut self, event: &Told) -> Result<(), String> {
        let (id, kind) = (&event.id, event.event_type.as_str());
        let Some((version, is_superseded)) = event.facts() else {
            return Err(format!("{id} is no article record"));
        };
        if self.is_killed {
            return Err(format!("{id} came behind the kill"));
        }
        if kind == "article.canceled" {
            self.is_killed = true;
            return Ok(());
        }
        if is_superseded {
            return match kind {
                "article.updated" => Ok(()),
                _ => Err(format!("{id} is superseded and called {kind}")),
            };
        }
        if version < self.highest {
            return Err(format!("{id} came behind version {}", self.highest));
        }
        let is_allowed = match kind {
            "article.created" => !self.was_public,
            "article.updated" | "article.corrected" => self.was_public,
            "article.released" => !self.is_public,
            "article.withheld" | "article.deleted" | "article.expired" => true,
            _ => false,
        };
        if !is_allowed {
            return Err(format!("{id} cannot be {kind} here"));
        }
        self.highest = version;
        self.is_public = !event.takes_back();
        self.was_public |= self.is_public;
        Ok(())
    }
}

/// Whether the current records are those of the events, in their order, and end where they end.
fn strays(events: &[Told], current: &[Told]) -> Result<(), String> {
    let shown: Vec<&Told> = events
        .iter()
        .filter(|event| {
            event
                .facts()
                .is_none_or(|(_, is_superseded)| !is_superseded)
        })
        .collect();
    let mut rest = shown.iter();
    for record in current {
        let Some(event) = rest.find(|event| event.id == record.id) else {
            return Err(format!("{} is current out of turn", record.id));
        };
        let due = event.value.as_ref().filter(|_| !event.takes_back());
        if record.value.as_ref() != due {
            return Err(format!("{} is current with another value", record.id));
        }
    }
    match (shown.last(), current.last()) {
        (Some(event), Some(record)) if event.id == record.id => Ok(()),
        // Compaction lets go of tombstones in time, and of all before them.
        (Some(event), None) if event.takes_back() => Ok(()),
        (None, None) => Ok(()),
        (event, record) => Err(format!(
            "{:?} is current where {:?} was the last event",
            record.map(|record| &record.id),
            event.map(|event| &event.id)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(version: u32, kind: &str) -> Told {
        let superseded = kind == "late";
        let kind = if superseded { "updated" } else { kind };
        Told {
            key: "s".to_owned(),
            id: format!("s@{version}{}", if kind == "withheld" { "/w" } else { "" }),
            event_type: format!("article.{kind}"),
            value: Some(format!(
                "{{\"article\":{{\"version\":\"{version}\"}},\"wire\":{{\"superseded\":{superseded}}}}}"
            )),
        }
    }

    fn current_of(event: &Told) -> Told {
        let mut record = event.clone();
        record.value.take_if(|_| event.takes_back());
        record
    }

    fn why(events: &[(u32, &str)]) -> Option<String> {
        let events: Vec<Told> = events.iter().map(|(v, kind)| told(*v, kind)).collect();
        let shown = events
            .iter()
            .filter(|one| !one.facts().is_some_and(|(_, late)| late));
        let current = shown.map(current_of).collect();
        objections(events, current).pop()
    }

    #[test]
    fn a_life_in_order_is_not_objected_to() {
        for life in [
            &[(1, "created"), (2, "updated"), (3, "corrected")][..],
            &[(2, "created"), (1, "late"), (3, "updated")],
            &[(1, "created"), (2, "withheld"), (2, "released")],
            &[(1, "withheld"), (2, "created"), (3, "canceled")],
            &[(1, "late"), (2, "released"), (3, "deleted")],
            &[(1, "canceled")],
        ] {
            assert_eq!(why(life), None, "{life:?}");
        }
    }

    #[test]
    fn what_a_life_does_not_allow_is_told() {
        for (life, expected) in [
            (&[(1, "created"), (1, "updated")][..], "twice"),
            (&[(2, "created"), (1, "updated")], "behind version 2"),
            (&[(1, "created"), (2, "created")], "cannot be"),
            (&[(1, "updated")], "cannot be"),
            (&[(1, "created"), (2, "released")], "cannot be"),
            (&[(1, "canceled"), (2, "created")], "behind the kill"),
        ] {
            let told = why(life).unwrap_or_default();
            assert!(told.contains(expected), "{life:?}: {told}");
        }
    }

    #[test]
    fn current_must_follow_from_the_events() {
        let events = vec![told(1, "created"), told(2, "updated"), told(3, "canceled")];
        let at = |places: &[usize]| places.iter().map(|at| current_of(&events[*at])).collect();
        let object = |current: Vec<Told>| objections(events.clone(), current).pop();
        assert_eq!(object(at(&[0, 1, 2])), None);
        assert_eq!(object(at(&[2])), None, "compacted");
        assert_eq!(object(Vec::new()), None, "and the tombstone let go of");
        assert!(object(at(&[0, 1])).is_some(), "the killed story stands");
        assert!(object(at(&[1, 0, 2])).is_some(), "in another order");
        let revived = vec![told(3, "canceled")];
        assert!(
            object(revived).is_some(),
            "a value in the place of a tombstone"
        );
        let stranger = Told {
            key: "t".to_owned(),
            ..told(1, "created")
        };
        assert!(object([at(&[2]), vec![stranger]].concat()).is_some());
    }
}
