//! The status of a story in the words of ninjs; whether and when it is published is decided by its
//! life cycle.

use wiredesk_model::{CleanStory, PubStatus, WireStatus};

/// The status in the words of ninjs, which knows no doubt: what is unknown is withheld.
pub(crate) fn pub_status(story: &CleanStory) -> PubStatus {
    let status = story.item.wire.as_deref().map(|facts| facts.status);
    match status {
        None | Some(WireStatus::Usable) => PubStatus::Usable,
        Some(WireStatus::Withheld | WireStatus::Deleted | WireStatus::Unknown) => {
            PubStatus::Withheld
        }
        Some(WireStatus::Canceled) => PubStatus::Canceled,
    }
}

#[cfg(test)]
mod tests {
    use wiredesk_model::WireFacts;

    use super::*;
    use crate::sample::story;
    use crate::{EnrichSettings, enrich};

    fn with_facts(facts: WireFacts) -> CleanStory {
        let mut story = story("Secret title", &["SECRETVILLE (AP) — Secret text."]);
        story.fetched_at = "2026-08-30T12:00:00Z".parse().expect("a date");
        story.item.wire = Some(Box::new(facts));
        story
    }

    #[test]
    fn what_is_withdrawn_shows_none_of_its_text() {
        let cases = [
            (WireStatus::Withheld, PubStatus::Withheld),
            (WireStatus::Deleted, PubStatus::Withheld),
            (WireStatus::Unknown, PubStatus::Withheld),
            (WireStatus::Canceled, PubStatus::Canceled),
        ];
        for (status, expected) in cases {
            let mut story = with_facts(WireFacts {
                status,
                ..WireFacts::default()
            });
            let link = "https://post.example/2026/secret-title".to_owned();
            story.page.canonical_url = Some(link.clone());
            story.page.section = Some("Secrets".to_owned());
            story.item.link = Some(link);
            let record = enrich(&story, &EnrichSettings::default());
            assert_eq!(record.article.pub_status, expected);
            let json = serde_json::to_string(&record).expect("a record is JSON");
            assert!(!json.to_lowercase().contains("secret"), "{json}");
            let (words, hash) = (record.wire.words, record.wire.hash.text.as_str());
            assert_eq!((words, hash), (0, ""), "what confirms a guess at the text");
        }
    }
}
