//! How a record on `clean` says that a run made it and that it was promoted.

use crate::{Headers, Version, header};

/// What stands in the header where nothing of the story was published.
const NOTHING: &str = "nothing";

/// The promotion of a story that a run made anew.
///
/// ```
/// use wiredesk_model::{Headers, Promotion, Version};
/// let promotion = Promotion { replaces: Some((Version(3), 1)) };
/// let headers = promotion.note_in(Headers::new());
/// assert_eq!(headers.get("wd_promoted"), Some("3.1"));
/// assert_eq!(Promotion::of(&headers), Ok(Some(promotion)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promotion {
    /// Version and revision that were published when it was promoted; `None` where nothing was.
    pub replaces: Option<(Version, u32)>,
}

impl Promotion {
    /// The headers with a note of the promotion.
    #[must_use]
    pub fn note_in(self, headers: Headers) -> Headers {
        let text = match self.replaces {
            Some((version, revision)) => format!("{version}.{revision}"),
            None => NOTHING.to_owned(),
        };
        headers.with(header::PROMOTED, text)
    }

    /// The promotion that headers note; `None` where they note none.
    ///
    /// # Errors
    /// What is wrong with the note.
    pub fn of(headers: &Headers) -> Result<Option<Self>, String> {
        let Some(text) = headers.get(header::PROMOTED) else {
            return Ok(None);
        };
        if text == NOTHING {
            return Ok(Some(Self { replaces: None }));
        }
        let numbers = text.split_once('.').and_then(|(version, revision)| {
            Some((Version(version.parse().ok()?), revision.parse().ok()?))
        });
        match numbers {
            Some(replaces) => Ok(Some(Self {
                replaces: Some(replaces),
            })),
            None => Err(format!(
                "header {} is `{text}`, and neither a version with its revision such as 3.0 nor \
                 `{NOTHING}`",
                header::PROMOTED
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_that_is_none_is_an_error() {
        assert_eq!(Promotion::of(&Headers::new()), Ok(None));
        let nothing = Promotion { replaces: None };
        let headers = nothing.note_in(Headers::new());
        assert_eq!(Promotion::of(&headers), Ok(Some(nothing)));
        for wrong in ["", "3", "3.x", "-1.0"] {
            let headers = Headers::new().with(header::PROMOTED, wrong);
            assert!(Promotion::of(&headers).is_err(), "{wrong}");
        }
    }
}
