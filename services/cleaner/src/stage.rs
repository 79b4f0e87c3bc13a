//! The stage: one raw record in, one clean record or a dead letter out; what it remembers of the
//! newest stories of each source decides what else is taken out of a story, and tells when the pages
//! of a source change.

use std::collections::BTreeMap;
use std::sync::Arc;

use wiredesk_cleaning::{Drift, Fingerprint, Learned, SourceWindow, StoryPrint, rules};
use wiredesk_model::{
    CleanStory, FilterReason, Headers, Incoming, Outgoing, QualityFlag, RawItem, ReasonCode,
    SourceEvent, SourceEventKind, SourceId, StoryId, Timestamp, Topic, header,
};
use wiredesk_pipeline::{KeyedStage, Outcome};
use wiredesk_settings::{Problem, Settings};
use wiredesk_telemetry::{Metric, count};

use crate::learn::take_out;
use crate::memory::{PartitionMemory, SeenStory};
use crate::rules_dir::CleanerRules;
use crate::story::{CleanedItem, StoryError, barred_page, clean_item};

/// Characters of a remembered block that are kept for people.
const SAMPLE_CHARS: usize = 160;

/// Cleans raw items.
#[derive(Debug, Clone, Default)]
pub struct CleanerStage {
    rules: Arc<CleanerRules>,
}

/// A record before it is decided about.
pub enum Draft {
    /// Nothing is left to decide.
    Decided(Outcome),
    /// A cleaned story.
    Story(Box<StoryDraft>),
    /// A page that bars the way to its story, and what is wrong, in words.
    Barred(Origin, String),
}

/// Where a draft came from.
pub struct Origin {
    story: StoryId,
    source: SourceId,
    raw_ref: String,
    headers: Headers,
}

/// A story before anything learned is taken out of it.
pub struct StoryDraft {
    origin: Origin,
    item: CleanedItem,
    print: StoryPrint,
    /// The story as JSON, as long as nothing changes.
    bytes: Vec<u8>,
}

impl CleanerStage {
    /// The stage with what people decided about pages and blocks.
    pub fn new(rules: CleanerRules) -> Self {
        Self {
            rules: Arc::new(rules),
        }
    }

    /// The stage as it is configured.
    ///
    /// # Errors
    /// Everything that is wrong with the rules.
    pub fn configured(settings: &Settings) -> Result<Self, Vec<Problem>> {
        match CleanerRules::configured(settings) {
            (rules, problems) if problems.is_empty() => Ok(Self::new(rules)),
            (_, problems) => Err(problems),
        }
    }

    fn draft_of(&self, record: &Incoming) -> Result<Draft, Outcome> {
        let Some(value) = &record.value else {
            return Err(Outcome::Filtered(FilterReason::Tombstone));
        };
        let raw: RawItem = serde_json::from_slice(value).map_err(|error| {
            let detail = format!("value of key {:?} is no raw item: {error}", record.key);
            dead(ReasonCode::Undecodable, detail)
        })?;
        let raw_ref = format!(
            "{}/{}/{}",
            record.at.topic, record.at.partition, record.offset
        );
        let origin = Origin {
            story: raw.story.clone(),
            source: raw.source.clone(),
            headers: headers(record, &raw),
            raw_ref,
        };
        let item = match clean_item(&raw, &origin.raw_ref, &self.rules.publishers) {
            Ok(item) => item,
            Err(error @ StoryError::Barred { .. }) => {
                return Ok(Draft::Barred(origin, error.to_string()));
            }
            Err(error @ StoryError::NoBody { .. }) => {
                return Err(dead(ReasonCode::NoBody, error.to_string()));
            }
            Err(error @ StoryError::Refused { .. }) => {
                return Err(dead(ReasonCode::OverLimit, error.to_string()));
            }
        };
        let mut print = StoryPrint::of(&item.story.title, &item.story.blocks);
        print.page.clone_from(&item.page);
        let bytes = to_json(&item.story)?;
        Ok(Draft::Story(Box::new(StoryDraft {
            origin,
            item,
            print,
            bytes,
        })))
    }

    fn decide_story(
        &self,
        draft: StoryDraft,
        memory: &mut PartitionMemory,
        now: Timestamp,
    ) -> Result<Outcome, Outcome> {
        let StoryDraft {
            origin,
            mut item,
            print,
            mut bytes,
        } = draft;
        let window = memory.window(&origin.source);
        let decisions = self.rules.decisions.for_source(origin.source.as_str());
        let learned = window.learned(origin.story.as_str(), &print, &decisions);
        let texts = texts_of(&item.story, window, &learned);
        let has_page = print.page.is_some();
        let (mut outputs, drift) = remember(memory, &origin, (print, texts), now)?;
        let mut is_changed = take_out(&mut item.story, &item.sources, &learned);
        let quality = &mut item.story.quality;
        if has_page && drift.is_some() && !quality.contains(&QualityFlag::LowConfidence) {
            quality.push(QualityFlag::LowConfidence);
            is_changed = true;
        }
        if is_changed {
            bytes = to_json(&item.story)?;
        }
        count_removals(&item.story);
        outputs.insert(0, output(&origin, Topic::Clean, bytes));
        Ok(Outcome::Forward(outputs))
    }
}

impl KeyedStage for CleanerStage {
    type Draft = Draft;
    type Memory = PartitionMemory;

    fn name(&self) -> &'static str {
        "cleaner"
    }

    fn input(&self) -> Topic {
        Topic::Raw
    }

    fn memory(&self) -> Option<Topic> {
        Some(Topic::CleanerState)
    }

    fn blank(&self) -> PartitionMemory {
        PartitionMemory::default()
    }

    fn remember(&self, record: Incoming, memory: &mut PartitionMemory) {
        memory.remember(record, &self.rules.layouts);
    }

    fn recalled(&self, memory: &mut PartitionMemory) {
        memory.recalled();
    }

    fn draft(&self, record: &Incoming) -> Draft {
        self.draft_of(record).unwrap_or_else(Draft::Decided)
    }

    fn spoiled(&self, code: ReasonCode, detail: String) -> Draft {
        Draft::Decided(Outcome::Dead { code, detail })
    }

    fn decide(&self, draft: Draft, memory: &mut PartitionMemory, now: Timestamp) -> Outcome {
        match draft {
            Draft::Decided(outcome) => outcome,
            Draft::Story(draft) => self
                .decide_story(*draft, memory, now)
                .unwrap_or_else(|stop| stop),
            Draft::Barred(origin, detail) => {
                let print = StoryPrint {
                    page: Some(barred_page()),
                    ..StoryPrint::default()
                };
                match remember(memory, &origin, (print, BTreeMap::new()), now) {
                    Ok((outputs, _)) => Outcome::SetAside {
                        code: ReasonCode::Blocked,
                        detail,
                        outputs,
                    },
                    Err(stop) => stop,
                }
            }
        }
    }

    fn due(&self, _memory: &mut PartitionMemory, _now: Timestamp) -> Vec<Outgoing> {
        Vec::new()
    }

    fn refused(&self, _key: &str, _memory: &mut PartitionMemory, _detail: &str) -> Vec<Outgoing> {
        Vec::new()
    }
}

/// Remembers a story, and tells where the pages of its source changed. Gives what is to be written,
/// and how the newest pages differ from those before.
fn remember(
    memory: &mut PartitionMemory,
    origin: &Origin,
    (print, texts): (StoryPrint, BTreeMap<Fingerprint, String>),
    now: Timestamp,
) -> Result<(Vec<Outgoing>, Option<Drift>), Outcome> {
    let before = memory.window(&origin.source).drift();
    // A wire item without a body says nothing of its source.
    if print.blocks.is_empty() && print.page.is_none() {
        return Ok((Vec::new(), before));
    }
    let place = memory.see(&origin.source, origin.story.as_str(), print);
    let window = memory.window(&origin.source);
    let after = window.drift();
    let print = window.print_of(origin.story.as_str()).cloned();
    let seen = SeenStory {
        source: origin.source.clone(),
        seen_at: now,
        number: place.number,
        group: place.group,
        print: print.unwrap_or_default(),
        texts,
    };
    let mut outputs = vec![output(origin, Topic::CleanerState, to_json(&seen)?)];
    outputs.extend(place.forgotten.into_iter().map(|story| Outgoing {
        topic: Topic::CleanerState,
        key: story,
        value: None,
        headers: origin.headers.clone(),
    }));
    if let Some((kind, detail)) = change(before.as_ref(), after.as_ref()) {
        let event = SourceEvent {
            kind,
            source: origin.source.clone(),
            at: now,
            story: Some(origin.story.clone()),
            raw_ref: Some(origin.raw_ref.clone()),
            gap: None,
            detail,
        };
        tracing::warn!(source = %event.source, story = %origin.story, "{}: {}", kind.as_str(), event.detail);
        let mut told = output(origin, Topic::Events, to_json(&event)?);
        origin.source.as_str().clone_into(&mut told.key);
        outputs.push(told);
    }
    Ok((outputs, after))
}

/// What to tell of how the pages of a source differ from those before: only where that is new.
fn change(before: Option<&Drift>, after: Option<&Drift>) -> Option<(SourceEventKind, String)> {
    match (before, after) {
        (Some(before), Some(after)) if before.is_like(after) => None,
        (_, Some(Drift::Barred)) => Some((SourceEventKind::Blocked, Drift::Barred.detail())),
        (_, Some(after)) => Some((SourceEventKind::LayoutChange, after.detail())),
        (Some(before), None) => {
            let detail = format!("no longer: {}", before.detail());
            Some((SourceEventKind::Recovered, detail))
        }
        (None, None) => None,
    }
}

/// Text of the blocks that stood in another story before, for people who look at what was learned.
fn texts_of(
    story: &CleanStory,
    window: &SourceWindow,
    learned: &[Learned],
) -> BTreeMap<Fingerprint, String> {
    let mut texts = BTreeMap::new();
    for block in &story.blocks {
        let Some(fingerprint) = Fingerprint::of_block(block) else {
            continue;
        };
        let is_learned = learned.iter().any(|one| one.fingerprint == fingerprint);
        if is_learned || window.repeats_block(story.story.as_str(), fingerprint) {
            texts.insert(fingerprint, block.text.chars().take(SAMPLE_CHARS).collect());
        }
    }
    texts
}

fn output(origin: &Origin, topic: Topic, bytes: Vec<u8>) -> Outgoing {
    Outgoing {
        topic,
        key: origin.story.as_str().to_owned(),
        value: Some(bytes),
        headers: origin.headers.clone(),
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<Vec<u8>, Outcome> {
    serde_json::to_vec(value).map_err(|error| Outcome::Stop {
        detail: format!("a record could not be written as JSON: {error}"),
    })
}

/// Spans taken out, by rule: what an operator watches to see a rule run wild.
fn count_removals(story: &CleanStory) {
    const BEYOND: [&str; 2] = ["learned", "publisher"];
    for removal in &story.removed {
        let known = rules().iter().map(|rule| rule.id).chain(BEYOND);
        let label = known.into_iter().find(|id| *id == removal.rule);
        count(Metric::RemovedSpans, &[label.unwrap_or("other")], 1);
    }
}

fn dead(code: ReasonCode, detail: String) -> Outcome {
    Outcome::Dead { code, detail }
}

fn headers(record: &Incoming, raw: &RawItem) -> Headers {
    let run = record.headers.get(header::RUN).unwrap_or(raw.run.as_str());
    Headers::new()
        .with(header::CONTENT_TYPE, "application/json")
        .with(header::RUN, run)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use wiredesk_model::TopicPartition;

    use super::*;

    fn record(value: Option<&str>) -> Incoming {
        Incoming {
            at: TopicPartition::new(Topic::Raw, 3),
            offset: 42,
            timestamp_ms: 0,
            key: "s1".to_owned(),
            value: value.map(|value| value.as_bytes().to_vec()),
            headers: Headers::new().with(header::RUN, "replay-1"),
        }
    }

    const RAW: &str = r#"{"story":"s1","version":1,"identity":"guid","source":"harbour","feed":"harbour/main",
        "run":"live","fetched_at":"2024-05-12T08:00:00Z","payload":{"media_type":"application/rss+xml","bytes":""},
        "hash":"h","item":{"title":"Harbour reopens","summary":"It opened on Monday."}}"#;

    /// What a cleaner makes of one record after another.
    #[derive(Default)]
    struct Desk {
        stage: CleanerStage,
        memory: PartitionMemory,
        /// The newest value of each key of its memory.
        stored: BTreeMap<String, Option<Vec<u8>>>,
    }

    impl Desk {
        fn process(&mut self, record: &Incoming) -> Outcome {
            let draft = self.stage.draft(record);
            let now = Timestamp::UNIX_EPOCH;
            self.stage.decide(draft, &mut self.memory, now)
        }

        /// Has a page of a story cleaned; what comes of it, by topic.
        fn page(&mut self, story: &str, html: &str) -> Vec<Outgoing> {
            let raw = serde_json::json!({
                "story": story, "version": 1, "identity": "guid", "source": "harbour", "feed": "harbour/main",
                "run": "live", "fetched_at": "2024-05-12T08:00:00Z", "hash": "h",
                "payload": {"media_type": "application/rss+xml", "bytes": ""},
                "item": {"title": story},
                "page": {"media_type": "text/html", "bytes": STANDARD.encode(html)},
            });
            let mut incoming = record(Some(&raw.to_string()));
            story.clone_into(&mut incoming.key);
            let outputs = match self.process(&incoming) {
                Outcome::Forward(outputs) | Outcome::SetAside { outputs, .. } => outputs,
                other => panic!("{other:?}"),
            };
            let state = outputs
                .iter()
                .filter(|one| one.topic == Topic::CleanerState);
            let state = state.map(|one| (one.key.clone(), one.value.clone()));
            self.stored.extend(state);
            outputs
        }

        /// Has the memory read from what was stored of it.
        fn restart(&mut self) {
            self.memory = self.stage.blank();
            for (key, value) in &self.stored {
                let mut stored = record(None);
                stored.key.clone_from(key);
                stored.value.clone_from(value);
                self.stage.remember(stored, &mut self.memory);
            }
            self.stage.recalled(&mut self.memory);
        }
    }

    fn value<T: serde::de::DeserializeOwned>(outputs: &[Outgoing], topic: Topic) -> Option<T> {
        let found = outputs.iter().find(|output| output.topic == topic)?;
        serde_json::from_slice(found.value.as_deref()?).ok()
    }

    const BOX: &str = "The morning letter brings the harbour to your kitchen table.";
    const TITLES: [&str; 6] = [
        "Ferry sails again",
        "Bakery opens doors",
        "Choir wins prize",
        "Early thaw surprises skaters",
        "Museum finds lost painting",
        "Lighthouse keeper retires",
    ];

    fn page_of(title: &str) -> String {
        let paragraphs: String = (1..5)
            .map(|part| {
                format!(
                    "<p>{title}, and this is part {part} of what there is to be said of {title}, as those who \
                     were there on Monday told it to the paper of the town in the evening.</p>"
                )
            })
            .collect();
        format!(
            "<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{paragraphs}<p>{BOX}</p>\
             </article></body></html>"
        )
    }

    #[test]
    fn what_repeats_over_the_stories_of_a_source_goes_with_its_evidence() {
        let mut desk = Desk::default();
        for title in &TITLES[..5] {
            let outputs = desk.page(title, &page_of(title));
            let story: CleanStory = value(&outputs, Topic::Clean).expect("a story");
            assert!(story.text.ends_with(BOX), "not yet: {}", story.text);
        }
        let outputs = desk.page(TITLES[5], &page_of(TITLES[5]));
        let story: CleanStory = value(&outputs, Topic::Clean).expect("a story");
        assert!(!story.text.contains(BOX), "{}", story.text);
        let removal = story.removed.last().expect("a removal");
        assert_eq!(
            (removal.rule.as_str(), removal.text.as_str()),
            ("learned", BOX)
        );
        let span = (removal.start, removal.end);
        let (Some(start), Some(end)) = span else {
            panic!("no offsets: {removal:?}");
        };
        assert_eq!(&page_of(TITLES[5])[start as usize..end as usize], BOX);
        let seen: SeenStory = value(&outputs, Topic::CleanerState).expect("a memory");
        assert_eq!(seen.texts.values().collect::<Vec<_>>(), [BOX]);
    }

    #[test]
    fn what_is_remembered_comes_back_from_its_topic() {
        let mut desk = Desk::default();
        for title in &TITLES[..5] {
            desk.page(title, &page_of(title));
        }
        desk.restart();
        let outputs = desk.page(TITLES[5], &page_of(TITLES[5]));
        let story: CleanStory = value(&outputs, Topic::Clean).expect("a story");
        assert!(!story.text.contains(BOX), "{}", story.text);
    }

    #[test]
    fn a_page_that_bars_the_way_is_set_aside_and_told_once() {
        let mut desk = Desk::default();
        let barred = "<html><head><title>Just a moment...</title></head><body><p>Checking your browser before \
                      you go on.</p></body></html>";
        let outputs = desk.page("one", barred);
        let event: SourceEvent = value(&outputs, Topic::Events).expect("an event");
        assert_eq!(event.kind, SourceEventKind::Blocked);
        assert!(outputs.iter().all(|output| output.topic != Topic::Clean));
        let told = outputs.iter().find(|output| output.topic == Topic::Events);
        assert_eq!(told.map(|output| output.key.as_str()), Some("harbour"));
        let again = desk.page("two", barred);
        assert_eq!(value::<SourceEvent>(&again, Topic::Events), None);
        let outputs = desk.page(TITLES[0], &page_of(TITLES[0]));
        let event: SourceEvent = value(&outputs, Topic::Events).expect("an event");
        assert_eq!(event.kind, SourceEventKind::Recovered);
        let story: CleanStory = value(&outputs, Topic::Clean).expect("a story");
        assert!(
            !story.quality.contains(&QualityFlag::LowConfidence) || story.page.confidence.is_some()
        );
    }

    #[test]
    fn a_changed_layout_is_told_once_and_is_over_only_with_good_pages() {
        let mut desk = Desk::default();
        let mut events: Vec<(usize, SourceEventKind)> = Vec::new();
        let mut flagged = Vec::new();
        let broken = 20..100;
        for number in 0..110 {
            let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
            let title = format!("{0}{1}ary {1}{0}ong", letter(number), letter(number / 26));
            let html = if broken.contains(&number) {
                format!(
                    "<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>The page \
                     of {title} has become short, and no more of it is told.</p></article></body></html>"
                )
            } else {
                page_of(&title)
            };
            let outputs = desk.page(&title, &html);
            if let Some(event) = value::<SourceEvent>(&outputs, Topic::Events) {
                events.push((number, event.kind));
            }
            let story: CleanStory = value(&outputs, Topic::Clean).expect("a story");
            if story.quality.contains(&QualityFlag::LowConfidence) {
                flagged.push(number);
            }
            // Another process goes on with what was stored.
            if number == 60 {
                desk.restart();
            }
        }
        let kinds: Vec<SourceEventKind> = events.iter().map(|(_, kind)| *kind).collect();
        let expected = [SourceEventKind::LayoutChange, SourceEventKind::Recovered];
        assert_eq!(kinds, expected, "{events:?}");
        assert!(
            broken.contains(&events[0].0) && events[1].0 >= broken.end,
            "{events:?}"
        );
        let held: Vec<usize> = (events[0].0..events[1].0).collect();
        assert!(
            held.iter().all(|number| flagged.contains(number)),
            "{flagged:?}"
        );
    }

    #[test]
    fn a_raw_item_becomes_one_clean_record() {
        let Outcome::Forward(out) = Desk::default().process(&record(Some(RAW))) else {
            panic!("not forwarded");
        };
        let topics: Vec<Topic> = out.iter().map(|output| output.topic).collect();
        assert_eq!(topics, [Topic::Clean, Topic::CleanerState]);
        assert_eq!((out[0].topic, out[0].key.as_str()), (Topic::Clean, "s1"));
        assert_eq!(out[0].headers.get(header::RUN), Some("replay-1"));
        let value = out[0].value.as_deref().expect("a value");
        let story: CleanStory = serde_json::from_slice(value).expect("a clean story");
        assert_eq!(story.raw_ref, "raw/3/42");
        assert_eq!(story.text, "It opened on Monday.");
    }

    #[test]
    fn bad_values_are_dead_letters_with_their_reason() {
        let code = |value| match Desk::default().process(&record(value)) {
            Outcome::Dead { code, .. } => Some(code),
            _ => None,
        };
        assert_eq!(code(Some("{}")), Some(ReasonCode::Undecodable));
        let empty = RAW.replace(r#","summary":"It opened on Monday.""#, "");
        assert_eq!(code(Some(&empty)), Some(ReasonCode::NoBody));
        assert_eq!(
            Desk::default().process(&record(None)),
            Outcome::Filtered(FilterReason::Tombstone)
        );
    }
}
