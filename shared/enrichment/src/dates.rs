//! The dates of a story, each with where it came from.

use jiff::{SignedDuration, Timestamp};
use wiredesk_model::{CleanStory, DatedFrom, Version};

/// Publication and version date of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryDates {
    /// When the story was published.
    pub published: DatedFrom,
    /// When this version was made.
    pub updated: DatedFrom,
    /// Whether the publication date is not the source's own.
    pub is_guessed: bool,
}

/// A clock may be wrong by a time zone: a date up to a day ahead of the fetch is believed.
const AHEAD_LIMIT: SignedDuration = SignedDuration::from_hours(24);

/// Dates up to the first day of 1970 are what programs write where they have none.
const EMPTY_LIMIT: Timestamp = Timestamp::constant(86_400, 0);

/// Takes the dates of a story from the item, then from the page, then from the fetch.
///
/// An old date is kept, however old; a date that lies ahead of the fetch by more than a day, and
/// the zero dates of programs, are as good as none.
pub fn story_dates(story: &CleanStory) -> StoryDates {
    let fetched = story.fetched_at;
    let own = |value: &Option<String>, from: &str| {
        value
            .as_deref()
            .and_then(|text| believable(text, fetched))
            .map(|date| dated(date, from))
    };
    let facts = story.item.wire.as_deref();
    let wire_published = facts.and_then(|facts| own(&facts.first_created, "item.published"));
    let wire_updated = facts.and_then(|facts| own(&facts.version_created, "item.updated"));
    let item_published = wire_published.or_else(|| own(&story.item.published, "item.published"));
    let item_updated = wire_updated.or_else(|| own(&story.item.updated, "item.updated"));
    let page = own(&story.page_published, "page");
    let at_fetch = || dated(fetched, "fetched");

    let published = item_published
        .or(page)
        .or_else(|| item_updated.clone())
        .unwrap_or_else(at_fetch);
    let is_guessed = published.from == "fetched";
    let updated = item_updated.unwrap_or_else(|| {
        if story.version <= Version::FIRST {
            published.clone()
        } else {
            at_fetch()
        }
    });
    StoryDates {
        published,
        updated,
        is_guessed,
    }
}

fn believable(text: &str, fetched: Timestamp) -> Option<Timestamp> {
    let date: Timestamp = text.trim().parse().ok()?;
    let latest = fetched.checked_add(AHEAD_LIMIT).unwrap_or(Timestamp::MAX);
    (date >= EMPTY_LIMIT && date <= latest).then_some(date)
}

fn dated(date: Timestamp, from: &str) -> DatedFrom {
    DatedFrom {
        value: date.to_string(),
        from: from.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::story;

    fn with_dates(published: Option<&str>, updated: Option<&str>) -> CleanStory {
        let mut story = story("Title", &["Text."]);
        story.item.published = published.map(str::to_owned);
        story.item.updated = updated.map(str::to_owned);
        story.fetched_at = "2026-08-30T12:00:00Z".parse().expect("a date");
        story
    }

    #[test]
    fn the_items_own_dates_come_first() {
        let story = with_dates(
            Some("2026-08-30T10:00:00+02:00"),
            Some("2026-08-30T09:00:00Z"),
        );
        let dates = story_dates(&story);
        assert_eq!(
            dates.published,
            dated(
                "2026-08-30T08:00:00Z".parse().expect("a date"),
                "item.published"
            )
        );
        assert_eq!(dates.updated.from, "item.updated");
        assert!(!dates.is_guessed);
    }

    #[test]
    fn the_page_and_then_the_fetch_stand_in() {
        let mut story = with_dates(None, None);
        assert_eq!(story_dates(&story).published.from, "fetched");
        assert!(story_dates(&story).is_guessed);
        story.page_published = Some("2026-08-29T10:00:00Z".to_owned());
        let dates = story_dates(&story);
        assert_eq!(
            (dates.published.from.as_str(), dates.is_guessed),
            ("page", false)
        );
        assert_eq!(dates.updated.from, "page");
    }

    #[test]
    fn a_later_version_without_a_date_was_changed_when_it_was_seen() {
        let mut story = with_dates(Some("2026-08-30T08:00:00Z"), None);
        story.version = Version(2);
        let dates = story_dates(&story);
        assert_eq!(dates.published.from, "item.published");
        assert_eq!(
            (dates.updated.from.as_str(), dates.updated.value.as_str()),
            ("fetched", "2026-08-30T12:00:00Z")
        );
    }

    #[test]
    fn dates_beyond_belief_are_none() {
        for wrong in [
            "2027-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "yesterday",
            "",
        ] {
            let dates = story_dates(&with_dates(Some(wrong), None));
            assert!(dates.is_guessed, "{wrong:?} was believed");
        }
        let old = story_dates(&with_dates(Some("1999-12-31T23:59:59Z"), None));
        assert_eq!(old.published.value, "1999-12-31T23:59:59Z");
    }
}
