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
    /// Names and codes that it gives itself as the provider of an item.
    providers: Vec<String>,
    default_zone: String,
}

static AGENCIES: LazyLock<Vec<Agency>> =
    LazyLock::new(|| serde_json::from_str(include_str!("agencies.json")).unwrap_or_default());

impl Habits {
    /// These habits with what is known of the agency that provides an item; what the source's
    /// settings say counts more.
    pub(super) fn of_provider(&self, provider: Option<&str>) -> Cow<'_, Self> {
        let known = AGENCIES.iter().find(|agency| {
            let is = |name: &String| provider.is_some_and(|own| own.eq_ignore_ascii_case(name));
            agency.providers.iter().any(is)
        });
        match known {
            Some(agency) if self.default_zone.is_none() => Cow::Owned(Self {
                default_zone: Some(agency.default_zone.clone()),
                ..self.clone()
            }),
            _ => Cow::Borrowed(self),
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
    fn the_zone_of_a_known_agency_holds_unless_the_source_says_otherwise() {
        assert!(
            AGENCIES
                .iter()
                .all(|agency| zone_named(&agency.default_zone).is_some())
        );
        let agency = AGENCIES.first().expect("agencies.json can be read");
        let provider = agency.providers.first().map(String::as_str);
        let silent = Habits::default();
        let zone = silent.of_provider(provider).default_zone.clone();
        assert_eq!(zone.as_deref(), Some(agency.default_zone.as_str()));
        assert_eq!(silent.of_provider(Some("Harbour Wire")).default_zone, None);
        let said = Habits {
            default_zone: Some("UTC".to_owned()),
            ..Habits::default()
        };
        assert_eq!(*said.of_provider(provider), said);
    }
}
