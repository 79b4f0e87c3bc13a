//! Which story a message of a text wire belongs to. Text wires have no ids: a desk knows a story
//! by its slug, which stays the same from the first take to the last lead of the day, and so does
//! the advisory that kills it.

use super::draft::Draft;

/// Marks of messages that go on with a story, or change a part of it, and so must not take its
/// place.
const PARTS: [&str; 5] = ["ADD", "SUB", "INSERT", "TAKE", "PICKUP"];

/// Gives an item the id that all messages of its story share: who sends it, the day of filing in
/// UTC, the slug. An item without one of them has no id, and is known by its content alone.
pub fn identify(draft: &mut Draft) {
    let facts = &draft.facts;
    let filed = facts
        .version_created
        .as_deref()
        .or(facts.first_created.as_deref());
    let day = filed.and_then(|filed| filed.split('T').next());
    let services = facts.transmission.iter().flat_map(|sent| &sent.services);
    let provider = facts
        .provider
        .as_ref()
        .and_then(|provider| provider.code.as_ref());
    let sender = provider.or_else(|| services.into_iter().next());
    let slug = facts
        .slugline
        .as_deref()
        .map(folded)
        .filter(|slug| !slug.is_empty());
    let (Some(day), Some(sender), Some(slug)) = (day, sender, slug) else {
        return;
    };
    let mut id = format!("{}/{day}/{slug}", sender.to_lowercase());
    if let Some(part) = facts.signals.iter().find_map(|signal| part_of(signal)) {
        id.push('/');
        id.push_str(&part);
    }
    draft.id = Some(id);
}

/// Letters and digits in lower case, one dash between its words.
fn folded(slug: &str) -> String {
    let words = slug.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).map(str::to_lowercase);
    words.collect::<Vec<_>>().join("-")
}

/// `1st Add` as `1st-add`; none for a mark of something else.
fn part_of(signal: &str) -> Option<String> {
    let is_part = |word: &str| {
        let letters = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let mut bare = ["ST", "ND", "RD", "TH", ""].iter();
        bare.any(|ending| {
            let name = letters.to_uppercase();
            let name = name.strip_prefix(ending).unwrap_or(&name);
            PARTS.contains(&name)
        })
    };
    signal
        .split([' ', '-'])
        .any(is_part)
        .then(|| folded(signal))
}

#[cfg(test)]
mod tests {
    use wiredesk_model::Transmission;

    use super::*;

    fn id(slug: &str, filed: Option<&str>, signal: &str) -> Option<String> {
        let mut draft = Draft::default();
        draft.facts.slugline = Some(slug.to_owned());
        draft.facts.version_created = filed.map(str::to_owned);
        draft.facts.signals = vec![signal.to_owned()];
        draft.facts.transmission = Some(Transmission {
            services: vec!["ABC".to_owned()],
            ..Transmission::default()
        });
        identify(&mut draft);
        draft.id
    }

    #[test]
    fn leads_and_kills_are_of_the_story_of_their_slug() {
        let filed = Some("2026-03-01T10:00:00Z");
        let first = id("politics/Lorne--Harbour", filed, "");
        assert_eq!(
            first.as_deref(),
            Some("abc/2026-03-01/politics-lorne-harbour")
        );
        for signal in [
            "2ND LEAD",
            "1st Ld-Writethru",
            "advisory:kill",
            "Shipping news",
        ] {
            assert_eq!(
                id("/Politics/Lorne-Harbour/", filed, signal),
                first,
                "{signal}"
            );
        }
        assert_ne!(id("politics/Lorne", filed, ""), first);
        assert_ne!(
            id("politics/Lorne--Harbour", Some("2026-03-02T00:10:00Z"), ""),
            first
        );
    }

    #[test]
    fn what_goes_on_with_a_story_does_not_take_its_place() {
        let filed = Some("2026-03-01T10:00:00Z");
        for signal in ["1st Add", "2nd Sub", "INSERT", "1stAdd"] {
            let found = id("harbour", filed, signal).unwrap();
            assert!(found.starts_with("abc/2026-03-01/harbour/"), "{found}");
        }
    }

    #[test]
    fn without_a_day_or_a_slug_there_is_no_id() {
        assert_eq!(id("harbour", None, ""), None);
        assert_eq!(id(" / ", Some("2026-03-01T10:00:00Z"), ""), None);
    }
}
