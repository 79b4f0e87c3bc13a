//! Objects that are claimed before they are read, so that another group of fetchers on the same
//! bucket does not take them, too.
//!
//! A claim is an object `.claimed/NAME` below the prefix that is only made where there is none: of
//! several that try, one makes it. It holds the name of its group, which is in the cursor, so
//! whoever works the source after a crash knows what was claimed. It goes after the object itself.

use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload};

use super::Store;
use crate::FetchError;

/// Below the prefix, where the claims are.
const CLAIMED: &str = ".claimed";

impl Store<'_> {
    fn claim_of(&self, path: &Path) -> Path {
        let inside = self.inside(path.as_ref());
        Path::from(format!("{}/{CLAIMED}/{inside}", self.prefix))
    }

    /// Claims an object for a group. Whether it is the group's now, or was before.
    pub(super) fn claim(&self, path: &Path, group: &str) -> Result<bool, FetchError> {
        let claim = self.claim_of(path);
        let named = PutPayload::from(group.as_bytes().to_vec());
        let made = self.store.put_opts(&claim, named, PutMode::Create.into());
        match self.network.block_on(made) {
            Ok(_) => self.is_still_there(path),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                let mut holder = Vec::new();
                let is_there = self.copy(&claim, group.len(), &mut holder);
                Ok(is_there.is_ok_and(|is_there| is_there && holder == group.as_bytes()))
            }
            Err(Error::NotImplemented { .. }) => Err(self.failed(
                path,
                &std::io::Error::other("its store makes no conditional writes (If-None-Match), so nothing can be claimed there; set after = \"keep\""),
            )),
            Err(error) => Err(self.failed(&claim, &error)),
        }
    }

    /// Whoever had claimed the object before may have put it away in the meantime.
    fn is_still_there(&self, path: &Path) -> Result<bool, FetchError> {
        match self.network.block_on(self.store.head(path)) {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => self.give_up(path).map(|()| false),
            Err(error) => Err(self.failed(path, &error)),
        }
    }

    /// Takes a claim away whose object is gone.
    pub(super) fn give_up(&self, path: &Path) -> Result<(), FetchError> {
        let claim = self.claim_of(path);
        match self.network.block_on(self.store.delete(&claim)) {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed(&claim, &error)),
        }
    }
}
