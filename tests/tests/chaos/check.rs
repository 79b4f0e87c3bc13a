//! What must hold when a run is over: read from the topics, by a reader outside every group, and
//! compared with what the script says.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;
use wiredesk_model::{Incoming, Timestamp, Topic, TopicPartition, header};
use wiredesk_pipeline::{Start, Transport};

use crate::plan::Plan;
use crate::poison::is_poison;
use crate::state;
use crate::stories::{Event, Standing, Story, Via};
use crate::witness::{self, Told};

/// Complaints beyond this are left out.
const MAX_TOLD: usize = 12;

/// The topics that a run is judged by, beside those of state.
const JUDGED: [Topic; 5] = [
    Topic::Raw,
    Topic::Clean,
    Topic::Enriched,
    Topic::Current,
    Topic::Dead,
];

/// Every committed record of the topics that a run is judged by.
pub struct Seen {
    records: HashMap<Topic, Vec<Incoming>>,
}

impl Seen {
    /// Reads the topics from their beginning to their end.
    pub fn read(transport: &dyn Transport) -> Result<Self, String> {
        let mut records = HashMap::new();
        for topic in JUDGED.into_iter().chain(state::STATE) {
            let read = read_all(transport, topic).map_err(|error| format!("{topic}: {error}"))?;
            records.insert(topic, read);
        }
        Ok(Self { records })
    }

    /// The records of a topic, in order within each partition.
    pub fn of(&self, topic: Topic) -> &[Incoming] {
        self.records.get(&topic).map_or(&[], Vec::as_slice)
    }

    /// The same, as subscribers have them.
    pub fn told(&self, topic: Topic) -> Vec<Told> {
        self.of(topic).iter().map(Told::from).collect()
    }

    fn by_key(&self, topic: Topic) -> BTreeMap<&str, Vec<&Incoming>> {
        let mut keys: BTreeMap<&str, Vec<&Incoming>> = BTreeMap::new();
        for record in self.of(topic) {
            keys.entry(&record.key).or_default().push(record);
        }
        keys
    }
}

fn read_all(
    transport: &dyn Transport,
    topic: Topic,
) -> Result<Vec<Incoming>, wiredesk_pipeline::TransportError> {
    let mut reader = transport.reader(topic, Start::Earliest)?;
    let mut all = Vec::new();
    while !reader.at_end()? {
        all.extend(reader.read(1_000, std::time::Duration::from_millis(50))?);
    }
    Ok(all)
}

/// Everything that does not hold.
pub fn violations(plan: &Plan, seen: &Seen) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(wrong_events(plan, seen));
    told.extend(wrong_standing(plan, seen));
    told.extend(told_early(plan, seen));
    told.extend(wrong_dead_letters(plan, seen));
    told.extend(unaccounted(seen));
    told.extend(fetched_wrongly(plan, seen));
    let (enriched, current) = (seen.told(Topic::Enriched), seen.told(Topic::Current));
    told.extend(witness::objections(enriched, current));
    told.extend(state::violations(plan, seen));
    let more = told.len().saturating_sub(MAX_TOLD);
    told.truncate(MAX_TOLD);
    if more > 0 {
        told.push(format!("… and {more} more"));
    }
    told
}

/// Each story's events: every one exactly once, in order, with its own text, and no other.
fn wrong_events(plan: &Plan, seen: &Seen) -> Vec<String> {
    let mut events = seen.by_key(Topic::Enriched);
    let mut wrong = Vec::new();
    for story in &plan.stories {
        let came = events.remove(story.id().as_str()).unwrap_or_default();
        let compared = compare(&story.events(), &came).or_else(|| over_early(plan, story, &came));
        wrong.extend(compared.map(|why| {
            let came: Vec<String> = came.iter().map(|one| in_short(one)).collect();
            format!("{}: {why}; it came as {came:?}", story.id())
        }));
    }
    wrong.extend(
        events
            .into_keys()
            .filter(|key| !is_poison(key))
            .map(|key| format!("nobody told of {key}")),
    );
    wrong
}

/// A version that was taken back before its end, by the clock of the machine.
fn over_early(plan: &Plan, story: &Story, came: &[&Incoming]) -> Option<String> {
    let expected = story.events();
    let over = expected
        .iter()
        .find(|event| event.id.ends_with("/expired"))?;
    let told = came
        .iter()
        .find(|one| one.headers.get(header::CE_ID) == Some(&over.id))?;
    let end = over.not_before?;
    let is_early = !plan.is_off_the_clock() && told.timestamp_ms < end.as_millisecond();
    is_early.then(|| format!("{} came before {end}", over.id))
}

fn in_short(record: &Incoming) -> String {
    let id = record.headers.get(header::CE_ID).unwrap_or_default();
    let event_type = record.headers.get(header::CE_TYPE).unwrap_or_default();
    let version = id.rsplit('@').next().unwrap_or_default();
    format!("{version} {event_type}")
}

/// What is wrong with the events of one story, if anything is.
fn compare(expected: &[Event], came: &[&Incoming]) -> Option<String> {
    let mut expected = expected.iter();
    for record in came {
        let id = record.headers.get(header::CE_ID).unwrap_or_default();
        let event = loop {
            match expected.next() {
                Some(event) if event.id == id => break event,
                Some(event) if event.required => {
                    return Some(format!("{id} came where {} was due", event.id));
                }
                Some(_) => {}
                None => return Some(format!("{id} is one too many")),
            }
        };
        let event_type = record.headers.get(header::CE_TYPE).unwrap_or_default();
        if !event.types.contains(&event_type) {
            return Some(format!("{id} is called {event_type}"));
        }
        let text = text_of(record);
        if event.mark.as_ref().is_some_and(|mark| !text.contains(mark)) {
            return Some(format!("{id} came with another text"));
        }
    }
    let missing = expected.find(|event| event.required);
    missing.map(|event| format!("{} never came", event.id))
}

fn text_of(record: &Incoming) -> String {
    let value = record.value.as_deref().unwrap_or_default();
    String::from_utf8_lossy(value).into_owned()
}

/// What the topic of current versions holds in the end; nothing of a killed story comes back.
fn wrong_standing(plan: &Plan, seen: &Seen) -> Vec<String> {
    let current = seen.by_key(Topic::Current);
    let mut wrong = Vec::new();
    for story in &plan.stories {
        let records = current.get(story.id().as_str());
        let newest = records.and_then(|records| records.last());
        let stands = match newest.map(|newest| &newest.value) {
            Some(Some(value)) => version_of(value).map(Standing::Version),
            // Compaction lets go of tombstones too, in time.
            Some(None) | None => Some(Standing::TakenBack),
        };
        if stands != Some(story.standing()) {
            let due = story.standing();
            wrong.push(format!("{} stands as {stands:?}, not {due:?}", story.id()));
        }
    }
    wrong
}

fn version_of(value: &[u8]) -> Option<u32> {
    let record: Value = serde_json::from_slice(value).ok()?;
    record["article"]["version"].as_str()?.parse().ok()
}

/// Texts under embargo that were public before their time, by the clock of the machine.
fn told_early(plan: &Plan, seen: &Seen) -> Vec<String> {
    let clock_is_right = !plan.is_off_the_clock();
    let mut early = Vec::new();
    let embargoes: HashMap<String, Vec<(String, Timestamp)>> = plan
        .stories
        .iter()
        .map(|story| (story.id(), story.embargoes().collect()))
        .collect();
    for topic in [Topic::Enriched, Topic::Current, Topic::Dead] {
        for record in seen.of(topic) {
            let Some(embargoes) = embargoes.get(&record.key) else {
                continue;
            };
            let text = text_of(record);
            for (mark, until) in embargoes.iter().filter(|(mark, _)| text.contains(mark)) {
                let written = if clock_is_right {
                    Timestamp::from_millisecond(record.timestamp_ms).ok()
                } else {
                    released_at(record)
                };
                if written.is_some_and(|written| written < *until) {
                    let id = &record.key;
                    early.push(format!("{id} ({mark}) is on {topic} before {until}"));
                }
            }
        }
    }
    early
}

/// When the enricher released it, by its own clock; `None` for what was never held.
fn released_at(record: &Incoming) -> Option<Timestamp> {
    let is_released = record.headers.get(header::CE_TYPE) == Some("article.released");
    let time = record.headers.get(header::CE_TIME)?;
    is_released.then(|| time.parse().ok()).flatten()
}

/// Each poisoned record once, with the stage that gave up, and nothing else.
fn wrong_dead_letters(plan: &Plan, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut letters: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for record in seen.of(Topic::Dead) {
        let teller = record.headers.get(header::DEAD_STAGE).unwrap_or_default();
        *letters.entry((teller, record.key.clone())).or_default() += 1;
    }
    for letter in plan.letters() {
        let times = letters.remove(&letter).unwrap_or_default();
        if times != 1 {
            let (teller, key) = letter;
            wrong.push(format!("{key} has {times} dead letters of the {teller}"));
        }
    }
    let others = letters.into_keys();
    wrong.extend(others.map(|(stage, key)| format!("{key} died in the {stage} for no reason")));
    wrong
}

/// How often each record has an outcome that names it, by where it stood.
fn ends(seen: &Seen) -> HashMap<String, usize> {
    let mut ends: HashMap<String, usize> = HashMap::new();
    for record in seen.of(Topic::Clean) {
        let story: Value =
            serde_json::from_slice(record.value.as_deref().unwrap_or_default()).unwrap_or_default();
        if let Some(origin) = story["raw_ref"].as_str() {
            *ends.entry(origin.to_owned()).or_default() += 1;
        }
    }
    for record in seen.of(Topic::Dead).iter().filter(|one| is_of_cleaner(one)) {
        let named = |name| record.headers.get(name).unwrap_or_default();
        let origin = format!(
            "{}/{}/{}",
            named(header::DEAD_TOPIC),
            named(header::DEAD_PARTITION),
            named(header::DEAD_OFFSET)
        );
        *ends.entry(origin).or_default() += 1;
    }
    ends
}

/// The archiver has another outcome of the same raw record.
fn is_of_cleaner(letter: &Incoming) -> bool {
    letter.headers.get(header::DEAD_STAGE) == Some("cleaner")
}

fn place(record: &Incoming) -> String {
    let at = record.at;
    format!("{}/{}/{}", at.topic, at.partition, record.offset)
}

/// Every raw record ends in exactly one clean record or dead letter, and says so.
fn unaccounted(seen: &Seen) -> Vec<String> {
    let mut ends = ends(seen);
    let mut wrong = Vec::new();
    let mut worked_off: HashSet<TopicPartition> = HashSet::new();
    for record in seen.of(Topic::Raw).iter().rev() {
        let origin = place(record);
        let times = ends.remove(&origin).unwrap_or_default();
        // What a folder was read again for at the very end may be left for the next start.
        let is_left = times == 0 && !worked_off.contains(&record.at) && is_repeat(record, seen);
        if times != 1 && !is_left {
            wrong.push(format!("{origin} ({}) has {times} outcomes", record.key));
        }
        if times > 0 {
            worked_off.insert(record.at);
        }
    }
    let of_raw = ends.into_keys().filter(|origin| origin.starts_with("raw/"));
    wrong.extend(of_raw.map(|origin| format!("{origin} was never there")));
    wrong
}

/// Positions move with what was made of the records before them: raw records without an outcome
/// are as many as the cleaner has before it.
pub fn wrong_position(backlog: u64, seen: &Seen) -> Option<String> {
    let ends = ends(seen);
    let raw = seen.of(Topic::Raw).iter();
    let undecided = raw
        .filter(|record| !ends.contains_key(&place(record)))
        .count();
    (backlog != undecided as u64).then(|| {
        format!("{undecided} raw records have no outcome, and {backlog} stand before the cleaner")
    })
}

/// Whether the same version came before.
fn is_repeat(record: &Incoming, seen: &Seen) -> bool {
    let same = |other: &&Incoming| {
        other.at == record.at && other.key == record.key && other.offset < record.offset
    };
    let mut before = seen.of(Topic::Raw).iter().filter(same);
    before.any(|other| raw_version(other) == raw_version(record))
}

/// What came over HTTP stands on the raw topic once a version, in the order it was sent; what lies
/// in a folder may be read again by a fetcher that was not there before, but none is left out.
fn fetched_wrongly(plan: &Plan, seen: &Seen) -> Vec<String> {
    let raw = seen.by_key(Topic::Raw);
    let mut wrong = Vec::new();
    for story in &plan.stories {
        let records = raw.get(story.id().as_str()).map_or(&[][..], Vec::as_slice);
        let came: Vec<u32> = records.iter().filter_map(|one| raw_version(one)).collect();
        let sent: Vec<u32> = story.tellings.iter().map(|one| one.version).collect();
        let is_right = match story.via {
            Via::Folder => {
                let came: HashSet<u32> = came.iter().copied().collect();
                sent.iter().all(|version| came.contains(version))
            }
            Via::Rss(_) | Via::Wire(_) => came == sent,
        };
        if !is_right {
            wrong.push(format!("{}: sent {sent:?}, fetched {came:?}", story.id()));
        }
    }
    wrong
}

/// The version of a raw record.
pub fn raw_version(record: &Incoming) -> Option<u32> {
    let raw: Value = serde_json::from_slice(record.value.as_deref()?).ok()?;
    raw["version"].as_u64()?.try_into().ok()
}
