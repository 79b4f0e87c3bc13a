//! Datelines in scripts that have capitals: Latin, Cyrillic, Greek.

use std::sync::LazyLock;

use regex::{Captures, Match, Regex};

use super::Dateline;
use super::evidence::{Ending, Reading};
use super::months::date_pattern;
use crate::agency::agency_named;

/// One word with a capital, or one of the small words inside names of places.
const WORD: &str = r"\p{Lu}[\p{L}\p{M}'’.-]*";
const PARTICLE: &str = r"de|del|de\sla|la|las|los|le|les|el|al|da|do|dos|das|di|du|des|der|den|am|an\sder|im|in|bei|sur|upon|of|and|y|e|i|ob|pri|nad|pod|og|och|на|над|es";

static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    let words =
        format!(r"(?:{WORD}(?:\s+(?:{PARTICLE}))?(?:\s+{WORD}(?:\s+(?:{PARTICLE}))?){{0,4}}?)");
    let date = date_pattern();
    compile(&format!(
        r"^(?P<located>(?P<place>{words}(?:\s*/\s*{words}){{0,2}}?)
            (?P<country>\s\(\p{{Lu}}[\p{{L}}\s.]{{2,30}}\))??(?P<region>(?:,\s*{words}){{0,2}}?))
          (?P<dated>(?:[,.]\s*|\s+)(?:{date})(?:[.,]?\s+(?P<bare>\p{{Lu}}[\p{{L}}.]{{1,20}}?))?)?
          (?:
            (?P<credited>[,.]?\s*(?:\((?P<round>[^()]{{1,50}})\)|/\s?(?P<slash>[^/]{{1,40}}?)\s?/))
            (?P<credit_end>\s*\.?\s*(?:[-–—―−_]{{1,2}}|[|:=])\s*|\.?\s+)
          |
            (?P<plain_end>\s*[—―]\s*|\s+(?:-{{1,2}}|[–−_|])\s+|\.\s?[-–—]{{1,2}}\s*|:\s+|\.\s+)
          )"
    ))
});

static AGENCY_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    let date = date_pattern();
    compile(&format!(
        r"^\((?P<credit>[^()]{{2,40}})\)\s*[-–—,.]*\s*(?P<located>{WORD}(?:\s+(?:{WORD}|{PARTICLE})){{0,4}}?)(?:[,.]?\s*(?P<date>{date}))?\s*\.?\s*[-–—]\s"
    ))
});

static DATE_SEGMENT: LazyLock<Regex> =
    LazyLock::new(|| compile(&format!(r"^(?:{})$", date_pattern())));

fn compile(pattern: &str) -> Regex {
    Regex::new(&format!("(?x){pattern}")).expect("a valid pattern")
}

/// `KYIV, Aug. 30 (Interfax) — …` and its kin.
pub(super) fn read(head: &str) -> Option<Dateline<'_>> {
    let found = HEAD.captures(head)?;
    let credit = found
        .name("round")
        .or_else(|| found.name("slash"))
        .or_else(|| found.name("bare"));
    let ending = found
        .name("credit_end")
        .or_else(|| found.name("plain_end"))?;
    let region = found.name("region").map_or("", |region| region.as_str());
    let country = found.name("country");
    let reading = Reading {
        place: found.name("place")?.as_str(),
        has_region: !region.is_empty(),
        has_date: found.name("dated").is_some(),
        credit: credit.map(|credit| credit.as_str()),
        ending: kind_of(ending.as_str()),
        rest: &head[ending.end()..],
    };
    // A country in brackets looks like any other aside; a date or an agency must follow it.
    let is_stray_word = found
        .name("bare")
        .is_some_and(|name| agency_named(name.as_str()).is_none());
    let is_bare_aside = country.is_some() && !reading.has_date && credit.is_none();
    if is_stray_word || is_bare_aside || !reading.is_believable() {
        return None;
    }
    let agency = reading.credit.and_then(agency_named);
    let end = end_of(&found, ending);
    let (end, agency) = extend(head, end, ending.end(), agency);
    Some(Dateline {
        text: &head[..end],
        place: place_of(&found)?,
        agency,
    })
}

/// `(ANSA) - ROMA, 30 AGO - …`.
pub(super) fn read_agency_first(head: &str) -> Option<Dateline<'_>> {
    let found = AGENCY_FIRST.captures(head)?;
    let agency = agency_named(found.name("credit")?.as_str())?;
    let place = found.name("located")?;
    let date = found.name("date");
    let end = date.map_or(place.end(), |date| date.end());
    let reading = Reading {
        place: place.as_str(),
        has_region: false,
        has_date: date.is_some(),
        credit: None,
        ending: Ending::Dash,
        rest: &head[found.get(0)?.end()..],
    };
    reading.is_believable().then(|| Dateline {
        text: &head[..end],
        place: place.as_str(),
        agency: Some(agency),
    })
}

fn kind_of(ending: &str) -> Ending {
    if ending.contains(['-', '–', '—', '―', '−', '_', '|', '=']) {
        Ending::Dash
    } else if ending.contains(':') {
        Ending::Colon
    } else {
        Ending::Space
    }
}

/// The place with its region; an outlet in the region's stead (`JAKARTA, Example.com`) is left off.
fn place_of<'a>(found: &Captures<'a>) -> Option<&'a str> {
    let located = found.name("located")?.as_str();
    let region = found.name("region").map_or("", |region| region.as_str());
    let is_outlet = region
        .split_once('.')
        .is_some_and(|(_, behind)| behind.starts_with(char::is_lowercase));
    if is_outlet {
        return found.name("place").map(|place| place.as_str());
    }
    // `Москва. 30 августа`: the full stop ends the place, unless it is one of `D.C.`
    let last_word = located.rsplit(' ').next().unwrap_or(located);
    let is_abbreviation = !region.is_empty() || last_word.matches('.').count() > 1;
    Some(if is_abbreviation {
        located
    } else {
        located.trim_end_matches('.')
    })
}

fn end_of(found: &Captures<'_>, ending: Match<'_>) -> usize {
    ["credited", "dated", "located"]
        .iter()
        .find_map(|part| found.name(part))
        .map_or(ending.start(), |part| part.end())
}

/// Takes in what follows behind the first dash: `МОСКВА, 30 авг — РИА Новости. …`,
/// `Paris, France | AFP | mardi 30/08/2026 - …`.
fn extend(
    head: &str,
    mut end: usize,
    mut next: usize,
    mut agency: Option<&'static str>,
) -> (usize, Option<&'static str>) {
    const ENDS: &[&str] = &[" | ", ". ", " - ", " – ", " — ", ": "];
    for _ in 0..2 {
        let rest = &head[next..];
        let Some((at, length)) = ENDS
            .iter()
            .filter_map(|mark| rest.find(mark).map(|at| (at, mark.len())))
            .min()
        else {
            break;
        };
        let segment = rest[..at].trim();
        let named = agency_named(segment);
        if named.is_none() && !DATE_SEGMENT.is_match(segment) {
            break;
        }
        agency = agency.or(named);
        end = next + at;
        next += at + length;
    }
    (end, agency)
}
