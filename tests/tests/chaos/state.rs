//! Whether the state that services keep agrees with what they published, and stays as small as the
//! stories that it is about.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;
use wiredesk_model::Topic;

use crate::check::Seen;
use crate::plan::{Plan, Stage};
use crate::press::FEEDS;
use crate::stories::{Standing, Status, Story};

/// Topics of state.
pub const STATE: [Topic; 4] = [
    Topic::StoryState,
    Topic::FeedState,
    Topic::CleanerState,
    Topic::Orders,
];

/// Room for what is remembered of one story.
const STORY_BYTES: usize = 16 << 10;
/// Room for what is remembered of one feed beside its stories.
const FEED_BYTES: usize = 64 << 10;
/// Room for what is noted of one story in the cursor of its feed.
const SEEN_BYTES: usize = 1 << 10;
/// Room for what the cleaner remembers of all sources.
const CLEANER_BYTES: usize = 4 << 20;

/// Everything about the state that does not hold.
pub fn violations(plan: &Plan, seen: &Seen) -> Vec<String> {
    let mut wrong = wrong_memories(plan, seen);
    wrong.extend(wrong_orders(plan, seen));
    wrong.extend(outgrown(plan, seen));
    wrong.extend(untold_poison(plan, seen));
    wrong
}

/// A document that cannot be read is told of in the health of its folder.
fn untold_poison(plan: &Plan, seen: &Seen) -> Option<String> {
    let folder = newest(seen, Topic::FeedState).remove("folder");
    let state: Value = serde_json::from_slice(folder.unwrap_or_default()).unwrap_or_default();
    let told = state["health"]["last_error"].as_str().unwrap_or_default();
    let is_told = plan.poisons(Stage::Fetcher) == 0 || told.contains("poison-");
    (!is_told).then(|| format!("the folder says nothing of its poisoned documents: {told:?}"))
}

/// The newest value of each key; tombstones leave none.
fn newest(seen: &Seen, topic: Topic) -> BTreeMap<&str, &[u8]> {
    let mut values = BTreeMap::new();
    for record in seen.of(topic) {
        match &record.value {
            Some(value) => values.insert(record.key.as_str(), value.as_slice()),
            None => values.remove(record.key.as_str()),
        };
    }
    values
}

/// What is remembered of a story is written with its events: in the end it stands where they end.
fn wrong_memories(plan: &Plan, seen: &Seen) -> Vec<String> {
    let mut memories = newest(seen, Topic::StoryState);
    let mut wrong = Vec::new();
    for story in &plan.stories {
        let id = story.id();
        let why = match memories.remove(id.as_str()) {
            Some(value) => disagreement(story, value),
            None => Some("nothing is remembered of it".to_owned()),
        };
        wrong.extend(why.map(|why| format!("{id}: {why}")));
    }
    let others = memories.into_keys();
    wrong.extend(others.map(|id| format!("{id} is remembered, and nobody told of it")));
    wrong
}

fn disagreement(story: &Story, value: &[u8]) -> Option<String> {
    let memory: Value = match serde_json::from_slice(value) {
        Ok(memory) => memory,
        Err(error) => return Some(format!("its memory cannot be read: {error}")),
    };
    let state = &memory["story"];
    let version = |field: &Value| field.as_u64().and_then(|number| u32::try_from(number).ok());
    let is_killed = story
        .tellings
        .iter()
        .any(|one| one.status == Status::Canceled);
    if state["killed"].is_null() == is_killed {
        return Some(format!(
            "killed: {is_killed}, and remembered as {}",
            state["killed"]
        ));
    }
    let shown = version(&state["shown"]);
    let due = match story.standing() {
        Standing::Version(version) => Some(version),
        Standing::TakenBack => None,
    };
    if shown != due {
        return Some(format!(
            "version {shown:?} is remembered as shown, not {due:?}"
        ));
    }
    if !memory["waiting"].is_null() {
        return Some("a version of it waits still".to_owned());
    }
    let highest = story.tellings.iter().map(|one| one.version).max();
    let newest = version(&state["newest"]["version"]);
    (!is_killed && newest != highest)
        .then(|| format!("version {newest:?} is remembered as the newest, not {highest:?}"))
}

/// Orders are about stories that the script kills.
fn wrong_orders(plan: &Plan, seen: &Seen) -> Vec<String> {
    let is_kill = |story: &&Story| {
        story
            .tellings
            .iter()
            .any(|one| one.status == Status::Canceled)
    };
    let killed: HashSet<String> = plan.stories.iter().filter(is_kill).map(Story::id).collect();
    let ordered: BTreeSet<&String> = seen.of(Topic::Orders).iter().map(|one| &one.key).collect();
    let strangers = ordered.iter().filter(|story| !killed.contains(**story));
    let strangers = strangers.map(|story| format!("{story} was ordered to be killed by nobody"));
    let spared = killed.iter().filter(|story| !ordered.contains(story));
    let spared = spared.map(|story| format!("the kill of {story} came with no order"));
    strangers.chain(spared).collect()
}

/// State is as large as what it is about, however often it was written.
fn outgrown(plan: &Plan, seen: &Seen) -> Vec<String> {
    let stories = plan.stories.len();
    let feeds = 2 * FEEDS + 1;
    let limits = [
        (Topic::StoryState, stories, stories * STORY_BYTES),
        (
            Topic::FeedState,
            feeds,
            feeds * FEED_BYTES + stories * SEEN_BYTES,
        ),
        (Topic::CleanerState, stories, CLEANER_BYTES),
    ];
    let mut told = Vec::new();
    for (topic, keys, bytes) in limits {
        let values = newest(seen, topic);
        let size: usize = values.values().map(|value| value.len()).sum();
        if values.len() > keys || size > bytes {
            let count = values.len();
            told.push(format!("{topic} holds {count} keys in {size} bytes"));
        }
    }
    told
}
