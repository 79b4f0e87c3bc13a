//! The place that holds the files: a folder, S3, or whatever else speaks as an object store.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use crate::ArchiveError;

/// How long a store may take over one request, with its retries, where nothing else is said.
const PATIENCE: Duration = Duration::from_secs(120);

/// Objects under one prefix of one store. Calls block.
pub struct Store {
    runtime: Runtime,
    patience: Duration,
    objects: Arc<dyn ObjectStore>,
    prefix: Path,
    location: String,
}

impl Store {
    /// Opens `location`: a path, or a URL such as `s3://bucket/prefix`, with the store's own
    /// options (`aws_access_key_id`, `aws_endpoint`, …), whose values may stand in the
    /// environment too. A folder is made where it is missing.
    ///
    /// # Errors
    /// Where the location or an option is not understood, or the folder cannot be made.
    pub fn open(location: &str, options: &[(String, String)]) -> Result<Self, ArchiveError> {
        let wrong = |detail: String| ArchiveError::Location {
            location: location.to_owned(),
            detail,
        };
        let url = match location.contains("://") {
            true => Url::parse(location).map_err(|error| wrong(error.to_string()))?,
            false => {
                let folder = make_folder(location).map_err(|error| of_folder(location, error))?;
                Url::from_directory_path(folder).map_err(|()| wrong("not a path".to_owned()))?
            }
        };
        let from_environment = std::env::vars().map(|(key, value)| (key.to_lowercase(), value));
        let known = from_environment.filter(|(key, _)| {
            ["aws_", "google_", "azure_"]
                .iter()
                .any(|start| key.starts_with(start))
        });
        let options = known.chain(options.iter().cloned());
        let (objects, prefix) = object_store::parse_url_opts(&url, options)
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            runtime: Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(ArchiveError::Start)?,
            patience: PATIENCE,
            objects: Arc::from(objects),
            prefix,
            location: location.to_owned(),
        })
    }

    /// The same store, which may take so long over one request, with its retries.
    #[must_use]
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Waits for the store, with patience.
    fn ask<T>(
        &self,
        asked: impl Future<Output = object_store::Result<T>>,
    ) -> object_store::Result<T> {
        let patience = self.patience;
        self.runtime.block_on(async {
            let answered = tokio::time::timeout(patience, asked).await;
            answered.unwrap_or_else(|_| {
                Err(object_store::Error::Generic {
                    store: "archive",
                    source: format!("not done within {} s", patience.as_secs_f64()).into(),
                })
            })
        })
    }

    /// As configured.
    pub fn location(&self) -> &str {
        &self.location
    }

    fn full(&self, path: &str) -> Path {
        Path::from_iter(self.prefix.parts().chain(Path::from(path).parts()))
    }

    /// Writes an object as a whole; one that is there is replaced.
    ///
    /// # Errors
    /// Where the store does not take it.
    pub fn put(&self, path: &str, bytes: Vec<u8>) -> Result<(), ArchiveError> {
        let full = self.full(path);
        let put = self.objects.put(&full, PutPayload::from(bytes));
        self.ask(put)
            .map(drop)
            .map_err(|error| ArchiveError::of_store(format!("writing {path}"), error))
    }

    /// Writes an object where there is none of its name; whether it was written.
    ///
    /// # Errors
    /// Where the store does not take it.
    pub fn put_new(&self, path: &str, bytes: Vec<u8>) -> Result<bool, ArchiveError> {
        let full = self.full(path);
        let options = PutOptions::from(PutMode::Create);
        let put = self
            .objects
            .put_opts(&full, PutPayload::from(bytes), options);
        match self.ask(put) {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(ArchiveError::of_store(format!("writing {path}"), error)),
        }
    }

    /// Reads an object; `None` where there is none.
    ///
    /// # Errors
    /// Where the store does not give it.
    pub fn get(&self, path: &str) -> Result<Option<Bytes>, ArchiveError> {
        let full = self.full(path);
        let read = self.ask(async {
            let found = self.objects.get(&full).await?;
            found.bytes().await
        });
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(ArchiveError::of_store(format!("reading {path}"), error)),
        }
    }

    /// Removes an object; one that is not there is no error.
    ///
    /// # Errors
    /// Where the store does not let it go.
    pub fn remove(&self, path: &str) -> Result<(), ArchiveError> {
        let full = self.full(path);
        match self.ask(self.objects.delete(&full)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(ArchiveError::of_store(format!("removing {path}"), error)),
        }
    }

    /// Paths below `folder` with their sizes in bytes, sorted.
    ///
    /// # Errors
    /// Where the store does not list them.
    pub fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, ArchiveError> {
        let full = self.full(folder);
        let listed = self.ask(async {
            use futures::TryStreamExt as _;
            let all = self.objects.list(Some(&full));
            all.try_collect::<Vec<_>>().await
        });
        let listed =
            listed.map_err(|error| ArchiveError::of_store(format!("listing {folder}"), error))?;
        let skip = self.prefix.parts().count();
        let mut found: Vec<(String, u64)> = listed
            .into_iter()
            .map(|meta| {
                let own: Path = meta.location.parts().skip(skip).collect();
                (own.to_string(), meta.size)
            })
            .collect();
        found.sort();
        Ok(found)
    }
}

/// Makes a folder where it is missing, and tells its whole path.
fn make_folder(location: &str) -> io::Result<PathBuf> {
    std::fs::create_dir_all(location)?;
    std::fs::canonicalize(location)
}

/// A folder that cannot be made: configured wrong, or out of reach for now, as on a full disk.
fn of_folder(location: &str, error: io::Error) -> ArchiveError {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::PermissionDenied
        | Kind::NotADirectory
        | Kind::AlreadyExists
        | Kind::InvalidInput
        | Kind::InvalidFilename => ArchiveError::Location {
            location: location.to_owned(),
            detail: format!("no folder can be made there: {error}"),
        },
        _ => ArchiveError::Unavailable {
            what: format!("making the folder {location}"),
            source: object_store::Error::Generic {
                store: "folder",
                source: Box::new(error),
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_written_once_read_listed_and_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = folder.path().join("deep/archive");
        let store = Store::open(&place.display().to_string(), &[]).expect("it opens");
        assert!(store.put_new("a/one", b"1".to_vec()).expect("written"));
        assert!(!store.put_new("a/one", b"2".to_vec()).expect("asked"));
        store.put("a/two", b"22".to_vec()).expect("written");
        store.put("b/three", b"333".to_vec()).expect("written");
        let listed = store.list("a").expect("listed");
        assert_eq!(listed, [("a/one".to_owned(), 1), ("a/two".to_owned(), 2)]);
        assert_eq!(
            store.get("a/one").expect("read").as_deref(),
            Some(&b"1"[..])
        );
        store.remove("a/one").expect("removed");
        store.remove("a/one").expect("gone already");
        assert_eq!(store.get("a/one").expect("asked"), None);
        assert!(place.join("b/three").is_file());
    }

    #[test]
    fn a_location_that_is_none_is_told() {
        let Err(error) = Store::open("gopher://x/y", &[]) else {
            unreachable!("no such store")
        };
        assert!(error.to_string().contains("gopher://x/y"), "{error}");
    }

    #[test]
    fn a_folder_on_a_full_disk_is_out_of_reach_and_one_behind_a_file_is_configured_wrong() {
        let full = of_folder("/mnt/archive", io::Error::from(io::ErrorKind::StorageFull));
        assert!(matches!(full, ArchiveError::Unavailable { .. }), "{full}");
        assert!(full.to_string().contains("/mnt/archive"), "{full}");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("file");
        std::fs::write(&file, b"in the way").expect("written");
        for place in [file.clone(), file.join("archive")] {
            let Err(error) = Store::open(&place.display().to_string(), &[]) else {
                unreachable!("a file is no folder")
            };
            assert!(matches!(error, ArchiveError::Location { .. }), "{error}");
        }
    }
}
