//! Whether a story may be published, by what its provider says.
//!
//! Every doubt is answered with no: an unknown status word, an embargo whose end cannot be read.

use wiredesk_model::{CleanStory, PubStatus, WireStatus};

/// What to do with a version of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publication {
    /// Publish it.
    Publish,
    /// Say that it is withdrawn, and take what was published back.
    Withdraw,
    /// Not to be published yet.
    Embargoed,
    /// No story: a concept, a plan, a list.
    NotAStory,
}

/// Decides whether a version may be published, as of the time it was fetched.
pub fn publication(story: &CleanStory) -> Publication {
    let Some(facts) = story.item.wire.as_deref() else {
        return Publication::Publish;
    };
    if !facts.is_story() {
        Publication::NotAStory
    } else if facts.status != WireStatus::Usable {
        Publication::Withdraw
    } else if facts.may_publish_at(story.fetched_at) {
        Publication::Publish
    } else {
        Publication::Embargoed
    }
}

/// The status in the words of ninjs, which knows no doubt: what is unknown is withheld.
pub(crate) fn pub_status(story: &CleanStory) -> PubStatus {
    let status = story.item.wire.as_deref().map(|facts| facts.status);
    match status {
        None | Some(WireStatus::Usable) => PubStatus::Usable,
        Some(WireStatus::Withheld | WireStatus::Unknown) => PubStatus::Withheld,
        Some(WireStatus::Canceled) => PubStatus::Canceled,
    }
}

#[cfg(test)]
mod tests {
    use wiredesk_model::{Embargo, WireFacts, WireKind};

    use super::*;
    use crate::sample::story;
    use crate::{EnrichSettings, enrich};

    fn with_facts(facts: WireFacts) -> CleanStory {
        let mut story = story("Secret title", &["SECRETVILLE (AP) — Secret text."]);
        story.fetched_at = "2026-08-30T12:00:00Z".parse().expect("a date");
        story.item.wire = Some(Box::new(facts));
        story
    }

    fn with_embargo(embargo: Embargo) -> Publication {
        publication(&with_facts(WireFacts {
            embargo,
            ..WireFacts::default()
        }))
    }

    #[test]
    fn an_embargo_fails_closed() {
        let until = |at: &str| Embargo::Until { at: at.to_owned() };
        assert_eq!(with_embargo(Embargo::Absent), Publication::Publish);
        assert_eq!(
            with_embargo(until("2026-08-30T11:59:59Z")),
            Publication::Publish
        );
        assert_eq!(
            with_embargo(until("2026-08-30T12:00:01Z")),
            Publication::Embargoed
        );
        assert_eq!(
            with_embargo(until("tomorrow at noon")),
            Publication::Embargoed
        );
        let unknown = Embargo::Unknown {
            text: String::new(),
        };
        assert_eq!(with_embargo(unknown), Publication::Embargoed);
    }

    #[test]
    fn what_is_withdrawn_shows_none_of_its_text() {
        let cases = [
            (WireStatus::Withheld, PubStatus::Withheld),
            (WireStatus::Unknown, PubStatus::Withheld),
            (WireStatus::Canceled, PubStatus::Canceled),
        ];
        for (status, expected) in cases {
            let story = with_facts(WireFacts {
                status,
                ..WireFacts::default()
            });
            assert_eq!(publication(&story), Publication::Withdraw);
            let record = enrich(&story, &EnrichSettings::default());
            assert_eq!(record.article.pub_status, expected);
            let json = serde_json::to_string(&record).expect("a record is JSON");
            assert!(!json.to_lowercase().contains("secret"), "{json}");
        }
    }

    #[test]
    fn plans_and_lists_are_no_stories() {
        let story = with_facts(WireFacts {
            kind: WireKind::Planning,
            ..WireFacts::default()
        });
        assert_eq!(publication(&story), Publication::NotAStory);
    }
}
