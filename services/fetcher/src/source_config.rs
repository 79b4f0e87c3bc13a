//! One `[[source]]` of the files in `config/sources`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;
use wiredesk_formats::Habits;
use wiredesk_model::{FeedId, SourceId};
use wiredesk_settings::{Problem, RawTable, Secret};

use crate::access::{self, Auth};
use crate::bucket::{self, Bucket};
use crate::cursor::without_credentials;
use crate::intake::SECRET_CHARS;

/// Where items come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A feed, polled over HTTP.
    #[default]
    Feed,
    /// A folder of documents on this machine.
    Folder,
    /// Whoever pushes signed documents in.
    Push,
    /// Objects in a bucket that speaks S3.
    S3,
}

/// What becomes of a file once its stories are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterTaking {
    /// It stays, and is read again where it changes.
    #[default]
    Keep,
    /// It is claimed, and moved to a folder of those that are done.
    Move,
    /// It is claimed, and deleted.
    Delete,
}

/// When the linked page of an item is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchPage {
    /// Never: the feed carries whole stories.
    Never,
    /// For every item.
    Always,
    /// Where the feed carries only a teaser.
    #[default]
    Teaser,
}

/// What a story id can be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityPart {
    /// The item's own id.
    Guid,
    /// The address of the story's page.
    Link,
    /// The content.
    Hash,
}

impl IdentityPart {
    /// As it stands in records.
    pub fn as_str(self) -> &'static str {
        match self {
            IdentityPart::Guid => "guid",
            IdentityPart::Link => "link",
            IdentityPart::Hash => "hash",
        }
    }
}

/// One source as configured.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// Its name in records, logs and the cursor: letters, digits, `-`, `_` and `.`.
    pub id: String,
    /// Its name for people.
    #[serde(default)]
    pub name: Option<String>,
    /// Folders that it stands in where feeds are listed, from the outermost.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Where items come from.
    #[serde(default)]
    pub kind: SourceKind,
    /// Address of the feed.
    #[serde(default)]
    pub url: Option<String>,
    /// The folder.
    #[serde(default)]
    pub path: Option<String>,
    /// How the bucket is reached.
    #[serde(default)]
    pub s3: Bucket,
    /// What becomes of a file or object once its stories are committed.
    #[serde(default)]
    pub after: AfterTaking,
    /// Language of its stories where they do not say, BCP 47.
    #[serde(default)]
    pub language: Option<String>,
    /// Seconds between two polls, where the server asks for no more.
    #[serde(default)]
    pub poll_seconds: Option<u64>,
    /// When the linked page of an item is fetched.
    #[serde(default)]
    pub fetch_page: FetchPage,
    /// What story ids are made of, the first that an item has.
    #[serde(default = "usual_identity")]
    pub identity: Vec<IdentityPart>,
    /// Whether the source may be on a private network or on this machine.
    #[serde(default)]
    pub allow_private: bool,
    /// Whether linked pages are fetched although `robots.txt` closes them to robots.
    #[serde(default)]
    pub ignore_robots: bool,
    /// Times in a row that the page of a story must be gone (404 or 410) for the story to count as
    /// deleted; pages are not watched where it is missing.
    #[serde(default)]
    pub deleted_after: Option<u32>,
    /// What its host asks its readers to show.
    #[serde(default)]
    pub auth: Option<Auth>,
    /// The proxy for everything that is fetched for it, with name and password where it asks.
    #[serde(default)]
    pub proxy: Option<Secret>,
    /// File with the certificate and the private key that we show, PEM.
    #[serde(default)]
    pub client_certificate: Option<String>,
    /// File with authorities that are trusted beside the usual ones, PEM.
    #[serde(default)]
    pub ca_certificate: Option<String>,
    /// Further request headers, sent to the host of the feed only.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// Whether its hub, where it names one, is asked to deliver.
    #[serde(default = "yes")]
    pub websub: bool,
    /// What its pushes are signed with; any of them will do, so that they can be changed.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// What the agency does differently from the standard that it sends.
    #[serde(default)]
    pub habits: Habits,
    /// Whether it is polled at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Whether what it holds was received before, at the times of its files, and is read once.
    #[serde(skip)]
    pub is_replayed: bool,
}

fn usual_identity() -> Vec<IdentityPart> {
    vec![IdentityPart::Guid, IdentityPart::Link, IdentityPart::Hash]
}

fn yes() -> bool {
    true
}

/// Headers that the fetcher answers for.
const OWN_HEADERS: [&str; 7] = [
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "content-length",
];

impl SourceConfig {
    /// Whether the pages that its items link to may be asked for.
    pub(crate) fn reads_pages(&self) -> bool {
        self.fetch_page != FetchPage::Never || self.deleted_after.is_some()
    }

    /// A feed with the usual habits.
    pub fn feed(id: &str, url: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: None,
            categories: Vec::new(),
            kind: SourceKind::Feed,
            url: Some(url.to_owned()),
            path: None,
            s3: Bucket::default(),
            after: AfterTaking::default(),
            language: None,
            poll_seconds: None,
            fetch_page: FetchPage::default(),
            identity: usual_identity(),
            allow_private: false,
            ignore_robots: false,
            deleted_after: None,
            auth: None,
            proxy: None,
            client_certificate: None,
            ca_certificate: None,
            headers: BTreeMap::new(),
            websub: true,
            secrets: Vec::new(),
            habits: Habits::default(),
            enabled: true,
            is_replayed: false,
        }
    }

    /// A folder with the usual habits.
    pub fn folder(id: &str, path: &str) -> Self {
        Self {
            kind: SourceKind::Folder,
            url: None,
            path: Some(path.to_owned()),
            ..Self::feed(id, "")
        }
    }

    /// A sender that signs with `secret`.
    pub fn push(id: &str, secret: &str) -> Self {
        Self {
            kind: SourceKind::Push,
            url: None,
            secrets: vec![Secret::new(secret)],
            ..Self::feed(id, "")
        }
    }

    /// The name of the source in records.
    pub fn source_id(&self) -> SourceId {
        SourceId::new(self.id.as_str())
    }

    /// The key of its cursor: a source is one feed or one folder.
    pub fn feed_id(&self) -> FeedId {
        FeedId::new(self.id.as_str())
    }

    /// The same without a name and a password in it, for people to see.
    pub fn shown_place(&self) -> String {
        without_credentials(self.place())
    }

    /// Its address or folder, as text.
    pub fn place(&self) -> &str {
        match self.kind {
            SourceKind::Feed | SourceKind::S3 => self.url.as_deref().unwrap_or_default(),
            SourceKind::Folder => self.path.as_deref().unwrap_or_default(),
            SourceKind::Push => "",
        }
    }

    /// Everything that is wrong with it, each with the key it stands under. No I/O.
    pub fn validate(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.id.is_empty() || !self.id.chars().all(is_name) {
            problems.push((
                "id",
                format!(
                    "source id {:?} must be letters, digits, -, _ and .",
                    self.id
                ),
            ));
        }
        match self.kind {
            SourceKind::Feed => problems.extend(self.feed_problems()),
            SourceKind::Folder => problems.extend(self.folder_problems()),
            SourceKind::Push => problems.extend(self.push_problems()),
            SourceKind::S3 => problems.extend(bucket::problem(self)),
        }
        let has_files = matches!(self.kind, SourceKind::Folder | SourceKind::S3);
        if self.after != AfterTaking::Keep && !has_files {
            let text = "after is for folders and buckets; a feed stays with its publisher";
            problems.push(("after", text.to_owned()));
        }
        if self.poll_seconds == Some(0) {
            problems.push((
                "poll_seconds",
                "poll_seconds is 0, it must be at least 1".to_owned(),
            ));
        }
        if let Some(problem) = self.deletion_problem() {
            problems.push(("deleted_after", problem));
        }
        if self.identity.is_empty() {
            problems.push((
                "identity",
                "identity is empty, name guid, link or hash".to_owned(),
            ));
        }
        problems.extend(
            self.habits
                .problems()
                .into_iter()
                .map(|text| ("habits", text)),
        );
        problems.extend(access::problems(self));
        for (name, value) in &self.headers {
            let is_sound = reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_ok()
                && reqwest::header::HeaderValue::from_str(value.reveal()).is_ok();
            if !is_sound {
                problems.push((
                    "headers",
                    format!("header {name:?} cannot be sent as it stands"),
                ));
            } else if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                problems.push((
                    "headers",
                    format!("header {name:?} is set by the fetcher itself"),
                ));
            }
        }
        problems
    }

    fn deletion_problem(&self) -> Option<String> {
        match self.deleted_after {
            Some(0) => Some("deleted_after is 0, it must be at least 1".to_owned()),
            Some(_) if self.kind != SourceKind::Feed => Some(
                "deleted_after is for feeds, whose stories have pages; leave it out".to_owned(),
            ),
            _ => None,
        }
    }

    fn feed_problems(&self) -> Option<(&'static str, String)> {
        let Some(url) = self.url.as_deref() else {
            return Some((
                "url",
                format!("source {:?} is a feed and has no url", self.id),
            ));
        };
        match Url::parse(url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => None,
            Ok(_) => Some((
                "url",
                format!("url {url:?} must begin with http:// or https://"),
            )),
            Err(error) => Some(("url", format!("url {url:?}: {error}"))),
        }
    }

    fn push_problems(&self) -> Option<(&'static str, String)> {
        let is_short = |secret: &Secret| secret.reveal().len() < SECRET_CHARS;
        (self.secrets.is_empty() || self.secrets.iter().any(is_short)).then(|| {
            (
                "secrets",
                format!(
                    "source {:?} is pushed to and needs secrets of at least {SECRET_CHARS} characters; make one with: openssl rand -hex 32",
                    self.id
                ),
            )
        })
    }

    fn folder_problems(&self) -> Option<(&'static str, String)> {
        let is_missing = self.path.as_deref().unwrap_or_default().is_empty();
        is_missing.then(|| {
            (
                "path",
                format!("source {:?} is a folder and has no path", self.id),
            )
        })
    }
}

/// Reads every `[[source]]`; all problems at once. Those that are switched off are left out.
pub fn read_sources(tables: &[RawTable]) -> (Vec<SourceConfig>, Vec<Problem>) {
    let mut sources: Vec<SourceConfig> = Vec::new();
    let mut problems = Vec::new();
    for table in tables {
        let (source, found) = table.read::<SourceConfig>();
        problems.extend(found);
        let Some(source) = source else {
            continue;
        };
        problems.extend(
            source
                .validate()
                .into_iter()
                .map(|(key, text)| table.problem_at(key, &text)),
        );
        if sources.iter().any(|other| other.id == source.id) {
            problems
                .push(table.problem_at("id", &format!("source id {:?} stands twice", source.id)));
        }
        sources.push(source);
    }
    sources.retain(|source| source.enabled);
    (sources, problems)
}

#[cfg(test)]
mod tests {
    use wiredesk_settings::Environment;

    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let (file, problems) = RawTable::parse_file("sources/a.toml", text, &Environment::empty());
        assert!(problems.is_empty());
        let (_, problems) = read_sources(&file.tables("source"));
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_problem_is_told_with_its_line() {
        let text = "[[source]]\nid = \"a b\"\nurl = \"ftp://x.example/\"\n\n[[source]]\nid = \"c\"\nkind = \"folder\"\n\n\
                    [[source]]\nid = \"c\"\nurl = \"https://x.example/\"\nfetch_pag = \"always\"\n\
                    headers = { \"If-None-Match\" = \"x\" }\n";
        let told = problems(text);
        let expected = [
            "a.toml:2",
            "a.toml:3",
            "a.toml:5",
            "a.toml:10",
            "a.toml:12",
            "a.toml:13",
        ];
        for place in expected {
            assert!(
                told.iter().any(|problem| problem.contains(place)),
                "{place} is not in {told:#?}"
            );
        }
        assert_eq!(told.len(), expected.len(), "{told:#?}");
    }

    #[test]
    fn keys_and_ways_are_read_and_their_faults_told_without_secrets() {
        let read = |rest: &str| {
            problems(&format!(
                "[[source]]\nid = \"a\"\nurl = \"https://x.example/feed\"\n{rest}\n"
            ))
        };
        for sound in [
            "auth = { basic = { user = \"desk\", password = \"s3cret\" } }",
            "auth = { bearer = { token = \"s3cret\" } }",
            "auth = { query-key = { name = \"key\", key = \"s3cret\" } }",
            "proxy = \"socks5h://desk:s3cret@proxy.example:1080\"",
        ] {
            assert_eq!(read(sound), Vec::<String>::new(), "{sound}");
        }
        for wrong in [
            "auth = { basic = { user = \"\", password = \"s3cret\" } }",
            "auth = { bearer = { tokn = \"s3cret\" } }",
            "auth = { digest = { user = \"s3cret\" } }",
            "proxy = \"ftp://desk:s3cret@proxy.example\"",
        ] {
            let told = read(wrong);
            assert!(!told.is_empty(), "{wrong}");
            assert!(!told.concat().contains("s3cret"), "{told:?}");
        }
    }

    /// The example that ships is what the code reads, once the `#` are gone.
    #[test]
    fn the_example_is_sound() {
        let shipped = include_str!("../../../config/sources/example.toml");
        assert_eq!(problems(shipped), Vec::<String>::new());
        let lines = shipped.lines().map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => rest,
            _ => line,
        });
        let open: Vec<&str> = lines.collect();
        let mut text = open.join("\n");
        for (name, value) in [
            ("HARBOUR_POST_KEY", "key"),
            ("TOWN_HALL_SECRET", "long enough a secret"),
            ("S3_ID", "id"),
            ("S3_KEY", "key"),
        ] {
            text = text.replace(&format!("${{env:{name}}}"), value);
        }
        assert_eq!(problems(&text), Vec::<String>::new());
        assert!(text.contains("[[source]]\n# Name"));
    }

    #[test]
    fn a_source_needs_an_id_and_an_address_only() {
        assert_eq!(
            problems("[[source]]\nid = \"a\"\nurl = \"https://x.example/feed\"\n"),
            Vec::<String>::new()
        );
    }
}
