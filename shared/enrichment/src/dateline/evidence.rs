//! Whether a reading of the first words as a dateline is to be believed.

use super::months::is_calendar_word;
use super::places::is_known_place;
use crate::agency::agency_named;

/// How the dateline is set off from the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// A dash or a bar.
    Dash,
    /// A colon.
    Colon,
    /// White space or a full stop alone.
    Space,
}

/// What was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    /// The place without its region: `COLUMBIA`.
    pub(super) place: &'a str,
    /// Whether a region or country follows: `S.C.`.
    pub(super) has_region: bool,
    /// Whether a date follows.
    pub(super) has_date: bool,
    /// What stands in brackets behind it.
    pub(super) credit: Option<&'a str>,
    /// How it ends.
    pub(super) ending: Ending,
    /// The text behind it.
    pub(super) rest: &'a str,
}

/// Words in capitals before a dash that are no place: labels, and bodies known by their initials.
#[rustfmt::skip]
const NOT_PLACES: &[&str] = &[
    "advisory", "alert", "analysis", "announcement", "attention", "background", "breaking",
    "breaking news", "brief", "briefing", "column", "comment", "commentary", "correction",
    "corrected", "developing", "editorial", "editor's note", "eilmeldung", "eil", "exclusive",
    "explainer", "factbox", "fact check", "feature", "flash", "gallery", "graphic", "highlights",
    "interview", "just in", "live", "live blog", "news", "newsletter", "note", "opinion", "photo",
    "photos", "podcast", "poll", "preview", "profile", "question", "answer", "quote", "quotes",
    "recap", "report", "review", "spoiler", "spoiler alert", "sponsored", "spotlight", "summary",
    "timeline", "transcript", "trending", "update", "updated", "updates", "urgent", "video", "warning",
    "watch", "weather", "must read", "read more", "more", "achtung", "analyse", "kommentar",
    "hintergrund", "meinung", "porträt", "reportage", "überblick", "zusammenfassung", "aktualisiert",
    "anzeige", "direct", "en direct", "vidéo", "enquête", "entretien", "exclusif", "récit", "portrait",
    "direto", "directo", "en vivo", "última hora", "urgente", "exclusiva", "análisis", "opinión",
    "entrevista", "ultim'ora", "intervista", "esclusiva", "срочно", "видео", "эксклюзив", "молния",
    "терміново", "the", "this", "that", "here", "yes", "no", "but", "and", "what", "why", "how",
    "when", "who", "where", "day", "week", "part", "chapter", "section", "step", "tip", "fact",
    "myth", "pros", "cons", "verdict", "rating", "score", "final", "result", "results", "game",
    "winner", "winners", "loser", "losers", "good", "bad", "true", "false", "new", "today", "tonight",
    "tomorrow", "yesterday", "price", "where", "date", "time", "president", "prime minister",
    "minister", "police", "government", "senate", "congress", "parliament", "court",
    "supreme court", "white house", "kremlin", "pentagon", "hamas", "hezbollah", "taliban",
    "unesco", "unicef", "unhcr", "unrwa", "nato", "opec", "fifa", "uefa", "nasa", "brexit", "covid",
    "covid-19", "gdp", "ceo", "usa", "u.s.", "uk", "eu", "un", "u.n.", "who", "imf", "fbi", "cia", "nba",
    "nfl", "mlb", "nhl", "wto", "isis", "isil", "idf", "irs", "fda", "cdc", "epa", "afd", "spd", "cdu", "csu",
    "fdp", "fpö", "övp", "spö", "svp", "bbc", "cnn", "formula one", "champions league", "bundesliga",
    "premier league", "world cup", "olympics", "iphone", "android", "google", "apple", "amazon",
    "microsoft", "facebook", "tesla", "twitter", "bitcoin", "netflix", "disney", "boeing", "airbus",
    "toyota", "volkswagen", "siemens", "lufthansa", "samsung", "huawei",
];

/// Letters of a single word in capitals from which on it is rather a place than initials.
const PLACE_LETTERS: usize = 5;

impl Reading<'_> {
    /// Whether the evidence is enough.
    pub(super) fn is_believable(&self) -> bool {
        if is_no_place(self.place) {
            return false;
        }
        let is_known = self.place.split('/').any(is_known_place);
        let is_capitals = is_in_capitals(self.place);
        let agency = self.credit.and_then(agency_named);
        let has_sentence = starts_sentence(self.rest);
        match self.ending {
            Ending::Dash if agency.is_some() => true,
            Ending::Colon | Ending::Space if agency.is_some() => {
                has_sentence && (is_known || is_capitals)
            }
            Ending::Space => false,
            Ending::Colon => {
                self.credit.is_none() && has_sentence && is_capitals && (is_known || self.has_date)
            }
            Ending::Dash => {
                let vouched = is_known || (is_capitals && self.is_long_place());
                match self.credit {
                    Some(credit) => vouched && is_name_of_outlet(credit),
                    None if self.has_date || self.has_region => is_known || is_capitals,
                    None => vouched && has_sentence && !self.is_one_of_a_pair(),
                }
            }
        }
    }

    fn is_long_place(&self) -> bool {
        let letters = self.place.chars().filter(|letter| letter.is_alphabetic());
        self.has_region
            || self.has_date
            || self.place.trim().contains(' ')
            || letters.count() >= PLACE_LETTERS
    }

    /// `Paris – Roubaix – Lille`, `London – Paris: …`: a row of names, not a dateline.
    fn is_one_of_a_pair(&self) -> bool {
        let next = self
            .rest
            .split([' ', ',', ':', '.'])
            .next()
            .unwrap_or_default();
        let behind = self.rest[next.len()..].trim_start();
        behind.starts_with(['-', '–', '—']) || (is_known_place(next) && behind.starts_with(':'))
    }
}

fn is_no_place(place: &str) -> bool {
    let folded = place.trim().trim_end_matches('.').to_lowercase();
    let first = folded.split([' ', ',']).next().unwrap_or_default();
    NOT_PLACES.contains(&folded.as_str())
        || is_calendar_word(first)
        || agency_named(place).is_some()
        || folded
            .chars()
            .filter(|letter| letter.is_alphabetic())
            .count()
            < 2
}

/// Whether all words but small particles are in capitals.
fn is_in_capitals(place: &str) -> bool {
    let mut has_capitals = false;
    for word in place
        .split([' ', '/', '-', '’', '\''])
        .filter(|word| !word.is_empty())
    {
        let capitals = word.chars().filter(|letter| letter.is_uppercase()).count();
        let small = word.chars().filter(|letter| letter.is_lowercase()).count();
        // `de`, `am`; `McALLEN`, `DeKALB`.
        let is_particle = capitals == 0 && small <= 4 && has_capitals;
        let is_mixed_name = capitals >= 3 && small <= 2;
        if small > 0 && !is_particle && !is_mixed_name {
            return false;
        }
        has_capitals |= capitals >= 2;
    }
    has_capitals
}

/// Whether brackets name an outlet rather than a party, an age or an abbreviation.
fn is_name_of_outlet(credit: &str) -> bool {
    let letters = credit
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .count();
    letters >= 2
        && credit.starts_with(|first: char| first.is_alphabetic())
        && !credit.chars().any(|letter| letter.is_ascii_digit())
        && credit.split_whitespace().count() <= 4
}

fn starts_sentence(rest: &str) -> bool {
    let Some(first) = rest.trim_start().chars().next() else {
        return false;
    };
    (first.is_alphanumeric() && !first.is_lowercase())
        || matches!(
            first,
            '“' | '”'
                | '„'
                | '«'
                | '»'
                | '"'
                | '\''
                | '‘'
                | '’'
                | '¿'
                | '¡'
                | '$'
                | '€'
                | '£'
                | '('
                | '#'
                | '@'
        )
}
