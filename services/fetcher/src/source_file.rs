//! Sources written into a configuration file: what stands there stays as it is, comments and all.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use url::Url;
use wiredesk_settings::with_table;

use crate::{FetchError, FetchPage};

/// Characters of an id that is made up.
const ID_CHARS: usize = 40;
/// First lines of a file that did not exist.
const FIRST_LINES: &str = "# Sources, as in example.toml. `wiredesk feeds` adds to this file and keeps what stands in it.\n";

/// A feed to be configured; what is not set has its default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NewSource {
    /// Its name in records, logs and the cursor.
    pub id: String,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Folders that it stands in, from the outermost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Its address.
    pub url: String,
    /// Language of its stories where they do not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Seconds between two polls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll_seconds: Option<u64>,
    /// When the linked page of an item is fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetch_page: Option<FetchPage>,
    /// Whether it may be on a private network.
    #[serde(skip_serializing_if = "is_usual")]
    pub allow_private: bool,
}

fn is_usual(allow_private: &bool) -> bool {
    !allow_private
}

/// A file of sources that is being changed. Nobody else changes files of its folder meanwhile,
/// as far as they go through here.
#[derive(Debug)]
pub struct SourceFile {
    path: PathBuf,
    text: String,
    _lock: File,
}

impl SourceFile {
    /// Opens a file, or begins one; its folder is made where it is missing.
    ///
    /// # Errors
    /// Where it cannot be read, or is no TOML.
    pub fn open(path: &Path) -> Result<Self, FetchError> {
        let told = |error: &dyn std::fmt::Display| told(path, error);
        let folder = folder_of(path);
        std::fs::create_dir_all(folder).map_err(|error| told(&error))?;
        let lock = File::open(folder).map_err(|error| told(&error))?;
        lock.lock().map_err(|error| told(&error))?;
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => FIRST_LINES.to_owned(),
            Err(error) => return Err(told(&error)),
        };
        Ok(Self {
            path: path.to_owned(),
            text,
            _lock: lock,
        })
    }

    /// Adds a source at the end of the file.
    ///
    /// # Errors
    /// Where the file is no TOML, or `source` in it is no list of tables.
    pub fn add(&mut self, source: &NewSource) -> Result<(), FetchError> {
        let text = with_table(&self.text, "source", source);
        self.text = text.map_err(|error| told(&self.path, &error))?;
        Ok(())
    }

    /// The file as it will be.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Puts the new file in the place of the old one, whole or not at all.
    ///
    /// # Errors
    /// Where it cannot be written; the old file is there then.
    pub fn save(self) -> Result<(), FetchError> {
        write_whole(&self.path, &self.text).map_err(|error| told(&self.path, &error))
    }
}

fn told(path: &Path, error: &dyn std::fmt::Display) -> FetchError {
    FetchError::SourceFile {
        path: path.display().to_string(),
        detail: error.to_string().trim_end().to_owned(),
    }
}

fn folder_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|one| !one.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Readers see the old text or the new one, also where the machine stops in between.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Not *.toml, so that nobody reads it as sources.
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        if let Ok(facts) = std::fs::metadata(path) {
            file.set_permissions(facts.permissions())?;
        }
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        File::open(folder_of(path))?.sync_all()
    };
    let written = write();
    if written.is_err() {
        // The error of writing is what matters.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// An id for a feed that is not among `taken`: of its title, or of its address.
pub fn id_for(title: Option<&str>, url: &str, taken: &BTreeSet<String>) -> String {
    let by_title = title.map(slug).filter(|slug| slug.len() >= 3);
    let id = by_title.unwrap_or_else(|| slug_of_address(url));
    let id = if id.is_empty() { "feed".to_owned() } else { id };
    if !taken.contains(&id) {
        return id;
    }
    let numbered = (2_u64..).map(|number| format!("{id}-{number}"));
    numbered
        .into_iter()
        .find(|id| !taken.contains(id))
        .unwrap_or(id)
}

fn slug_of_address(url: &str) -> String {
    let Ok(url) = Url::parse(url) else {
        return slug(url);
    };
    let host = url.host_str().unwrap_or_default();
    let host = ["www.", "feeds.", "rss."]
        .iter()
        .fold(host, |host, prefix| {
            host.strip_prefix(prefix).unwrap_or(host)
        });
    slug(&format!("{host} {}", url.path()))
}

/// Letters and digits of ASCII, with `-` for whatever stands between.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= ID_CHARS {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post() -> NewSource {
        NewSource {
            id: "post".to_owned(),
            name: Some("The \"Post\"".to_owned()),
            url: "https://post.example/feed?a=1&b=2".to_owned(),
            categories: vec!["News".to_owned(), "Home".to_owned()],
            poll_seconds: Some(600),
            fetch_page: Some(FetchPage::Never),
            allow_private: true,
            ..NewSource::default()
        }
    }

    #[test]
    fn what_stands_in_the_file_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/feeds.toml");
        let mut file = SourceFile::open(&path).unwrap();
        file.add(&post()).unwrap();
        file.save().unwrap();
        let first = std::fs::read_to_string(&path).unwrap();
        assert!(first.starts_with(FIRST_LINES), "{first}");
        assert!(first.contains("\n[[source]]\nid = \"post\"\n"), "{first}");

        let by_hand = format!("{first}\n   # the end,  as somebody left it\n\n");
        std::fs::write(&path, &by_hand).unwrap();
        let mut file = SourceFile::open(&path).unwrap();
        let more = NewSource {
            id: "more".to_owned(),
            ..post()
        };
        file.add(&more).unwrap();
        file.save().unwrap();
        let second = std::fs::read_to_string(&path).unwrap();
        assert!(second.starts_with(by_hand.trim_end()), "{second}");
        let names: Vec<_> = std::fs::read_dir(folder.path().join("new"))
            .unwrap()
            .collect();
        assert_eq!(names.len(), 1, "{names:?}");

        let environment = wiredesk_settings::Environment::empty();
        let (table, problems) =
            wiredesk_settings::RawTable::parse_file("feeds.toml", &second, &environment);
        assert_eq!(problems, []);
        let (sources, problems) = crate::read_sources(&table.tables("source"));
        assert_eq!(problems, []);
        assert_eq!(sources[0].name.as_deref(), Some("The \"Post\""));
        assert_eq!(sources[1].categories, ["News", "Home"]);
    }

    #[test]
    fn a_file_that_is_not_understood_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feeds.toml");
        for text in ["id = ", "source = 3\n"] {
            std::fs::write(&path, text).unwrap();
            let added = SourceFile::open(&path).and_then(|mut file| file.add(&post()));
            let error = added.unwrap_err().to_string();
            assert!(error.contains("feeds.toml"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn ids_come_from_titles_or_addresses_and_are_new() {
        let taken = BTreeSet::from(["the-post".to_owned(), "the-post-2".to_owned()]);
        let id = |title, url| id_for(title, url, &taken);
        assert_eq!(id(Some("The Post!"), "https://x.example/"), "the-post-3");
        assert_eq!(
            id(
                Some("\u{41f}\u{440}\u{430}\u{432}\u{434}\u{430}"),
                "https://www.x.example/rss.xml"
            ),
            "x-example-rss-xml"
        );
        assert_eq!(id(None, "nothing"), "nothing");
        assert_eq!(id(None, "\u{2026}"), "feed");
    }
}
