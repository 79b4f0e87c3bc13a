//! A newsroom in a scratch folder: a site with feeds that grow, a configuration, and the services
//! as processes of their own.

#![allow(dead_code, reason = "each suite uses its own part")]

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use wiredesk_testkit::web::{Answer, SeenRequest, TestSite};
use wiredesk_tests::binary;

/// Feeds, each growing story by story, and each of a domain of its own, so that fetchers share
/// them. Their site stands in for all of the domains: it is the proxy to them.
pub struct Wire {
    site: TestSite,
    feeds: usize,
}

impl Wire {
    pub fn new(feeds: usize) -> Self {
        let wire = Self {
            site: TestSite::start(),
            feeds,
        };
        wire.show(0);
        wire
    }

    /// Shows the first `stories` of every feed, the newest first.
    pub fn show(&self, stories: usize) {
        for feed in 0..self.feeds {
            let mut items = String::new();
            for story in (0..stories).rev() {
                write!(items, "{}", item(feed, story)).expect("a string takes everything");
            }
            let rss = format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel>\
                 <title>Feed {feed}</title><link>http://feed{feed}.example/</link>{items}\
                 </channel></rss>"
            );
            let tag = format!("\"{feed}-{stories}\"");
            let answer = Answer::ok("application/rss+xml", rss).header("ETag", &tag);
            self.site.answer(&address(feed), answer);
        }
    }

    /// Host and `If-None-Match` of each request so far.
    pub fn asked(&self) -> Vec<(String, Option<String>)> {
        let header = |seen: &SeenRequest, name: &str| seen.header(name).map(str::to_owned);
        let requests = self.site.requests();
        let asked = requests.iter().map(|seen| {
            let host = header(seen, "host").unwrap_or_default();
            (host, header(seen, "if-none-match"))
        });
        asked.collect()
    }

    /// Ids of the first `stories` of every feed.
    pub fn ids(&self, stories: usize) -> Vec<String> {
        let feeds = 0..self.feeds;
        let mut ids: Vec<_> = feeds
            .flat_map(|feed| (0..stories).map(move |n| id(feed, n)))
            .collect();
        ids.sort();
        ids
    }

    fn sources(&self) -> String {
        (0..self.feeds).fold(String::new(), |mut sources, feed| {
            let (url, proxy) = (address(feed), self.site.url(""));
            write!(
                sources,
                "[[source]]\nid = \"feed{feed}\"\nurl = \"{url}\"\nproxy = \"{proxy}\"\n\
                 poll_seconds = 1\nfetch_page = \"never\"\n\n"
            )
            .expect("a string takes everything");
            sources
        })
    }
}

fn address(feed: usize) -> String {
    format!("http://feed{feed}.example/feed.xml")
}

fn id(feed: usize, story: usize) -> String {
    format!("http://feed{feed}.example/stories/{story}")
}

fn item(feed: usize, story: usize) -> String {
    let body: String = (1..6)
        .map(|number| {
            format!(
                "&lt;p&gt;Paragraph {number} of story {story} in feed {feed} tells at some length \
                 what the harbour council decided on the day.&lt;/p&gt;&lt;p&gt;Advertisement&lt;/p&gt;"
            )
        })
        .collect();
    format!(
        "<item><title>Story {story} of feed {feed}</title><guid>{}</guid>\
         <pubDate>Mon, 02 Nov 2026 08:00:00 GMT</pubDate>\
         <description>{body}</description></item>",
        id(feed, story)
    )
}

/// A scratch folder with a configuration.
pub struct Newsroom {
    folder: TempDir,
}

impl Newsroom {
    /// A configuration with `transport` as its `[transport]` tables.
    pub fn new(wire: &Wire, prefix: &str, transport: &str) -> Self {
        let newsroom = Self::with_config(|data| {
            format!(
                "data_dir = \"{}\"\n{transport}\n[topics]\nprefix = \"{prefix}\"\n\
                 [topics.partitions]\nraw = 6\nclean = 6\nenriched = 6\ncurrent = 6\ndead = 1\n\
                 feed-state = 6\n[http]\naddress = \"127.0.0.1:0\"\n[runner]\nthreads = 1\n",
                data.display()
            )
        });
        newsroom.write_sources(&wire.sources());
        newsroom
    }

    /// The configuration that `config` writes for a data folder, and no sources yet.
    pub fn with_config(config: impl FnOnce(&Path) -> String) -> Self {
        let folder = TempDir::with_prefix("newsroom-").expect("a scratch folder");
        let config = config(&folder.path().join("data"));
        std::fs::create_dir(folder.path().join("sources")).expect("a new folder");
        std::fs::write(folder.path().join("wiredesk.toml"), config).expect("a new file");
        Self { folder }
    }

    /// The scratch folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A new folder inside.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir(&path).expect("a new folder");
        path
    }

    /// Puts these sources in the place of the wire's.
    pub fn write_sources(&self, sources: &str) {
        self.add_sources("wire.toml", sources);
    }

    /// Adds a file of sources.
    pub fn add_sources(&self, file: &str, sources: &str) {
        let path = self.folder.path().join("sources").join(file);
        std::fs::write(path, sources).expect("a file in a folder of ours");
    }

    /// Whether the embedded log is there to be read, with its topics.
    pub fn is_open(&self) -> bool {
        self.folder.path().join("data/wire.sqlite").is_file()
            && self.try_wiredesk(&["topics", "describe"]).is_ok()
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("wiredesk.toml")
    }

    /// Runs a command of `wiredesk` to its end.
    pub fn wiredesk(&self, arguments: &[&str]) -> String {
        let said = self.try_wiredesk(arguments);
        assert!(said.is_ok(), "wiredesk {arguments:?}: {said:?}");
        said.unwrap_or_default()
    }

    /// The same, with how it ended and all it said where it failed.
    pub fn try_wiredesk(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(binary("wiredesk"))
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("wiredesk starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.success() {
            true => Ok(text(&output.stdout)),
            false => Err(format!(
                "{}\n{}{}",
                output.status,
                text(&output.stdout),
                text(&output.stderr)
            )),
        }
    }

    /// Every record of a topic so far, in the order in which they are read.
    pub fn records(&self, topic: &str) -> Vec<Value> {
        let lines = self.wiredesk(&["tail", topic, "--from", "earliest", "--no-follow", "--json"]);
        let read = |line: &str| serde_json::from_str(line).expect("a record is JSON");
        lines.lines().map(read).collect()
    }

    /// Starts `program` with its arguments; its log goes to `log` in the folder.
    pub fn start(&self, program: &str, arguments: &[&str], log: &str) -> Service {
        self.start_as(Command::new(binary(program)), arguments, log)
    }

    /// The same for a command that is prepared so far.
    pub fn start_as(&self, mut command: Command, arguments: &[&str], log: &str) -> Service {
        let log = self.folder.path().join(log);
        let file = File::create(&log).expect("a new file");
        let child = command
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a file can be shared"))
            .stderr(file)
            .spawn()
            .expect("the service starts");
        Service { child, log }
    }
}

/// A running process of a service; killed when dropped.
pub struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    /// Ends it at once, as `kill -9` does.
    pub fn kill(&mut self) {
        self.child.kill().expect("a running process can be killed");
        self.child.wait().expect("and waited for");
    }

    /// Asks it to stop, waits for that, and answers its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        self.wait()
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        Command::new("kill")
            .args(["-s", name, &self.pid().to_string()])
            .status()
            .expect("kill runs");
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its exit code, where it has ended; a signal that ended it counts as none.
    pub fn ended(&mut self) -> Option<Option<i32>> {
        let ended = self.child.try_wait().expect("its state can be asked");
        ended.map(|status| status.code())
    }

    /// Waits until it ends by itself, and answers its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("it can be waited for").code()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.ended().is_none()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let start = log.len().saturating_sub(4_000);
            let start = (start..log.len())
                .find(|at| log.is_char_boundary(*at))
                .unwrap_or(0);
            eprintln!("--- {}\n{}", self.log.display(), &log[start..]);
        }
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
