//! What only news wires say, in its place in ninjs.

use wiredesk_model::{
    Article, Description, Embargo, Headline, InfoSource, NamedConcept, Rendition, RoleText,
    Subject, Timestamp, WireFacts, WireRendition, WireTerm,
};

use crate::article::plain;
use crate::uri::{absolute_uri, web_address};

/// Vocabularies of the IPTC by the alias that wires use for them.
const IPTC_VOCABULARIES: &[(&str, &str)] = &[
    ("medtop", "http://cv.iptc.org/newscodes/mediatopic/"),
    ("subj", "http://cv.iptc.org/newscodes/subjectcode/"),
    ("genre", "http://cv.iptc.org/newscodes/genre/"),
    ("prodgenre", "http://cv.iptc.org/newscodes/productgenre/"),
];

/// Adds what the wire says to the article. What the wire says itself goes before what was found
/// in the text.
pub(crate) fn add_wire_facts(article: &mut Article, facts: &WireFacts) {
    article.embargoed_until = match &facts.embargo {
        Embargo::Until { at } => date(Some(at)),
        Embargo::Absent | Embargo::Unknown { .. } => None,
    };
    article.urgency = facts.urgency.filter(|urgency| (1..=9).contains(urgency));
    article.slugline = facts.slugline.as_deref().and_then(plain);
    article.content_created = date(facts.content_created.as_ref());
    article.expires = date(facts.expires.as_ref());
    article.ed_note = joined(&facts.ed_notes);
    article.copyright_holder = facts.copyright_holder.as_deref().and_then(plain);
    article.usage_terms = facts.usage_terms.as_deref().and_then(plain);
    add_texts(article, facts);
    let located = facts.located.iter().find_map(name_of);
    article.located = located.or(article.located.take());
    let subjects = subjects(facts);
    if !subjects.is_empty() {
        article.subjects = subjects;
        add_keywords(article, &facts.keywords);
    }
    article.genres = facts.genres.iter().filter_map(genre).collect();
    add_sources(article, facts);
    let renditions: Vec<Rendition> = facts
        .renditions
        .iter()
        .enumerate()
        .filter_map(|(place, file)| rendition(place, file))
        .collect();
    if !renditions.is_empty() {
        article.renditions = renditions;
    }
}

fn date(text: Option<&String>) -> Option<String> {
    let date: Timestamp = text?.trim().parse().ok()?;
    Some(date.to_string())
}

fn joined(notes: &[RoleText]) -> Option<String> {
    let lines: Vec<String> = notes.iter().filter_map(|note| plain(&note.text)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn add_texts(article: &mut Article, facts: &WireFacts) {
    let role_of = |text: &RoleText, usual: &str| {
        let role = text.role.as_deref().and_then(plain);
        role.unwrap_or_else(|| usual.to_owned())
    };
    for text in &facts.headlines {
        let Some(value) = plain(&text.text) else {
            continue;
        };
        if article.headlines.iter().all(|known| known.value != value) {
            let has_main = !article.headlines.is_empty();
            article.headlines.push(Headline {
                role: role_of(text, if has_main { "alternative" } else { "main" }),
                content_type: "text/plain".to_owned(),
                value,
            });
        }
    }
    for text in &facts.descriptions {
        let Some(value) = plain(&text.text) else {
            continue;
        };
        if article
            .descriptions
            .iter()
            .all(|known| known.value != value)
        {
            article.descriptions.push(Description {
                role: role_of(text, "summary"),
                content_type: "text/plain".to_owned(),
                value,
            });
        }
    }
}

/// The name in words, or else the code.
fn name_of(term: &WireTerm) -> Option<String> {
    let name = term.name.as_deref().and_then(plain);
    name.or_else(|| term.code.as_deref().and_then(plain))
}

/// The subjects, and the Media Topics that take the place of those in older vocabularies.
fn subjects(facts: &WireFacts) -> Vec<Subject> {
    let is_topic = |term: &&WireTerm| {
        let code = term.code.as_deref().unwrap_or_default();
        code.starts_with("medtop:")
    };
    let terms = facts.subjects.iter().flat_map(|term| {
        let topics = term.same_as.iter().filter(is_topic);
        std::iter::once(term).chain(topics)
    });
    let mut subjects: Vec<Subject> = Vec::new();
    for subject in terms.filter_map(subject) {
        let is_known = |known: &Subject| known.uri.is_some() && known.uri == subject.uri;
        if !subjects.iter().any(is_known) {
            subjects.push(subject);
        }
    }
    subjects
}

fn subject(term: &WireTerm) -> Option<Subject> {
    let uri = uri_of(term);
    let code = term.code.as_deref().and_then(plain);
    let is_literal = uri.is_none() && !term.is_pointer;
    Some(Subject {
        literal: code.filter(|_| is_literal),
        uri,
        name: name_of(term)?,
        relevance: term.relevance.filter(|relevance| *relevance <= 100),
    })
}

fn add_keywords(article: &mut Article, keywords: &[String]) {
    for name in keywords.iter().filter_map(|keyword| plain(keyword)) {
        if article.subjects.iter().all(|known| known.name != name) {
            article.subjects.push(Subject {
                name,
                ..Subject::default()
            });
        }
    }
}

fn genre(term: &WireTerm) -> Option<NamedConcept> {
    Some(NamedConcept {
        uri: uri_of(term),
        name: name_of(term)?,
        rel: None,
    })
}

/// The URI of a term: its code where that is one, else the code within its vocabulary.
fn uri_of(term: &WireTerm) -> Option<String> {
    let code = term.code.as_deref()?.trim();
    if let Some(uri) = web_address(code) {
        return Some(uri);
    }
    let (alias, local) = match code.split_once(':') {
        Some((alias, local)) => (Some(alias), local),
        None => (term.scheme.as_deref(), code),
    };
    let by_alias = |alias: &str| {
        let known = IPTC_VOCABULARIES.iter().find(|(name, _)| *name == alias);
        known.map(|(_, base)| (*base).to_owned())
    };
    let base = term
        .scheme
        .as_deref()
        .and_then(web_address)
        .or_else(|| alias.and_then(by_alias))?;
    let slash = if base.ends_with(['/', '#', '=']) {
        ""
    } else {
        "/"
    };
    web_address(&format!("{base}{slash}{local}"))
}

fn add_sources(article: &mut Article, facts: &WireFacts) {
    let mut sources: Vec<InfoSource> = Vec::new();
    let mut add = |name: Option<String>, role: &str| {
        let Some(name) = name else {
            return;
        };
        let is_known = |source: &InfoSource| source.name == name && source.role == role;
        if !sources.iter().any(is_known) {
            sources.push(InfoSource {
                name,
                role: role.to_owned(),
            });
        }
    };
    add(facts.provider.as_ref().and_then(name_of), "provider");
    for source in article.info_sources.drain(..) {
        let is_replaced = source.role == "provider" && facts.provider.is_some();
        add((!is_replaced).then_some(source.name), &source.role);
    }
    for source in &facts.sources {
        add(name_of(source), "contentSource");
    }
    article.info_sources = sources;
}

fn rendition(place: usize, file: &WireRendition) -> Option<Rendition> {
    let sent = file.href.as_deref().and_then(plain)?;
    let href = absolute_uri(&sent).filter(|uri| !uri.to_lowercase().starts_with("javascript:"));
    Some(Rendition {
        name: file
            .name
            .as_deref()
            .and_then(plain)
            .unwrap_or_else(|| format!("rendition-{}", place + 1)),
        title: if href.is_none() { Some(sent) } else { None },
        href,
        content_type: file.media_type.as_deref().and_then(plain),
        size_in_bytes: file.size_bytes,
        width: file.width,
        height: file.height,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(code: &str, scheme: Option<&str>, name: Option<&str>) -> WireTerm {
        WireTerm {
            code: Some(code.to_owned()),
            scheme: scheme.map(str::to_owned),
            name: name.map(str::to_owned),
            ..WireTerm::default()
        }
    }

    #[test]
    fn terms_get_the_uri_of_their_vocabulary() {
        let cases = [
            (
                term("medtop:11000000", None, None),
                Some("http://cv.iptc.org/newscodes/mediatopic/11000000"),
            ),
            (
                term("subj:04000000", Some("subj"), None),
                Some("http://cv.iptc.org/newscodes/subjectcode/04000000"),
            ),
            (
                term("11000000", Some("medtop"), None),
                Some("http://cv.iptc.org/newscodes/mediatopic/11000000"),
            ),
            (
                term("x:7", Some("http://cv.example.org/topics"), None),
                Some("http://cv.example.org/topics/7"),
            ),
            (
                term("http://cv.example.org/topics/9", None, None),
                Some("http://cv.example.org/topics/9"),
            ),
            (term("house:sport", Some("house"), None), None),
            (term("sport", None, None), None),
        ];
        for (term, expected) in cases {
            assert_eq!(uri_of(&term).as_deref(), expected, "{term:?}");
        }
    }

    #[test]
    fn a_code_without_uri_stays_a_literal() {
        let found = subject(&term("house:sport", None, Some("Sport"))).expect("a subject");
        assert_eq!(
            (found.name.as_str(), found.literal.as_deref()),
            ("Sport", Some("house:sport"))
        );
        let found = subject(&term("medtop:15000000", None, Some("sport"))).expect("a subject");
        assert_eq!(found.literal, None);
        let pointer = WireTerm {
            is_pointer: true,
            ..term("place-1", None, Some("The quay"))
        };
        let found = subject(&pointer).expect("a subject");
        assert_eq!((found.name.as_str(), found.literal), ("The quay", None));
        assert_eq!(subject(&WireTerm::default()), None);
    }

    #[test]
    fn the_wires_own_words_go_first() {
        let mut article = Article {
            headlines: vec![Headline {
                role: "main".to_owned(),
                content_type: "text/plain".to_owned(),
                value: "Vote".to_owned(),
            }],
            located: Some("ROME".to_owned()),
            info_sources: vec![InfoSource {
                name: "Some feed".to_owned(),
                role: "provider".to_owned(),
            }],
            ..Article::default()
        };
        let text = |role: Option<&str>, text: &str| RoleText {
            role: role.map(str::to_owned),
            text: text.to_owned(),
            language: None,
        };
        let facts = WireFacts {
            urgency: Some(0),
            headlines: vec![
                text(None, "Vote"),
                text(Some("hld:subHeadline"), "On Sunday"),
            ],
            located: vec![term("loc:rome", None, Some("Rome"))],
            provider: Some(term("hw", None, Some("Harbor Wire"))),
            ed_notes: vec![text(None, "Adds quote"), text(Some("x"), "  ")],
            embargo: Embargo::Until {
                at: "2026-08-30T14:00:00+02:00".to_owned(),
            },
            ..WireFacts::default()
        };
        add_wire_facts(&mut article, &facts);
        assert_eq!(article.urgency, None);
        assert_eq!(article.headlines.len(), 2);
        assert_eq!(article.headlines[1].role, "hld:subHeadline");
        assert_eq!(article.located.as_deref(), Some("Rome"));
        assert_eq!(article.info_sources.len(), 1);
        assert_eq!(article.info_sources[0].name, "Harbor Wire");
        assert_eq!(article.ed_note.as_deref(), Some("Adds quote"));
        assert_eq!(
            article.embargoed_until.as_deref(),
            Some("2026-08-30T12:00:00Z")
        );
    }

    #[test]
    fn a_file_without_address_keeps_its_name() {
        let file = WireRendition {
            href: Some("ab12.jpg".to_owned()),
            width: Some(768),
            ..WireRendition::default()
        };
        let found = rendition(0, &file).expect("a rendition");
        assert_eq!(
            (found.name.as_str(), found.href, found.title.as_deref()),
            ("rendition-1", None, Some("ab12.jpg"))
        );
    }
}
