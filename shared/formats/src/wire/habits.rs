//! What one agency does differently from the standard that it sends: data, never code.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use wiredesk_model::WireStatus;

/// What an embargo element without a date means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmptyEmbargo {
    /// There is an embargo with an unknown end, as the standard has it: the item stays closed.
    #[default]
    Closed,
    /// The agency's exporter writes the element always: there is no embargo.
    Ignore,
}

/// The habits of one source. The default is the standard to the letter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Habits {
    /// Zone of dates that name none: `Europe/Helsinki` or `+02:00`; UTC where it is missing.
    pub default_zone: Option<String>,
    /// What an embargo element without a date means.
    pub empty_embargo: EmptyEmbargo,
    /// Status words beyond the standard's, in lower case.
    pub status_words: BTreeMap<String, WireStatus>,
    /// Language of items that declare none, BCP 47.
    pub default_language: Option<String>,
    /// Roles of headlines that are told apart by their rank alone: `"3"` to `kicker`.
    pub headline_ranks: BTreeMap<String, String>,
    /// Roles of notes that put the other notes together once more: they are kept beside the item,
    /// and are no notes of their own.
    pub repeated_notes: Vec<String>,
    /// JSON dialects beyond those built in; they are asked first.
    pub dialects: Vec<Dialect>,
}

/// A JSON dialect: where it keeps what.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dialect {
    /// Its name, for messages.
    pub name: String,
    /// Paths that a document must have, each at least one of several (`uri|altids.itemid`).
    pub detect: Vec<String>,
    /// Paths to the items in a document; the first that leads somewhere counts.
    pub items: Vec<String>,
    /// Field to the paths that it may stand under, best first; a path that begins with a slash
    /// starts at the document, any other at the item.
    pub fields: BTreeMap<String, Vec<String>>,
}

/// What is known of agencies without anybody saying so in the settings of a source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Agency {
    /// Names and codes that it gives itself as the provider of an item; a `*` at the end stands
    /// for the rest of a code.
    providers: Vec<String>,
    habits: Habits,
}

impl Agency {
    fn is(&self, provider: &str) -> bool {
        self.providers
            .iter()
            .any(|own| match own.strip_suffix('*') {
                Some(stem) => provider
                    .get(..stem.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(stem)),
                None => provider.eq_ignore_ascii_case(own),
            })
    }
}

static AGENCIES: LazyLock<Vec<Agency>> =
    LazyLock::new(|| serde_json::from_str(include_str!("agencies.json")).unwrap_or_default());

impl Habits {
    /// These habits with what is known of the agency that provides an item; what the source's
    /// settings say counts more.
    pub(super) fn of_provider(&self, provider: Option<&str>) -> Cow<'_, Self> {
        let known = provider.and_then(|name| AGENCIES.iter().find(|agency| agency.is(name)));
        known.map_or(Cow::Borrowed(self), |agency| {
            Cow::Owned(self.over(&agency.habits))
        })
    }

    /// These habits, and where they say nothing, the others.
    fn over(&self, other: &Self) -> Self {
        fn or<T: Clone + Default + PartialEq>(own: &T, other: &T) -> T {
            if *own == T::default() { other } else { own }.clone()
        }
        Self {
            default_zone: or(&self.default_zone, &other.default_zone),
            empty_embargo: or(&self.empty_embargo, &other.empty_embargo),
            status_words: or(&self.status_words, &other.status_words),
            default_language: or(&self.default_language, &other.default_language),
            headline_ranks: or(&self.headline_ranks, &other.headline_ranks),
            repeated_notes: or(&self.repeated_notes, &other.repeated_notes),
            dialects: or(&self.dialects, &other.dialects),
        }
    }

    /// Everything wrong with the habits, in words.
    ///
    /// ```
    /// use wiredesk_formats::Habits;
    /// let habits = Habits { default_zone: Some("Mars/Olympus".into()), ..Habits::default() };
    /// assert_eq!(habits.problems(), ["unknown time zone \"Mars/Olympus\""]);
    /// ```
    pub fn problems(&self) -> Vec<String> {
        let zone = self
            .default_zone
            .as_deref()
            .filter(|zone| zone_named(zone).is_none())
            .map(|zone| format!("unknown time zone {zone:?}"));
        let fields = self.dialects.iter().flat_map(|dialect| {
            dialect
                .fields
                .keys()
                .filter(|field| !super::ninjs::FIELDS.contains(&field.as_str()))
                .map(|field| format!("unknown field {field:?} in the dialect {:?}", dialect.name))
        });
        zone.into_iter().chain(fields).collect()
    }
}

/// The zone of an IANA name or of an offset.
pub(super) fn zone_named(name: &str) -> Option<TimeZone> {
    let Some(sign) = name.chars().next().filter(|c| matches!(c, '+' | '-')) else {
        return TimeZone::get(name).ok();
    };
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4).unwrap_or("00").parse().ok()?;
    let seconds = (hours * 60 + minutes) * 60;
    let seconds = if sign == '-' { -seconds } else { seconds };
    let offset = jiff::tz::Offset::from_seconds(seconds).ok()?;
    Some(TimeZone::fixed(offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_an_agency_holds_unless_the_source_says_otherwise() {
        assert!(!AGENCIES.is_empty(), "agencies.json can be read");
        for agency in AGENCIES.iter() {
            assert_eq!(agency.habits.problems(), Vec::<String>::new());
        }
        let silent = Habits::default();
        let zone = silent.of_provider(Some("stt")).default_zone.clone();
        assert_eq!(zone.as_deref(), Some("Europe/Helsinki"));
        assert_eq!(*silent.of_provider(Some("Harbour Wire")), silent);
        assert_eq!(*silent.of_provider(None), silent);
        let said = Habits {
            default_zone: Some("UTC".to_owned()),
            ..Habits::default()
        };
        assert_eq!(*said.of_provider(Some("STT")), said);
    }

    #[test]
    fn a_star_stands_for_the_rest_of_a_code() {
        let agency = Agency {
            providers: vec!["hwprov:*".to_owned(), "Harbour Wire".to_owned()],
            habits: Habits::default(),
        };
        assert!(agency.is("HWprov:sport") && agency.is("harbour wire"));
        assert!(!agency.is("hw") && !agency.is("Harbour Wires"));
    }
}
