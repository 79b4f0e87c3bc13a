//! The outside world of a run: a web site with feeds and wires, and a folder that is delivered to.
//!
//! A feed shows the newest version of each story only. So that no version is passed over by the
//! sender itself, the next one is shown once the one before it has been seen on the raw topic.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use wiredesk_testkit::web::{Answer, TestSite};

use crate::stories::{Status, Story, Telling, Via};

/// Feeds of each kind.
pub const FEEDS: usize = 2;

/// Where the sender stands with a story.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// Versions sent out.
    sent: usize,
    /// Versions seen on the raw topic, in order.
    taken: usize,
}

/// The senders.
pub struct Press {
    site: TestSite,
    folder: PathBuf,
    stories: Vec<Story>,
    progress: Vec<Progress>,
    by_id: HashMap<String, usize>,
    editions: usize,
}

impl Press {
    /// Senders that have sent nothing yet; `folder` is the one delivered to.
    pub fn new(stories: Vec<Story>, folder: PathBuf) -> Self {
        let by_id = (0..)
            .zip(&stories)
            .map(|(at, one)| (one.id(), at))
            .collect();
        let press = Self {
            site: TestSite::start(),
            folder,
            progress: vec![Progress::default(); stories.len()],
            stories,
            by_id,
            editions: 0,
        };
        for feed in 0..FEEDS {
            press.print(Via::Rss(feed));
            press.print(Via::Wire(feed));
        }
        press
    }

    /// The sources as the fetcher's configuration has them.
    pub fn sources(&self) -> String {
        let mut sources = format!(
            "[[source]]\nid = \"folder\"\nkind = \"folder\"\npath = \"{}\"\npoll_seconds = 1\n",
            self.folder.display()
        );
        for feed in 0..FEEDS {
            for via in [Via::Rss(feed), Via::Wire(feed)] {
                let path = path(via);
                let id = path.trim_matches('/').replace('.', "-");
                write!(
                    sources,
                    "[[source]]\nid = \"{id}\"\nurl = \"{}\"\npoll_seconds = 1\n\
                     fetch_page = \"never\"\nallow_private = true\n",
                    self.site.url(&path)
                )
                .expect("a string takes everything");
            }
        }
        sources
    }

    /// Sends out what is due `since` the beginning of the run.
    pub fn send(&mut self, since: Duration) {
        let mut changed: Vec<Via> = Vec::new();
        for (at, story) in self.stories.iter().enumerate() {
            let progress = &mut self.progress[at];
            let is_due = since >= story.appears && progress.sent < story.tellings.len();
            if !is_due {
                continue;
            }
            if story.via == Via::Folder {
                for (order, telling) in story.tellings.iter().enumerate() {
                    deliver(&self.folder, story, order, telling);
                }
                progress.sent = story.tellings.len();
            } else if progress.sent == progress.taken {
                progress.sent += 1;
                if !changed.contains(&story.via) {
                    changed.push(story.via);
                }
            }
        }
        self.editions += usize::from(!changed.is_empty());
        for via in changed {
            self.print(via);
        }
    }

    /// A record on the raw topic has this key and version.
    pub fn seen_raw(&mut self, key: &str, version: u32) {
        let Some(&at) = self.by_id.get(key) else {
            return;
        };
        let (story, progress) = (&self.stories[at], &mut self.progress[at]);
        let next = story.tellings.get(progress.taken);
        if next.is_some_and(|next| next.version == version) {
            progress.taken += 1;
        }
    }

    /// Whether everything was sent out and seen on the raw topic.
    pub fn is_done(&self) -> bool {
        let mut all = self.stories.iter().zip(&self.progress);
        all.all(|(story, progress)| progress.taken == story.tellings.len())
    }

    /// Versions that were not seen on the raw topic yet.
    pub fn missing(&self) -> Vec<String> {
        let all = self.stories.iter().zip(&self.progress);
        all.filter(|(story, progress)| progress.taken < story.tellings.len())
            .map(|(story, progress)| {
                let next = &story.tellings[progress.taken];
                let sent = progress.sent > progress.taken;
                let how = if sent { "sent out" } else { "not sent out yet" };
                format!("{}@{} ({how})", story.id(), next.version)
            })
            .collect()
    }

    /// The next answer for a feed is this one.
    pub fn answer_once(&self, via: Via, answer: Answer) {
        self.site.answer_once(&path(via), answer);
    }

    /// Prints the feed as it stands.
    fn print(&self, via: Via) {
        let shown = self.stories.iter().zip(&self.progress);
        let shown: Vec<(&Story, &Telling)> = shown
            .filter(|(story, progress)| story.via == via && progress.sent > 0)
            .map(|(story, progress)| (story, &story.tellings[progress.sent - 1]))
            .collect();
        let (kind, document) = match via {
            Via::Rss(feed) => ("application/rss+xml", rss(feed, &shown)),
            Via::Wire(_) => ("application/vnd.iptc.g2.newsmessage+xml", message(&shown)),
            Via::Folder => return,
        };
        let tag = format!("\"{}\"", self.editions);
        self.site
            .answer(&path(via), Answer::ok(kind, document).header("ETag", &tag));
    }
}

fn path(via: Via) -> String {
    match via {
        Via::Rss(feed) => format!("/feed{feed}.xml"),
        Via::Wire(feed) => format!("/wire{feed}.xml"),
        Via::Folder => String::new(),
    }
}

fn headline(story: &Story, telling: &Telling) -> String {
    let sign = if telling.correction { "CORRECTED-" } else { "" };
    format!(
        "{sign}Council on matter {}, part {}",
        story.number, telling.version
    )
}

fn rss(feed: usize, shown: &[(&Story, &Telling)]) -> String {
    let items = shown
        .iter()
        .rev()
        .fold(String::new(), |mut items, (story, telling)| {
            let body: String = story
                .paragraphs(telling.version)
                .iter()
                .map(|text| format!("&lt;p&gt;{text}&lt;/p&gt;"))
                .collect();
            write!(
            items,
            "<item><title>{}</title><guid>{}</guid><pubDate>Mon, 02 Nov 2026 08:00:00 GMT</pubDate>\
             <description>{body}</description></item>",
            headline(story, telling),
            story.id()
        )
        .expect("a string takes everything");
            items
        });
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel>\
         <title>Feed {feed}</title><link>http://feed{feed}.example/</link>{items}</channel></rss>"
    )
}

fn message(shown: &[(&Story, &Telling)]) -> String {
    let items: String = shown
        .iter()
        .map(|(story, telling)| g2(story, telling))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <newsMessage xmlns=\"http://iptc.org/std/nar/2006-10-01/\">\
         <header><sent>2026-11-02T08:00:00Z</sent></header><itemSet>{items}</itemSet></newsMessage>"
    )
}

fn g2(story: &Story, telling: &Telling) -> String {
    let embargo = telling.embargo.map_or_else(String::new, |until| {
        format!("<embargoed>{until}</embargoed>")
    });
    let expires = telling
        .expires
        .map_or_else(String::new, |end| format!("<expires>{end}</expires>"));
    format!(
        "<newsItem guid=\"{}\" version=\"{}\" standard=\"NewsML-G2\" standardversion=\"2.33\">\
         <itemMeta><itemClass qcode=\"ninat:text\"/>\
         <versionCreated>2026-11-02T08:00:0{}Z</versionCreated>{embargo}{expires}\
         <pubStatus qcode=\"stat:{}\"/></itemMeta>\
         <contentMeta><headline>{}</headline></contentMeta>\
         <contentSet><inlineData contenttype=\"text/plain\">{}</inlineData></contentSet></newsItem>",
        story.id(),
        telling.version,
        telling.version,
        word(telling.status),
        headline(story, telling),
        story.paragraphs(telling.version).join("\n\n")
    )
}

/// A version as a file of the folder, whole at once. The names are in the order of the versions'
/// telling, which is that of a scan.
fn deliver(folder: &std::path::Path, story: &Story, order: usize, telling: &Telling) {
    let embargo = telling.embargo.map_or_else(String::new, |until| {
        format!("\"embargoedUntil\":\"{until}\",")
    });
    let expires = telling
        .expires
        .map_or_else(String::new, |end| format!("\"expires\":\"{end}\","));
    let document = format!(
        "{{\"uri\":\"{}\",\"type\":\"text\",\"version\":\"{}\",\"pubStatus\":\"{}\",{embargo}{expires}\
         \"standard\":{{\"name\":\"ninjs\",\"version\":\"3.1\"}},\
         \"headlines\":[{{\"role\":\"main\",\"value\":\"{}\"}}],\
         \"bodies\":[{{\"role\":\"main\",\"contentType\":\"text/plain\",\"value\":\"{}\"}}]}}",
        story.id(),
        telling.version,
        word(telling.status),
        headline(story, telling),
        story.paragraphs(telling.version).join("\\n\\n")
    );
    let name = format!("{:04}-{order}.json", story.number);
    let new = folder.join(format!(".{name}"));
    std::fs::write(&new, document).expect("a file in a folder of ours");
    std::fs::rename(new, folder.join(name)).expect("a finished file");
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Usable => "usable",
        Status::Withheld => "withheld",
        Status::Canceled => "canceled",
    }
}
