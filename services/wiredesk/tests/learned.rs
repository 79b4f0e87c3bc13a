//! What the cleaners learned of a source, and what people decide about it, on the command line; and
//! what `wiredesk try` shows of what was removed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use wiredesk_cleaner::SeenStory;
use wiredesk_cleaning::{Fingerprint, PageFigures, SourceWindow, StoryPrint};
use wiredesk_model::{
    Block, Headers, InstanceId, Outgoing, SourceId, Timestamp, Topic, TopicNames,
};
use wiredesk_pipeline::Transport as _;
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

const BOX: &str = "The morning letter brings the harbour to your kitchen table.";
/// One partition, so that one cleaner sees all stories.
const CONFIG: &str = "data_dir = \"data\"\n[topics.partitions]\nraw = 1\n";

/// A folder with a configuration and a log.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("w.toml"), CONFIG).expect("a file");
        let desk = Self { folder };
        desk.well(&["topics", "create"]);
        desk
    }

    /// Exit code, output and errors.
    fn call(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_wiredesk"))
            .args(arguments)
            .args(["--config", "w.toml"])
            .current_dir(self.folder.path())
            .env_remove("WIREDESK_CONFIG")
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        (
            output.status.code().expect("it ended by itself"),
            String::from_utf8(output.stdout).expect("text"),
            String::from_utf8(output.stderr).expect("text"),
        )
    }

    /// Output and errors of what went well.
    #[track_caller]
    fn well(&self, arguments: &[&str]) -> (String, String) {
        let (code, text, errors) = self.call(arguments);
        assert_eq!(code, 0, "{arguments:?}: {text}{errors}");
        (text, errors)
    }

    #[track_caller]
    fn wrong(&self, arguments: &[&str], told: &str) {
        let (code, text, errors) = self.call(arguments);
        assert_ne!(code, 0, "{arguments:?}: {text}");
        assert!(errors.contains(told), "{arguments:?}: {errors}");
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Writes what the cleaner of one partition remembers of stories with these pages.
    fn remember(&self, pages: &[PageFigures]) {
        let mut window = SourceWindow::default();
        let mut texts = BTreeMap::new();
        texts.insert(Fingerprint::of(BOX), BOX.to_owned());
        let records = pages.iter().enumerate().map(|(number, page)| {
            let key = format!("story {number}");
            let print = StoryPrint {
                page: Some(page.clone()),
                ..print_of(number)
            };
            let (number, group) = window.see(&key, print);
            let seen = SeenStory {
                source: SourceId::new("harbour"),
                seen_at: Timestamp::UNIX_EPOCH,
                number,
                group,
                print: window.print_of(&key).cloned().unwrap_or_default(),
                texts: texts.clone(),
            };
            Outgoing {
                topic: Topic::CleanerState,
                key,
                value: Some(serde_json::to_vec(&seen).expect("JSON")),
                headers: Headers::new(),
            }
        });
        let store = self.file("data/wire.sqlite");
        assert!(store.exists(), "{}", store.display());
        let settings = EmbeddedSettings::at(store, TopicNames::default());
        let transport = EmbeddedTransport::open(settings).expect("the store");
        let mut writer = transport
            .writer(&InstanceId::from("test"))
            .expect("a writer");
        writer.write(records.collect()).expect("written");
    }
}

/// A story of its own, with the box at its end.
fn print_of(number: usize) -> StoryPrint {
    let own = "x".repeat(number + 1);
    let paragraph = |start: &str| {
        Block::paragraph(format!(
            "{start} the {own}bridge of the town was counted before anybody asked the {own}keeper for a word about it, \
             and nobody of the council had heard of the matter when it met in the week of the {own}fair."
        ))
    };
    let title = format!("{own}bridge closed, {own}keeper silent");
    let blocks = [paragraph("First"), paragraph("Then"), Block::paragraph(BOX)];
    StoryPrint::of(&title, &blocks)
}

fn page(words: u32) -> PageFigures {
    PageFigures {
        words,
        ..PageFigures::default()
    }
}

#[test]
fn blocks_are_listed_pinned_vetoed_and_left_again() {
    let desk = Desk::new();
    assert!(
        desk.well(&["learned", "list"])
            .0
            .contains("nothing learned yet")
    );
    desk.remember(&vec![page(300); 12]);
    let block = Fingerprint::of(BOX).to_string();
    let standing = || desk.well(&["learned", "list", "--source", "harbour"]).0;
    let first = standing();
    assert!(
        first.contains(&format!("harbour            {block} learned  12 of 12")),
        "{first}"
    );
    assert!(first.contains(BOX));
    for (verb, effect, word) in [("veto", "stays", "vetoed"), ("pin", "goes", "pinned")] {
        let (_, told) = desk.well(&["learned", verb, "harbour", &block]);
        assert!(told.contains(&format!("{effect} from now on")), "{told}");
        assert!(standing().contains(&format!("{block} {word}")), "{verb}");
    }
    let file = std::fs::read_to_string(desk.file("rules/learned/decisions.toml")).expect("a file");
    assert!(
        file.contains("verdict = \"pin\"") && file.contains(BOX),
        "{file}"
    );
    desk.well(&["learned", "forget", "harbour", &block]);
    assert_eq!(standing(), first);
    desk.wrong(
        &["learned", "forget", "harbour", &block],
        "nothing was decided about block",
    );
    desk.wrong(&["learned", "pin", "harbour", "xyz"], "is no fingerprint");
    let none = desk.well(&["learned", "list", "--source", "courier"]).0;
    assert!(none.contains("nothing learned yet"), "{none}");
}

#[test]
fn pages_that_changed_are_shown_and_accepted() {
    let desk = Desk::new();
    desk.wrong(
        &["learned", "accept", "harbour"],
        "nothing is remembered of a source harbour",
    );
    let mut pages = vec![page(300); 20];
    desk.remember(&pages);
    desk.wrong(&["learned", "accept", "harbour"], "nothing to accept");
    pages.extend(vec![page(20); 6]);
    desk.remember(&pages);
    let changed = "the newest pages have 20 words, and 300 were usual";
    let list = || desk.well(&["learned", "list"]).0;
    assert!(list().contains(changed), "{}", list());
    let (_, told) = desk.well(&["learned", "accept", "harbour"]);
    assert!(
        told.contains(changed) && told.contains("when they start"),
        "{told}"
    );
    assert!(!list().contains(changed), "{}", list());
    desk.wrong(&["learned", "accept", "harbour"], "nothing to accept");
}

#[test]
fn what_was_removed_is_shown_in_its_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let paragraph = |text: &str| format!("<p>{text}</p>");
    let one = "The council met on Monday and put off its vote on the harbour wall until the end of the month.";
    let two = "The wall was built in 1911, and it has been mended four times since then, the last time in 2019.";
    let body: String = [one, "Advertisement", two].map(paragraph).concat();
    let html = format!(
        "<html><head><title>The wall waits</title></head><body><article><h1>The wall waits</h1>{body}</article></body></html>"
    );
    std::fs::write(folder.path().join("wall.html"), html).expect("a file");
    let shown = tried(folder.path(), &["try", "wall.html"]);
    let place = |text: &str| {
        shown
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {shown}"))
    };
    let head = place("── removed by advert-marker: ");
    let gone = place("\n- Advertisement\n");
    assert!(place("The council met") < head && head < gone && gone < place("The wall was built"));
    assert!(shown.contains("1 span removed, rules 1-"), "{shown}");
    let line = tried(folder.path(), &["try", "wall.html", "--json"]);
    let record: serde_json::Value = serde_json::from_str(&line).expect("one record");
    let removed = record["wire"]["removed"].as_array().expect("removals");
    assert_eq!(removed.len(), 1, "{removed:?}");
    assert_eq!(removed[0]["text"], "Advertisement");
    assert_eq!(removed[0]["after_block"], 1);
}

fn tried(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_wiredesk"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("WIREDESK_CONFIG")
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}
