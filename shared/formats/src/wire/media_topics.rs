//! The IPTC's Media Topics: names for their codes, and the topic that took the place of an older
//! subject code.

use std::collections::HashMap;
use std::sync::LazyLock;

use wiredesk_model::WireTerm;

use super::status::local_part;

/// URI of the vocabulary.
const SCHEME: &str = "http://cv.iptc.org/newscodes/mediatopic/";
/// Codes of both vocabularies have so many digits.
const DIGITS: usize = 8;
/// An item has no more subjects that are worth a look.
const MOST_SUBJECTS: usize = 1_000;

/// Names by code, and Media Topics by older subject code.
#[derive(Default)]
struct Topics {
    names: HashMap<&'static str, &'static str>,
    by_subject_code: HashMap<&'static str, &'static str>,
}

static TOPICS: LazyLock<Topics> = LazyLock::new(|| {
    let mut topics = Topics::default();
    for line in include_str!("../../data/media-topics.tsv").lines() {
        let mut cells = line.split('\t');
        if let (Some(code), Some(name)) = (cells.next(), cells.next()) {
            topics.names.insert(code, name);
            let older = cells.next().into_iter().flat_map(|codes| codes.split(','));
            topics
                .by_subject_code
                .extend(older.map(|older| (older, code)));
        }
    }
    topics
});

/// Which of the two vocabularies a term is of.
#[derive(PartialEq)]
enum Vocabulary {
    MediaTopic,
    SubjectCode,
}

/// Gives subjects the names that the wire left out, and older subject codes the Media Topic that
/// means the same. What the wire says itself stays.
pub fn resolve(subjects: &mut [WireTerm]) {
    for subject in subjects.iter_mut().take(MOST_SUBJECTS) {
        let Some((vocabulary, number)) = told(subject) else {
            continue;
        };
        if vocabulary == Vocabulary::MediaTopic {
            let name = TOPICS.names.get(number.as_str());
            subject.name = subject
                .name
                .take()
                .or_else(|| name.map(|name| (*name).to_owned()));
            continue;
        }
        let Some(topic) = TOPICS.by_subject_code.get(number.as_str()) else {
            continue;
        };
        let name = TOPICS.names.get(topic).map(|name| (*name).to_owned());
        let code = format!("medtop:{topic}");
        if subject
            .same_as
            .iter()
            .all(|same| same.code.as_ref() != Some(&code))
        {
            subject.same_as.push(WireTerm {
                code: Some(code),
                scheme: Some(SCHEME.to_owned()),
                name: name.clone(),
                ..WireTerm::default()
            });
        }
        subject.name = subject.name.take().or(name);
    }
}

/// The vocabulary and the number of a term that is of one of the two.
fn told(term: &WireTerm) -> Option<(Vocabulary, String)> {
    let code = term.code.as_deref()?;
    let number = local_part(code);
    if number.len() != DIGITS || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let around = [Some(&code[..code.len() - DIGITS]), term.scheme.as_deref()];
    let says = |word: &str| {
        let mut texts = around.iter().flatten();
        texts.any(|text| text.to_ascii_lowercase().contains(word))
    };
    let vocabulary = if says("medtop") || says("mediatopic") {
        Vocabulary::MediaTopic
    } else if says("subj") || is_subject_code(term) {
        Vocabulary::SubjectCode
    } else {
        return None;
    };
    Some((vocabulary, number.to_owned()))
}

/// NewsML 1.x and NITF write a subject code as a bare number in an element of its own.
fn is_subject_code(term: &WireTerm) -> bool {
    let kinds = ["Subject", "SubjectMatter", "SubjectDetail"];
    let has_kind = term
        .kind
        .as_deref()
        .is_some_and(|kind| kinds.contains(&kind));
    let is_iptc = term
        .scheme
        .as_deref()
        .is_none_or(|scheme| scheme.to_ascii_lowercase().contains("iptc"));
    is_iptc && (has_kind || term.kind.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(code: &str, scheme: Option<&str>, name: Option<&str>) -> WireTerm {
        let mut terms = [WireTerm {
            code: Some(code.to_owned()),
            scheme: scheme.map(str::to_owned),
            name: name.map(str::to_owned),
            ..WireTerm::default()
        }];
        resolve(&mut terms);
        let [term] = terms;
        term
    }

    #[test]
    fn media_topics_get_the_name_that_the_wire_left_out() {
        for code in [
            "medtop:20000065",
            "http://cv.iptc.org/newscodes/mediatopic/20000065",
        ] {
            let term = resolved(code, None, None);
            assert_eq!(term.name.as_deref(), Some("civil unrest"), "{code}");
            assert_eq!(term.code.as_deref(), Some(code));
        }
        let named = resolved("medtop:20000065", None, Some("Unruhen"));
        assert_eq!(named.name.as_deref(), Some("Unruhen"));
        assert_eq!(resolved("medtop:99999999", None, None).name, None);
    }

    #[test]
    fn an_older_subject_code_gets_the_topic_that_took_its_place() {
        for (code, scheme) in [
            ("subj:15000000", None),
            ("15000000", Some("IptcSubjectCode")),
            ("15000000", None),
        ] {
            let term = resolved(code, scheme, None);
            let same = term.same_as.first().unwrap();
            assert_eq!(same.code.as_deref(), Some("medtop:15000000"), "{code}");
            assert_eq!(same.name.as_deref(), Some("sport"));
        }
    }

    #[test]
    fn numbers_of_other_vocabularies_are_left_alone() {
        for (code, scheme) in [
            ("15000000", Some("harbour-desk")),
            ("desk:15000000", Some("desk")),
            ("subj:1500000", None),
        ] {
            let term = resolved(code, scheme, None);
            assert_eq!((term.name, term.same_as.len()), (None, 0), "{code}");
        }
    }

    #[test]
    fn the_table_is_whole() {
        assert!(TOPICS.names.len() > 1_200);
        assert!(
            TOPICS
                .by_subject_code
                .values()
                .all(|code| TOPICS.names.contains_key(code))
        );
    }
}
