//! Whether the archive holds what the topics hold: every record once, and as it was.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};

use wiredesk_archive::{ArchiveError, Manifest, Store, TOPICS, raw_items, records, verify};
use wiredesk_model::{Incoming, RawItem, Topic, TopicPartition};

use crate::check::Seen;
use crate::poison::is_poison;

/// Between two looks at the manifests.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The archive of a run.
pub struct Archive {
    store: Store,
    /// Records that are in no segment yet.
    owed: Vec<(TopicPartition, i64)>,
    looked: Instant,
}

impl Archive {
    /// The one in `folder`, which the services fill.
    pub fn at(folder: &Path) -> Result<Self, String> {
        let store = Store::open(&folder.display().to_string(), &[]);
        Ok(Self {
            store: store.map_err(told)?,
            owed: Vec::new(),
            looked: Instant::now(),
        })
    }

    /// A record came up on a topic.
    pub fn owe(&mut self, record: &Incoming) {
        if !is_poison(&record.key) {
            self.owed.push((record.at, record.offset));
        }
    }

    /// Whether everything that came up is in a segment.
    pub fn is_complete(&mut self) -> bool {
        if !self.owed.is_empty() && self.looked.elapsed() >= LOOK_EVERY {
            self.looked = Instant::now();
            let all = TOPICS.map(|topic| Manifest::all(&self.store, topic).unwrap_or_default());
            let all: Vec<Manifest> = all.into_iter().flatten().collect();
            self.owed.retain(|(at, offset)| {
                let holds = |one: &Manifest| (one.from..one.next).contains(offset);
                !all.iter().any(|one| one.at() == *at && holds(one))
            });
        }
        self.owed.is_empty()
    }

    /// Records that no segment holds yet.
    pub fn owed(&self) -> usize {
        self.owed.len()
    }

    /// Everything that is wrong with it, by what the topics hold.
    pub fn violations(&self, seen: &Seen) -> Vec<String> {
        let found = verify(&self.store).map_err(told);
        let kept = TOPICS.map(|topic| self.kept(topic));
        let mut wrong = match found {
            Ok(found) => found.damaged,
            Err(why) => vec![why],
        };
        for (topic, kept) in TOPICS.into_iter().zip(kept) {
            match kept {
                Ok(kept) => wrong.extend(differences(seen.of(topic), kept)),
                Err(why) => wrong.push(why),
            }
        }
        let told = wrong.into_iter().map(|why| format!("the archive: {why}"));
        told.collect()
    }

    /// What it holds of a topic, in order within each partition.
    fn kept(&self, topic: Topic) -> Result<Kept, String> {
        let mut kept = Kept::default();
        for manifest in Manifest::all(&self.store, topic).map_err(told)? {
            let next = kept.next.entry(manifest.at()).or_default();
            *next = manifest.next.max(*next);
            kept.records.extend(match topic {
                Topic::Raw => items(&self.store, &manifest)?,
                _ => lines(&self.store, &manifest)?,
            });
        }
        Ok(kept)
    }
}

/// What an archive holds of a topic.
#[derive(Default)]
struct Kept {
    /// How far each partition is archived.
    next: BTreeMap<TopicPartition, i64>,
    /// Where each record stood in the log, and its value.
    records: Vec<(String, String)>,
}

fn items(store: &Store, manifest: &Manifest) -> Result<Vec<(String, String)>, String> {
    let items = raw_items(store, manifest).map_err(told)?;
    let each = items.into_iter().map(|one| {
        let value = serde_json::to_string(&one.item).expect("an item can be written");
        (one.raw_ref, value)
    });
    Ok(each.collect())
}

fn lines(store: &Store, manifest: &Manifest) -> Result<Vec<(String, String)>, String> {
    let lines = records(store, manifest).map_err(told)?;
    Ok(lines.into_iter().map(|one| (one.at, one.value)).collect())
}

/// Where the archive and the topic differ. What came up at the very end may be left for the next
/// start, but then with everything behind it.
fn differences(seen: &[Incoming], kept: Kept) -> Vec<String> {
    let mut values: HashMap<String, Vec<String>> = HashMap::new();
    for (place, value) in kept.records {
        values.entry(place).or_default().push(value);
    }
    let mut wrong = Vec::new();
    for record in seen.iter().filter(|record| !is_poison(&record.key)) {
        let (at, offset) = (record.at, record.offset);
        let place = format!("{}/{}/{offset}", at.topic, at.partition);
        let found = values.remove(&place).unwrap_or_default();
        let is_left = kept.next.get(&at).is_none_or(|next| offset >= *next);
        match &found[..] {
            [] if is_left => {}
            [value] if Some(value) == written(record).as_ref() => {}
            [_] => wrong.push(format!("{place} is another record there")),
            more => wrong.push(format!("{place} is there {} times", more.len())),
        }
    }
    let others = values.into_keys();
    wrong.extend(others.map(|place| format!("{place} was never there")));
    wrong
}

/// The value of a record, as `items` and `lines` have it.
fn written(record: &Incoming) -> Option<String> {
    let value = record.value.as_deref()?;
    match record.at.topic {
        Topic::Raw => {
            let item: RawItem = serde_json::from_slice(value).ok()?;
            serde_json::to_string(&item).ok()
        }
        _ => String::from_utf8(value.to_vec()).ok(),
    }
}

fn told(error: ArchiveError) -> String {
    error.to_string()
}
