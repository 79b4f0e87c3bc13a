//! Archive, replay, archive: a mixed set of versions, kills, holds and embargoes comes out as the same
//! articles, although the services and the replay are killed again and again.

mod newsroom;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use newsroom::Newsroom;
use serde_json::Value;
use wiredesk_archive::{Manifest, Store, raw_items, records, verify};
use wiredesk_model::{Timestamp, Topic, TopicNames, header};
use wiredesk_pipeline::Transport as _;
use wiredesk_testkit::wait::wait_until;
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

/// Stories of the set: enough that a replay takes several steps.
const STORIES: usize = 300;
const LIMIT: Duration = Duration::from_secs(120);
/// Stories with a fate of their own.
const KILLED_BY_WIRE: usize = 11;
const KILLED_BY_DESK: usize = 12;
const HELD_AND_BACK: usize = 13;
const HELD: usize = 14;
const UNDER_EMBARGO: usize = 15;
const LATE_VERSION: usize = 16;

fn id(story: usize) -> String {
    format!("tag:wire.example,2026:{story}")
}

/// A ninjs document as a file of the folder; `more` are further properties.
fn deliver(folder: &Path, story: usize, version: u32, more: &str) {
    let text = format!(
        "The council of Port Alder put off its vote on wall {story} until the end of the month, a \
         spokeswoman said on Monday. It is about gate {story}, quay {story}, pier {story} and lane \
         {story}, whose people asked for time to read draft {version} of plan {story}."
    );
    let document = format!(
        "{{\"uri\":\"{}\",\"type\":\"text\",\"version\":\"{version}\",\
         \"standard\":{{\"name\":\"ninjs\",\"version\":\"3.1\"}},{more}\
         \"headlines\":[{{\"role\":\"main\",\"value\":\"Wall {story}, version {version}\"}}],\
         \"bodies\":[{{\"role\":\"main\",\"contentType\":\"text/plain\",\"value\":\"{text}\"}}]}}",
        id(story)
    );
    let path = folder.join(format!("{story}-{version}.json"));
    let new = path.with_extension("new");
    std::fs::write(&new, document).expect("a file in a folder of ours");
    std::fs::rename(new, path).expect("a finished file");
}

/// What an archive holds, by story.
#[derive(Debug, PartialEq)]
struct Shelf {
    /// Each item once: story, version and hash, as often as it is there.
    items: BTreeMap<(String, u32, String), usize>,
    /// The newest event of each story, and its article where that is public.
    newest: BTreeMap<String, (String, Option<Value>)>,
    /// Headlines that were ever published, by story.
    published: BTreeMap<String, BTreeSet<String>>,
}

fn is_public(event: &str) -> bool {
    !matches!(
        event,
        "article.canceled" | "article.withheld" | "article.deleted"
    )
}

impl Shelf {
    fn read(place: &Path) -> Self {
        let store = Store::open(&place.display().to_string(), &[]).expect("a folder is a place");
        let mut shelf = Self {
            items: BTreeMap::new(),
            newest: BTreeMap::new(),
            published: BTreeMap::new(),
        };
        for segment in Manifest::all(&store, Topic::Raw).expect("whole") {
            for one in raw_items(&store, &segment).expect("whole") {
                let item = one.item;
                let key = (item.story.to_string(), item.version.0, item.hash.clone());
                *shelf.items.entry(key).or_default() += 1;
            }
        }
        for segment in Manifest::all(&store, Topic::Enriched).expect("whole") {
            for one in records(&store, &segment).expect("whole") {
                let record: Value = serde_json::from_str(&one.value).expect("JSON");
                shelf.note(&one.key, one.headers.get(header::CE_TYPE), &record);
            }
        }
        let findings = verify(&store).expect("it is read");
        assert_eq!(findings.damaged, [] as [String; 0]);
        shelf
    }

    fn note(&mut self, story: &str, event: Option<&str>, record: &Value) {
        let event = event.unwrap_or_default().to_owned();
        let headline = record["article"]["headlines"][0]["value"].as_str();
        if let Some(headline) = headline.filter(|_| is_public(&event)) {
            let told = self.published.entry(story.to_owned()).or_default();
            told.insert(headline.to_owned());
        }
        if record["wire"]["superseded"] != true {
            let article = is_public(&event).then(|| record["article"].clone());
            self.newest.insert(story.to_owned(), (event, article));
        }
    }

    /// What stands in the end: the article of each story that is public.
    fn articles(&self) -> BTreeMap<&str, &Value> {
        let public = self.newest.iter();
        public
            .filter_map(|(story, (_, article))| Some((story.as_str(), article.as_ref()?)))
            .collect()
    }
}

fn config(data: &Path, shelf: &Path, archives: bool) -> String {
    format!(
        "data_dir = \"{}\"\n[transport]\nkind = \"embedded\"\n[transport.embedded]\n\
         session_timeout_ms = 1500\n[topics.partitions]\nraw = 3\nclean = 3\nenriched = 3\n\
         current = 3\n[http]\naddress = \"127.0.0.1:0\"\n[search]\nenabled = false\n\
         [archive]\nenabled = {archives}\nlocation = \"{}\"\nclose_bytes = 100000\n\
         close_seconds = 1\n",
        data.display(),
        shelf.display()
    )
}

fn count(newsroom: &Newsroom, topic: &str) -> usize {
    match newsroom.is_open() {
        true => newsroom.records(topic).len(),
        false => 0,
    }
}

/// Fills an archive: the wire delivers, the desk orders, and the process is killed amid it.
fn fill(shelf: &Path) {
    let newsroom = Newsroom::with_config(|data| config(data, shelf, true));
    let folder = newsroom.folder("wire");
    newsroom.write_sources(&format!(
        "[[source]]\nid = \"wire\"\nkind = \"folder\"\npath = \"{}\"\nafter = \"delete\"\n\
         poll_seconds = 1\n",
        folder.display()
    ));
    let until = Timestamp::now() + Duration::from_secs(15);
    for story in 0..STORIES {
        let more = match story {
            UNDER_EMBARGO => format!("\"embargoedUntil\":\"{until}\","),
            _ => String::new(),
        };
        let version = if story == LATE_VERSION { 3 } else { 1 };
        deliver(&folder, story, version, &more);
    }
    let mut service = newsroom.start("wiredesk", &["run"], "run-1.log");
    wait_until("some stories", LIMIT, || count(&newsroom, "enriched") > 50);
    service.kill();
    let mut service = newsroom.start("wiredesk", &["run"], "run-2.log");
    wait_until("the first versions", LIMIT, || {
        count(&newsroom, "enriched") >= STORIES - 1
    });
    newsroom.wiredesk(&["order", "kill", &id(KILLED_BY_DESK)]);
    newsroom.wiredesk(&["order", "hold", &id(HELD_AND_BACK)]);
    newsroom.wiredesk(&["order", "hold", &id(HELD)]);
    wait_until("what the desk ordered", LIMIT, || {
        count(&newsroom, "enriched") >= STORIES + 2
    });
    for story in (0..STORIES).filter(|story| ![HELD, UNDER_EMBARGO].contains(story)) {
        let more = match story {
            KILLED_BY_WIRE => "\"pubStatus\":\"canceled\",",
            _ => "",
        };
        deliver(&folder, story, 2, more);
    }
    wait_until("some second versions", LIMIT, || {
        count(&newsroom, "enriched") > STORIES + 60
    });
    service.kill();
    let mut service = newsroom.start("wiredesk", &["run"], "run-3.log");
    // All but one story comes first, all but two have a second version, one of which is killed;
    // there are three orders, and one release.
    let all = (STORIES - 1) + 3 + (STORIES - 2 - 1) + 1;
    wait_until("everything", LIMIT, || count(&newsroom, "enriched") >= all);
    assert_eq!(count(&newsroom, "enriched"), all);
    assert_eq!(service.stop(), Some(0), "{}", service.log());
}

/// Replays an archive into another log, which is archived; everything is killed amid it.
fn replay(from: &Path, to: &Path, items: usize) {
    let newsroom = Newsroom::with_config(|data| config(data, to, true));
    let data = newsroom.path().join("data");
    let source = Newsroom::with_config(|_| config(&data, from, false));
    let arguments = ["replay", "--into", "live"];
    let mut service = newsroom.start("wiredesk", &["run"], "run-1.log");
    wait_until("the log", LIMIT, || newsroom.is_open());
    let mut replay = source.start("wiredesk", &arguments, "replay-1.log");
    wait_until("a step of the replay", LIMIT, || {
        count(&newsroom, "raw") > 0
    });
    replay.kill();
    service.kill();
    let mut service = newsroom.start("wiredesk", &["run"], "run-2.log");
    let mut replay = source.start("wiredesk", &arguments, "replay-2.log");
    wait_until("some stories", LIMIT, || count(&newsroom, "enriched") > 50);
    service.kill();
    let mut service = newsroom.start("wiredesk", &["run"], "run-3.log");
    assert_eq!(replay.wait(), Some(0), "{}", replay.log());
    assert_eq!(count(&newsroom, "raw"), items);
    let settings = EmbeddedSettings::at(data.join("wire.sqlite"), TopicNames::default());
    let log = EmbeddedTransport::open(settings).expect("it opens");
    // In this order: what the one has done with is there for the other.
    for (service, input) in [("cleaner", Topic::Raw), ("enricher", Topic::Clean)] {
        wait_until(service, LIMIT, || {
            log.backlog(service, input).is_ok_and(|left| left == 0)
        });
    }
    assert_eq!(service.stop(), Some(0), "{}", service.log());
}

#[test]
fn archive_replay_archive_gives_the_same_articles_whatever_is_killed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    fill(&first);
    let before = Shelf::read(&first);
    assert_eq!(before.items.len(), 2 * STORIES - 2);
    let doubled: Vec<_> = before.items.iter().filter(|one| *one.1 > 1).collect();
    assert!(doubled.is_empty(), "more than once: {doubled:?}");
    replay(&first, &second, before.items.len());
    let after = Shelf::read(&second);
    assert_eq!(after.items, before.items, "every item once, as it was");

    let (published, again) = (before.articles(), after.articles());
    let stories = |all: &BTreeMap<&str, &Value>| all.keys().map(|s| (*s).to_owned()).collect();
    let stories: [BTreeSet<String>; 2] = [stories(&published), stories(&again)];
    assert_eq!(stories[0], stories[1]);
    for (story, article) in &published {
        assert_eq!(again.get(story), Some(article), "{story}");
    }
    let gone = [KILLED_BY_WIRE, KILLED_BY_DESK, HELD].map(id);
    assert_eq!(published.len(), STORIES - gone.len());
    for story in &gone {
        assert!(!published.contains_key(story.as_str()), "{story}");
    }
    assert_eq!(published[id(UNDER_EMBARGO).as_str()]["version"], "1");
    assert_eq!(published[id(LATE_VERSION).as_str()]["version"], "3");
    assert_eq!(published[id(HELD_AND_BACK).as_str()]["version"], "2");
    // What the desk killed was not public for a moment in the new log.
    assert_eq!(after.published.get(&id(KILLED_BY_DESK)), None);
}
