//! The way of one story through the pipeline, from the records that it left.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use wiredesk_enricher::StoryMemory;
use wiredesk_model::{
    ArticleRecord, CleanStory, Incoming, OrderedBy, Position, RawItem, StoryOrder, Timestamp,
    Topic, header, partition_for,
};
use wiredesk_pipeline::{Start, Transport, TransportError};

use self::silent::Versions;
use crate::envelope::time_text;

mod silent;

/// The topics that tell something of a story, in the order of the flow.
const TOPICS: [Topic; 7] = [
    Topic::Raw,
    Topic::Orders,
    Topic::Clean,
    Topic::Enriched,
    Topic::Current,
    Topic::Dead,
    Topic::StoryState,
];
/// Records of one read.
const AT_ONCE: usize = 1_000;
/// How long one read waits.
const WAIT: Duration = Duration::from_millis(50);

/// One step of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When, RFC 3339.
    pub time: String,
    /// Who did it: `fetcher`, `cleaner`, `enricher`, `order`.
    pub stage: &'static str,
    /// Where the record stands: `clean/3/42`.
    pub place: String,
    /// Which version it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What happened.
    pub what: String,
    /// What became of it in the next stage, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
}

/// Everything that a story left on the topics since `start`, oldest first.
///
/// # Errors
/// Where a topic cannot be read.
pub fn records_of(
    transport: &dyn Transport,
    story: &str,
    start: Start,
) -> Result<Vec<Incoming>, TransportError> {
    let mut found = Vec::new();
    for topic in TOPICS {
        // What is remembered of a story has no beginning in time.
        let start = match topic {
            Topic::StoryState => Start::Earliest,
            _ => start,
        };
        let partition = partition_for(story, transport.partitions(topic)?);
        let is_its = |record: &Incoming| record.key == story;
        scan(transport, topic, start, Some(partition), |record| {
            if is_its(&record) {
                found.push(record);
            }
        })?;
    }
    found.sort_by_key(|record| (record.timestamp_ms, order_of(record.at.topic)));
    Ok(found)
}

fn order_of(topic: Topic) -> usize {
    TOPICS
        .iter()
        .position(|one| *one == topic)
        .unwrap_or(TOPICS.len())
}

/// The stories that stand under an address: whose item or record names it.
///
/// # Errors
/// Where a topic cannot be read.
pub fn stories_at(
    transport: &dyn Transport,
    url: &str,
    start: Start,
) -> Result<Vec<String>, TransportError> {
    let mut stories = Vec::new();
    let mut note = |record: &Incoming| {
        if !stories.contains(&record.key) {
            stories.push(record.key.clone());
        }
    };
    // An address stands in JSON as it is: nothing in it needs an escape.
    let sought = format!("\"{url}\"");
    scan(transport, Topic::Raw, start, None, |record| {
        let value = record.value.as_deref().unwrap_or_default();
        if contains(value, sought.as_bytes()) && names(value, url) {
            note(&record);
        }
    })?;
    scan(transport, Topic::Enriched, start, None, |record| {
        let value = record.value.as_deref().unwrap_or_default();
        let is_it = || {
            let record: Option<ArticleRecord> = serde_json::from_slice(value).ok();
            record.is_some_and(|record| record.wire.url.as_deref() == Some(url))
        };
        if contains(value, sought.as_bytes()) && is_it() {
            note(&record);
        }
    })?;
    Ok(stories)
}

fn names(value: &[u8], url: &str) -> bool {
    let item: Option<RawItem> = serde_json::from_slice(value).ok();
    item.is_some_and(|item| {
        let fetched = item.page_http.as_ref().map(|http| http.url.as_str());
        item.item.link.as_deref() == Some(url) || fetched == Some(url)
    })
}

fn contains(text: &[u8], sought: &[u8]) -> bool {
    text.windows(sought.len()).any(|window| window == sought)
}

/// Hands every record from `start` to the end that the topic has now to `each`; of one partition
/// or of all.
fn scan(
    transport: &dyn Transport,
    topic: Topic,
    start: Start,
    partition: Option<u32>,
    mut each: impl FnMut(Incoming),
) -> Result<(), TransportError> {
    let begins = transport.reader(topic, start)?.positions();
    let ends = transport.reader(topic, Start::Latest)?.positions();
    let wanted = |position: &&Position| partition.is_none_or(|one| position.at.partition == one);
    let mut positions = ends.clone();
    for begin in begins.iter().filter(wanted) {
        if let Some(position) = positions.iter_mut().find(|one| one.at == begin.at) {
            position.next_offset = begin.next_offset;
        }
    }
    let mut reader = transport.reader_at(topic, &positions)?;
    loop {
        let reached = reader.positions();
        let is_there = |end: &Position| {
            let place = reached.iter().find(|place| place.at == end.at);
            place.is_some_and(|place| place.next_offset >= end.next_offset)
        };
        if ends.iter().filter(wanted).all(is_there) {
            return Ok(());
        }
        let records = reader.read(AT_ONCE, WAIT)?;
        if records.is_empty() && reader.at_end()? {
            return Ok(());
        }
        let in_scope = |record: &Incoming| partition.is_none_or(|one| record.at.partition == one);
        records.into_iter().filter(in_scope).for_each(&mut each);
    }
}

/// The steps that the records tell. `decided` says of a topic whether its readers have worked
/// everything off, so that what left no trace was filtered and does not wait.
pub fn steps(records: &[Incoming], decided: impl Fn(Topic) -> bool) -> Vec<Step> {
    let outcomes = Outcomes::of(records);
    records
        .iter()
        .filter_map(|record| step(record, &outcomes, &decided))
        .collect()
}

/// Where the story stands, by what the enricher remembers.
pub fn standing(records: &[Incoming]) -> Option<String> {
    newest_memory(records).map(|memory| memory.standing())
}

fn newest_memory(records: &[Incoming]) -> Option<StoryMemory> {
    let states = records
        .iter()
        .filter(|one| one.at.topic == Topic::StoryState);
    let newest = states.max_by_key(|one| one.offset)?;
    serde_json::from_slice(newest.value.as_deref()?).ok()
}

/// What became of inputs, by the place of the input.
struct Outcomes {
    by_place: BTreeMap<String, String>,
    versions: Versions,
    memory: Option<StoryMemory>,
}

impl Outcomes {
    fn of(records: &[Incoming]) -> Self {
        let mut outcomes = Self {
            by_place: BTreeMap::new(),
            versions: Versions::default(),
            memory: newest_memory(records),
        };
        // Which raw record each clean one came from, for the events that name the raw one.
        let mut cleaned = BTreeMap::new();
        for record in records {
            outcomes.note(record, &mut cleaned);
        }
        outcomes
    }

    fn note<'a>(&mut self, record: &'a Incoming, cleaned: &mut BTreeMap<String, &'a Incoming>) {
        let value = record.value.as_deref().unwrap_or_default();
        match record.at.topic {
            Topic::Clean => {
                if let Ok(story) = serde_json::from_slice::<CleanStory>(value) {
                    let outcome = format!("cleaned as {}", place(record));
                    self.versions.note(record, &story);
                    self.by_place.insert(story.raw_ref.clone(), outcome);
                    cleaned.insert(story.raw_ref, record);
                }
            }
            Topic::Enriched => {
                let event: Option<ArticleRecord> = serde_json::from_slice(value).ok();
                let from = event.and_then(|event| cleaned.get(&event.wire.raw_ref).copied());
                let said = record.headers.get(header::CE_TYPE).unwrap_or("published");
                if said == "article.canceled" {
                    self.versions.note_kill(record, from);
                }
                if let Some(from) = from {
                    // What time or an order made of it later has its own step.
                    let outcome = || format!("{said}, as {}", place(record));
                    self.by_place.entry(place(from)).or_insert_with(outcome);
                }
            }
            Topic::Dead => {
                let said = |name| record.headers.get(name).unwrap_or("?");
                let from = [
                    header::DEAD_TOPIC,
                    header::DEAD_PARTITION,
                    header::DEAD_OFFSET,
                ];
                let reason = format!("dead: {}", said(header::DEAD_REASON));
                self.by_place.insert(from.map(said).join("/"), reason);
            }
            _ => {}
        }
    }

    /// What became of the input at `place`. What left no record was filtered or waits.
    fn then(&self, record: &Incoming, is_decided: bool) -> String {
        if let Some(outcome) = self.by_place.get(&place(record)) {
            return outcome.clone();
        }
        if !is_decided {
            return "not decided yet, or filtered: there is a backlog".to_owned();
        }
        match record.at.topic {
            Topic::Clean => self.versions.reason(record, self.memory.as_ref()),
            _ => "what was made of it is no longer kept, or it holds nothing".to_owned(),
        }
    }
}

fn place(record: &Incoming) -> String {
    let at = record.at;
    format!("{}/{}/{}", at.topic, at.partition, record.offset)
}

fn step(record: &Incoming, outcomes: &Outcomes, decided: &impl Fn(Topic) -> bool) -> Option<Step> {
    let value = record.value.as_deref().unwrap_or_default();
    let (stage, version, what) = match record.at.topic {
        Topic::Raw => received(record, value),
        Topic::Clean => cleaned(value)?,
        Topic::Enriched => event(record, value)?,
        Topic::Current => current(value),
        Topic::Orders => ordered(value)?,
        Topic::Dead => dead(record)?,
        _ => return None,
    };
    let is_input = matches!(record.at.topic, Topic::Raw | Topic::Clean);
    Some(Step {
        time: time_text(record.timestamp_ms),
        stage,
        place: place(record),
        version,
        what,
        then: is_input.then(|| outcomes.then(record, decided(record.at.topic))),
    })
}

/// Who did it, to which version, and what.
type Told = (&'static str, Option<String>, String);

fn received(record: &Incoming, value: &[u8]) -> Told {
    let again = record.headers.get(header::RETRY_OF);
    let again = again.map_or_else(String::new, |of| format!(", dead letter {of} again"));
    match serde_json::from_slice::<RawItem>(value) {
        Ok(item) => {
            let what = format!(
                "received from {}, id by {}{again}",
                item.feed, item.identity
            );
            ("fetcher", Some(item.version.to_string()), what)
        }
        Err(_) => ("fetcher", None, format!("no item that can be read{again}")),
    }
}

fn cleaned(value: &[u8]) -> Option<Told> {
    let story: CleanStory = serde_json::from_slice(value).ok()?;
    let what = format!(
        "cleaned, body from {}, {} spans removed",
        story.body_from,
        story.removed.len()
    );
    Some(("cleaner", Some(story.version.to_string()), what))
}

fn event(record: &Incoming, value: &[u8]) -> Option<Told> {
    let event: ArticleRecord = serde_json::from_slice(value).ok()?;
    let said = record.headers.get(header::CE_TYPE).unwrap_or("published");
    let late = match event.wire.superseded {
        true => ", superseded",
        false => "",
    };
    let id = record.headers.get(header::CE_ID).unwrap_or_default();
    let what = format!("{said}{late}, event {id}");
    Some(("enricher", Some(event.article.version), what))
}

fn current(value: &[u8]) -> Told {
    match serde_json::from_slice::<ArticleRecord>(value) {
        Ok(event) => {
            let what = "current from now on".to_owned();
            ("enricher", Some(event.article.version), what)
        }
        Err(_) => ("enricher", None, "taken off current".to_owned()),
    }
}

fn ordered(value: &[u8]) -> Option<Told> {
    let order: StoryOrder = serde_json::from_slice(value).ok()?;
    let by = match order.by {
        OrderedBy::Version => "by its own version".to_owned(),
        OrderedBy::Advisory => format!("by advisory {}", order.note.unwrap_or_default()),
        OrderedBy::Ahead => "by this advisory, ahead of its turn".to_owned(),
        OrderedBy::Operator => format!("at the desk: {}", order.note.unwrap_or_default()),
    };
    let version = order.version.map(|version| version.to_string());
    Some(("order", version, format!("{} {by}", order.action.as_str())))
}

fn dead(record: &Incoming) -> Option<Told> {
    let said = |name| record.headers.get(name);
    if let Some(settled) = said(header::SETTLES) {
        let how = said(header::SETTLED_AS).unwrap_or("settled");
        return Some(("desk", None, format!("dead letter {settled}: {how}")));
    }
    let stage = match said(header::DEAD_STAGE)? {
        "fetcher" => "fetcher",
        "cleaner" => "cleaner",
        "enricher" => "enricher",
        _ => "stage",
    };
    let what = format!(
        "given up, {}: {}",
        said(header::DEAD_REASON).unwrap_or("?"),
        said(header::DEAD_DETAIL).unwrap_or("?")
    );
    Some((stage, None, what))
}

/// The start of a trace: as far back as kept, or from a time on.
pub fn since(time: Option<Timestamp>) -> Start {
    time.map_or(Start::Earliest, |time| Start::Time(time.as_millisecond()))
}
