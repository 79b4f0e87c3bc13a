//! Who wrote the story: the byline as text, and the people in it.

use wiredesk_model::{BlockKind, CleanStory};

use crate::agency::{agency_in_byline, agency_named};

/// A byline, cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Byline {
    /// The byline as text, without `By`, addresses and stray punctuation.
    pub text: Option<String>,
    /// The people in it, in order.
    pub people: Vec<String>,
    /// The agency in it.
    pub agency: Option<&'static str>,
}

/// A byline in the body is a short line of its own.
const BODY_BYLINE_CHARACTERS: usize = 100;

/// What stands before the names, lower case.
const LEAD_INS: &[&str] = &[
    "by",
    "written by",
    "story by",
    "reported by",
    "posted by",
    "von",
    "ein artikel von",
    "ein bericht von",
    "par",
    "propos recueillis par",
    "por",
    "de la redacción de",
    "di",
    "a cura di",
    "door",
    "av",
    "af",
    "autor",
    "autorin",
    "autore",
    "autora",
    "auteur",
    "author",
    "authors",
    "text",
    "texte",
    "texto",
    "tekst",
    "kirjoittaja",
    "szerző",
    "oleh",
    "yazan",
    "автор",
    "авторы",
    "автори",
    "od",
    "napisał",
    "napsal",
    "記者",
    "기자",
];

/// Lead-ins that are also a part of names (`Von der Leyen`, `Di Maio`, `Af Klint`): they are taken
/// off only before a whole name.
const NAME_PARTICLES: &[&str] = &["von", "di", "af", "av", "por", "od"];

/// Words between two names.
const NAME_JOINS: &[&str] = &[
    " and ",
    " und ",
    " et ",
    " y ",
    " e ",
    " och ",
    " og ",
    " ja ",
    " en ",
    " & ",
    " i ",
    " a ",
    " és ",
    " și ",
    " ve ",
    " dan ",
    " и ",
    " и\u{a0}",
    " та ",
    " și ",
    " with ",
    " mit ",
    " avec ",
    " con ",
];

/// Words that no person's name has, lower case.
const NOT_NAMES: &[&str] = &[
    "admin",
    "administrator",
    "webmaster",
    "editor",
    "editors",
    "editorial",
    "staff",
    "team",
    "desk",
    "newsroom",
    "news",
    "newsdesk",
    "reporter",
    "reporters",
    "correspondent",
    "correspondents",
    "writer",
    "writers",
    "contributor",
    "contributors",
    "guest",
    "agency",
    "agencies",
    "wire",
    "wires",
    "service",
    "services",
    "press",
    "media",
    "magazine",
    "journal",
    "times",
    "post",
    "herald",
    "tribune",
    "gazette",
    "daily",
    "online",
    "office",
    "board",
    "redaktion",
    "redakteur",
    "redakteurin",
    "agentur",
    "agenturen",
    "onlineredaktion",
    "korrespondent",
    "korrespondentin",
    "rédaction",
    "redacción",
    "redação",
    "redazione",
    "redactie",
    "redaktionen",
    "redakcja",
    "redakce",
    "редакция",
    "редакція",
    "agences",
    "agencias",
    "agenzia",
    "source",
    "unknown",
    "anonymous",
    "the",
    "chief",
    "senior",
    "political",
    "university",
    "institute",
    "company",
    "inc",
    "ltd",
    "gmbh",
    "llc",
];

/// Reads the byline of a story: as the wire wants it printed, else from the authors of the item,
/// else from the page, else from a line at the start of the body.
pub fn byline(story: &CleanStory) -> Byline {
    let mut lines: Vec<String> = Vec::new();
    for name in byline_of_wire(story).into_iter().chain(author_names(story)) {
        let line = clean(name);
        if !line.is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.is_empty() {
        lines.extend(page_or_body_byline(story));
    }
    let mut byline = Byline {
        text: (!lines.is_empty()).then(|| lines.join(", ")),
        ..Byline::default()
    };
    for line in &lines {
        byline.agency = byline.agency.or_else(|| agency_in_byline(line));
        for person in people_of(line) {
            if !byline.people.contains(&person) {
                byline.people.push(person);
            }
        }
    }
    byline
}

fn byline_of_wire(story: &CleanStory) -> Option<&str> {
    story.item.wire.as_deref()?.byline.as_deref()
}

/// The names of the authors; none where the wire gives the byline itself, which then tells more.
fn author_names(story: &CleanStory) -> impl Iterator<Item = &str> {
    let has_byline = byline_of_wire(story).is_some_and(|line| !clean(line).is_empty());
    let authors = story.item.authors.iter().filter(move |_| !has_byline);
    authors.filter_map(|author| author.name.as_deref())
}

fn page_or_body_byline(story: &CleanStory) -> Option<String> {
    let from_page = story.page_byline.as_deref().map(clean);
    from_page.filter(|line| !line.is_empty()).or_else(|| {
        let block = story
            .blocks
            .iter()
            .find(|block| block.kind == BlockKind::Paragraph)?;
        is_byline(&block.text).then(|| clean(&block.text))
    })
}

/// Whether a block is a byline and nothing else: `By JANE ROE`, `Von Jana Muster, dpa`.
pub(crate) fn is_byline(text: &str) -> bool {
    let text = text.trim();
    let names = without_lead_in(text);
    names.len() < text.len()
        && text.chars().count() <= BODY_BYLINE_CHARACTERS
        && !text.ends_with(['.', '!', '?', '…', '”', '"', '“'])
        && (!people_of(names).is_empty() || agency_in_byline(names).is_some())
}

/// The line without addresses, lead-in, stray punctuation and doubled spaces.
fn clean(line: &str) -> String {
    let words: Vec<&str> = line
        .split_whitespace()
        .filter(|word| !word.contains("://") && !is_address(word))
        .collect();
    let joined = words.join(" ");
    let bare = trim_punctuation(&joined);
    let bare = bare
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'))
        .unwrap_or(bare);
    trim_punctuation(without_lead_in(bare)).to_owned()
}

fn trim_punctuation(text: &str) -> &str {
    text.trim_matches(|letter: char| {
        letter.is_whitespace()
            || matches!(
                letter,
                ',' | ';' | ':' | '|' | '·' | '•' | '-' | '–' | '—' | '/' | '<' | '>'
            )
    })
}

fn is_address(word: &str) -> bool {
    let word = word.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '@');
    word.split_once('@')
        .is_some_and(|(name, host)| name.is_empty() || host.contains('.'))
}

/// The text without `By`, `Von`, `Par`, … in front.
pub(crate) fn without_lead_in(text: &str) -> &str {
    LEAD_INS
        .iter()
        .filter_map(|lead_in| strip_lead_in(text, lead_in))
        .min_by_key(|rest| rest.len())
        .unwrap_or(text)
}

fn strip_lead_in<'a>(text: &'a str, lead_in: &str) -> Option<&'a str> {
    let end = text
        .char_indices()
        .nth(lead_in.chars().count())
        .map(|(at, _)| at)?;
    let (front, rest) = text.split_at(end);
    if front.to_lowercase() != lead_in {
        return None;
    }
    let has_colon = rest.trim_start().starts_with(':');
    if !has_colon && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ':');
    if rest.starts_with(char::is_lowercase) && agency_in_first_word(rest).is_none() {
        return None;
    }
    let is_whole_name = rest.split_whitespace().count() >= 2 || agency_named(rest).is_some();
    let is_particle = NAME_PARTICLES.contains(&lead_in) && !has_colon;
    (!rest.is_empty() && (is_whole_name || !is_particle)).then_some(rest)
}

fn agency_in_first_word(text: &str) -> Option<&'static str> {
    agency_named(text.split([' ', ',', '/']).next()?)
}

/// The people that a byline names.
fn people_of(line: &str) -> Vec<String> {
    let mut parts = vec![line.to_owned()];
    for join in NAME_JOINS {
        parts = parts
            .iter()
            .flat_map(|part| part.split(join).map(str::to_owned).collect::<Vec<_>>())
            .collect();
    }
    parts
        .iter()
        .flat_map(|part| part.split([',', ';', '|', '/', '(', ')', '·', '•', '、']))
        .map(without_place)
        .map(|part| trim_punctuation(without_lead_in(trim_punctuation(part))))
        .filter(|part| is_person_name(part))
        .map(str::to_owned)
        .collect()
}

/// `Jane Roe in London` is Jane Roe.
fn without_place(part: &str) -> &str {
    let part = part.trim();
    let end = [" in ", " à ", " aus ", " at "]
        .iter()
        .filter_map(|join| part.find(join))
        .min();
    end.map_or(part, |end| &part[..end])
}

fn is_person_name(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    let folded = name.to_lowercase();
    (1..=5).contains(&words.len())
        && name.chars().count() >= 2
        && name.starts_with(|first: char| first.is_alphabetic() && !first.is_lowercase())
        && !name
            .chars()
            .any(|letter| letter.is_ascii_digit() || matches!(letter, '@' | ':' | '…'))
        && !folded
            .split([' ', '-', '.'])
            .any(|word| NOT_NAMES.contains(&word))
        && !is_initials(name)
        && agency_in_byline(name).is_none()
}

/// The short sign of a desk or an editor, `DWM`.
fn is_initials(name: &str) -> bool {
    name.chars().count() <= 4 && name.chars().all(|letter| letter.is_uppercase())
}

#[cfg(test)]
mod tests {
    use wiredesk_model::{Block, Person};

    use super::*;
    use crate::sample::story;

    fn of(authors: &[&str]) -> Byline {
        let mut story = story("Title", &["The mayor resigned on Monday."]);
        story.item.authors = authors
            .iter()
            .map(|name| Person {
                name: Some((*name).to_owned()),
                ..Person::default()
            })
            .collect();
        byline(&story)
    }

    /// Authors, byline, people, agency.
    type Case = (
        &'static [&'static str],
        &'static str,
        &'static [&'static str],
        Option<&'static str>,
    );

    #[rustfmt::skip]
    const BYLINES: &[Case] = &[
        (&["By JANE ROE and JOHN DOE"], "JANE ROE and JOHN DOE", &["JANE ROE", "JOHN DOE"], None),
        (&["By The Associated Press"], "The Associated Press", &[], Some("AP")),
        (&["Von Marco Muster und Sunita Beispiel, dpa"], "Marco Muster und Sunita Beispiel, dpa", &["Marco Muster", "Sunita Beispiel"], Some("dpa")),
        (&["Von dpa"], "dpa", &[], Some("dpa")),
        (&["Par Jeanne Exemple (AFP)"], "Jeanne Exemple (AFP)", &["Jeanne Exemple"], Some("AFP")),
        (&["Jane Roe", "John Doe"], "Jane Roe, John Doe", &["Jane Roe", "John Doe"], None),
        (&["Jane Roe in London,"], "Jane Roe in London", &["Jane Roe"], None),
        (&["jane@example.org Jane Roe"], "Jane Roe", &["Jane Roe"], None),
        (&["Jane Roe, Chief Political Correspondent"], "Jane Roe, Chief Political Correspondent", &["Jane Roe"], None),
        (&["Tom Muster, The Harbor Gazette"], "Tom Muster, The Harbor Gazette", &["Tom Muster"], None),
        (&["Ursula von der Beispiel"], "Ursula von der Beispiel", &["Ursula von der Beispiel"], None),
        (&["Von der Leyen"], "Von der Leyen", &["Von der Leyen"], None),
        (&["Di Maria"], "Di Maria", &["Di Maria"], None),
        (&["Di Maria Rossi"], "Maria Rossi", &["Maria Rossi"], None),
        (&["Por Ana Ejemplo y Luis Muestra"], "Ana Ejemplo y Luis Muestra", &["Ana Ejemplo", "Luis Muestra"], None),
        (&["Автор: Иван Примеров"], "Иван Примеров", &["Иван Примеров"], None),
        (&["مريم مثال"], "مريم مثال", &["مريم مثال"], None),
        (&["DWM", "DWM"], "DWM", &[], None),
        (&["admin"], "admin", &[], None),
        (&["Staff Reporter"], "Staff Reporter", &[], None),
        (&["AFP correspondents"], "AFP correspondents", &[], Some("AFP")),
        (&["https://example.org/author/7"], "", &[], None),
        (&["Byron Muster"], "Byron Muster", &["Byron Muster"], None),
    ];

    #[test]
    fn bylines_come_apart() {
        for (authors, text, people, agency) in BYLINES {
            let byline = of(authors);
            assert_eq!(
                byline.text.as_deref().unwrap_or(""),
                *text,
                "text of {authors:?}"
            );
            assert_eq!(byline.people, *people, "people of {authors:?}");
            assert_eq!(byline.agency, *agency, "agency of {authors:?}");
        }
    }

    #[test]
    fn page_and_body_stand_in_for_the_item() {
        let mut story = story("Title", &["By Jane Roe", "The mayor resigned."]);
        assert_eq!(byline(&story).people, ["Jane Roe"]);
        story.page_byline = Some("By John Doe".to_owned());
        assert_eq!(byline(&story).people, ["John Doe"]);
        story.page_byline = None;
        story.blocks[0] = Block::paragraph("By Monday, the mayor had resigned.");
        assert_eq!(byline(&story), Byline::default());
    }
}
