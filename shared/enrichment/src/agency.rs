//! The news agency that a story credits: in its dateline, its byline or its sign-off.
//!
//! A mention in the running text ("told AFP", "according to Reuters") is no credit.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use wiredesk_model::{Block, Removal};

use crate::agencies::AGENCIES;

/// Blocks at the end that can be a sign-off.
const SIGN_OFF_BLOCKS: usize = 3;

/// A sign-off is a short line; a longer block is a paragraph of the story, and only its brackets
/// at the very end count.
const SIGN_OFF_CHARACTERS: usize = 200;

/// Characters at the end of a paragraph that its closing credit can take.
const CLOSING_CHARACTERS: usize = 60;

/// `© 2026 AFP`, `Copyright 2026 The Associated Press.`, `Source: Reuters`, `With AFP`,
/// `mit Material der dpa`: what stands before the name of the agency.
static SIGN_OFF: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\W{0,4}
        (?: (?:©|\(c\)|copyright)[\s\w,()©–-]{0,20}?\b
          | (?:source|quelle|fuente|fonte|bron|källa|kilde|lähde|źródło|zdroj|izvor|forrás|sursă|
              источник|джерело|kaynak|sumber)s?\s*:\s*
          | (?:with|mit|avec|con|com|met|med|z|с|із|ile)\s+(?:[\p{L}\s]{0,40}?\s)?
          )?
        (?:the\s+|der\s+|die\s+|l['’]|la\s+|de\s+)?
        (?P<name>[\p{L}][\p{L}\p{M}\s.'’/&-]{0,60})",
    )
    .expect("a valid pattern")
});

/// Reuters signs with names and desks: `(Reporting by … in …; Editing by …)`.
static REUTERS_SIGN_OFF: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^\(?\s*(?:
          Reporting\ (?:and\ \w+\ )?by\ .+;\ *(?:.*\b)?[Ee]diting\ by\b
        | Reportage\ .+;\ .*[Ee]dité\ par\b
        | Reporte\ de\ .+;\ *.*[Ee]ditado\ (?:en\ español\ )?por\b)",
    )
    .expect("a valid pattern")
});

/// `(Reuters)`, `/dpa/`, `– AFP`, `dpa:260830-99-12345/3`, `dpa ab yyn1 cd` at the end of a text.
static CLOSING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?: [(（/\[【]\s*(?:©\s*)?(?P<bracket>[\p{L}][\p{L}\p{M}\s.'’/&-]{1,40})\s*[)）/\]】]
          | (?:^|[.!?”»\x22]\s*|\s)[-–—]{1,2}\s*(?P<dashed>[\p{L}][\p{L}\p{M}\s.'’/&-]{1,40})
          )\s*[.。]?\s*$",
    )
    .expect("a valid pattern")
});

/// The agency of this name, whole, in any case: `AFP`, `Agence France-Presse`, `dpa/lnw`.
///
/// ```
/// assert_eq!(wiredesk_enrichment::agency_named("Agence France-Presse"), Some("AFP"));
/// assert_eq!(wiredesk_enrichment::agency_named("dpa/lnw"), Some("dpa"));
/// assert_eq!(wiredesk_enrichment::agency_named("NATO"), None);
/// ```
pub fn agency_named(name: &str) -> Option<&'static str> {
    let name = name
        .trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '.' | ',' | '©'));
    let whole = find(name);
    if whole.is_some() || !name.contains('/') {
        return whole;
    }
    // `dpa/lnw` is a regional service, `Reuters/AFP` two agencies; the first one known counts.
    name.split('/').find_map(|part| find(part.trim()))
}

/// Names and aliases in lower case, with the name that the record carries.
static BY_NAME: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    AGENCIES
        .iter()
        .flat_map(|agency| {
            let names = agency.aliases.iter().chain(std::iter::once(&agency.name));
            names.map(|name| (name.to_lowercase(), agency.name))
        })
        .collect()
});

fn find(name: &str) -> Option<&'static str> {
    let folded = name.to_lowercase();
    let bare = folded.strip_prefix("the ").unwrap_or(&folded);
    BY_NAME.get(bare).copied()
}

/// The agency that a byline names: `Von Jana Beispiel, dpa`, `The Associated Press`.
pub(crate) fn agency_in_byline(byline: &str) -> Option<&'static str> {
    if let Some(agency) = agency_named(byline) {
        return Some(agency);
    }
    byline
        .split([',', ';', '|', '(', ')', '–', '—', '/', '•', '·'])
        .map(|part| crate::byline::without_lead_in(part.trim()))
        .find_map(|part| agency_named(part).or_else(|| agency_of_staff(part)))
}

/// `Reuters Staff`, `AFP correspondents`, `dpa-Korrespondentin`.
fn agency_of_staff(part: &str) -> Option<&'static str> {
    const STAFF: &[&str] = &[
        "staff",
        "correspondent",
        "correspondents",
        "korrespondent",
        "korrespondentin",
        "korrespondenten",
        "agency",
        "news agency",
        "news",
        "writer",
        "writers",
        "team",
        "desk",
        "international",
        "political correspondent",
        "photo",
    ];
    let at = part.find([' ', '-'])?;
    let staff = part[at + 1..].to_lowercase();
    if STAFF.contains(&staff.as_str()) {
        return agency_named(&part[..at]);
    }
    // `Associated Press Writer`: the name itself has a space.
    let at = part.rfind(' ')?;
    let staff = part[at + 1..].to_lowercase();
    STAFF
        .contains(&staff.as_str())
        .then(|| agency_named(&part[..at]))?
}

/// The agency that the end of a story signs for, be it still there or taken out by the cleaner.
pub(crate) fn agency_in_sign_off(blocks: &[Block], removed: &[Removal]) -> Option<&'static str> {
    let tail = blocks.iter().rev().take(SIGN_OFF_BLOCKS);
    let kept = tail.map(|block| block.text.as_str());
    let taken = removed
        .iter()
        .filter(|removal| removal.after_block as usize + SIGN_OFF_BLOCKS > blocks.len())
        .map(|removal| removal.text.as_str());
    kept.chain(taken).find_map(agency_of_sign_off)
}

fn agency_of_sign_off(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if REUTERS_SIGN_OFF.is_match(text) {
        return Some("Reuters");
    }
    let is_short = text.chars().count() <= SIGN_OFF_CHARACTERS;
    if is_short && let Some(agency) = agency_of_line(text) {
        return Some(agency);
    }
    let closing = CLOSING.captures(end_of(text))?;
    let name = closing.name("bracket").or_else(|| closing.name("dashed"))?;
    agency_named(name.as_str())
}

/// The end of a text, as far as a closing credit can reach back.
fn end_of(text: &str) -> &str {
    let start = text.char_indices().rev().nth(CLOSING_CHARACTERS);
    start.map_or(text, |(at, _)| &text[at..])
}

/// A line that is the sign-off and nothing else.
fn agency_of_line(line: &str) -> Option<&'static str> {
    // dpa closes with its own item number and the initials of the desk.
    let folded = line.to_lowercase();
    if folded.contains("dpa-infocom") || folded.starts_with("dpa:") {
        return Some("dpa");
    }
    if let Some(agency) = agency_before_initials(line) {
        return Some(agency);
    }
    if folded.starts_with("bur-") && !folded.contains(' ') {
        return Some("AFP");
    }
    let name = SIGN_OFF.captures(line)?.name("name")?.as_str();
    longest_agency_prefix(name)
}

/// `dpa ab yyn1 cd`, `AAP RTV`: the agency, and the initials of who wrote and edited.
fn agency_before_initials(line: &str) -> Option<&'static str> {
    let (name, initials) = line.split_once(' ')?;
    let are_initials = initials.split(' ').all(|word| {
        let is_small = word.chars().all(|letter| !letter.is_uppercase());
        let is_capital = word.chars().all(|letter| letter.is_uppercase());
        let has_marks = word.len() == 4 && word.ends_with(|last: char| last.is_ascii_digit());
        let is_short = (2..=3).contains(&word.chars().count()) || has_marks;
        is_short && (is_small || is_capital)
    });
    let is_short = name.chars().count() <= 4;
    (are_initials && is_short).then(|| agency_named(name))?
}

/// The agency at the start of a line such as `The Associated Press. All rights reserved`, where
/// what follows is no sentence of the story.
fn longest_agency_prefix(line: &str) -> Option<&'static str> {
    const BEHIND: &[&str] = &[
        "",
        "all rights reserved",
        "alle rechte vorbehalten",
        "tous droits réservés",
        "todos los derechos reservados",
        "contributed",
        "contributed to this report",
        "inputs",
        "news agency",
    ];
    let words: Vec<&str> = line.split_whitespace().collect();
    (1..=words.len().min(5)).rev().find_map(|count| {
        let (name, rest) = words.split_at(count);
        let rest = rest.join(" ").to_lowercase();
        let rest = rest.trim_matches(|letter: char| !letter.is_alphanumeric());
        BEHIND
            .contains(&rest)
            .then(|| agency_named(&name.join(" ")))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_alias_names_two_agencies() {
        let mut seen = std::collections::BTreeMap::new();
        for agency in AGENCIES {
            for name in agency.aliases.iter().chain([&agency.name]) {
                let other = seen.insert(name.to_lowercase(), agency.name);
                assert_eq!(other, None, "{name} stands twice");
            }
        }
    }

    #[test]
    fn bylines_name_their_agency() {
        let cases = [
            ("Helen Muster, dpa", Some("dpa")),
            ("Von Marco Muster und Sunita Beispiel, dpa", Some("dpa")),
            ("Von dpa", Some("dpa")),
            ("By The Associated Press", Some("AP")),
            ("By JULIE ROE, Associated Press", Some("AP")),
            ("By JOHN DOE Associated Press Writer", None),
            ("John Doe, Associated Press Writer", Some("AP")),
            ("Reuters Staff", Some("Reuters")),
            ("Jane Roe | AFP", Some("AFP")),
            ("Par Jeanne Exemple (AFP)", Some("AFP")),
            ("Agence France-Presse", Some("AFP")),
            ("Redacción EFE", None),
            ("EFE", Some("EFE")),
            ("ANSA", Some("ANSA")),
            ("AFP correspondents", Some("AFP")),
            ("Jane Roe", None),
            ("Ansa Virtanen", None),
        ];
        for (byline, expected) in cases {
            assert_eq!(agency_in_byline(byline), expected, "agency of {byline:?}");
        }
    }

    #[test]
    fn sign_offs_name_their_agency() {
        let cases = [
            (
                "(Reporting by Jane Roe in London; Editing by John Doe)",
                Some("Reuters"),
            ),
            (
                "Reporting by Jane Roe; additional reporting by A. B.; Editing by John Doe",
                Some("Reuters"),
            ),
            ("© 2026 AFP", Some("AFP")),
            (
                "Copyright 2026 The Associated Press. All rights reserved.",
                Some("AP"),
            ),
            ("Source: Reuters", Some("Reuters")),
            ("Quelle: dpa", Some("dpa")),
            ("With AFP", Some("AFP")),
            ("Avec AFP", Some("AFP")),
            ("(mit Material der dpa)", Some("dpa")),
            ("© dpa-infocom, dpa:260830-99-12345/3", Some("dpa")),
            ("dpa ab yyn1 cd", Some("dpa")),
            ("AAP RTV", Some("AAP")),
            ("dpa said so", None),
            ("– AFP", Some("AFP")),
            ("-- BERNAMA", Some("Bernama")),
            ("(PAP)", Some("PAP")),
            (
                "Der Verkehr ruhte bis zum Abend. (sda)",
                Some("Keystone-SDA"),
            ),
            ("The vote is due on Friday. — Reuters", Some("Reuters")),
            ("El juicio sigue el lunes. EFE", None),
            ("EFE", Some("EFE")),
            ("The mayor told AFP", None),
            ("“We were told nothing,” she told AFP.", None),
            ("Reuters could not reach the company.", None),
            ("AP contributed to this report", Some("AP")),
            ("He works for the alliance (NATO).", None),
            ("With this, the season ends.", None),
        ];
        for (text, expected) in cases {
            let found = agency_in_sign_off(&[Block::paragraph(text)], &[]);
            assert_eq!(found, expected, "agency of {text:?}");
        }
    }

    #[test]
    fn a_sign_off_counts_also_when_it_was_taken_out() {
        let removal = Removal {
            rule: "sign-off".to_owned(),
            reason: "credit".to_owned(),
            text: "© 2026 AFP".to_owned(),
            after_block: 1,
            start: None,
            end: None,
        };
        let blocks = [Block::paragraph("One.")];
        assert_eq!(agency_in_sign_off(&blocks, &[removal]), Some("AFP"));
    }
}
