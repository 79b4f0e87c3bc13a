//! Words to their stems, by the language of the text.

use frostem::{Algorithm, Stemmer};

use crate::words::{Word, fold};

/// Languages with a stemmer, by primary subtag.
const LANGUAGES: [(&str, Algorithm); 19] = [
    ("ar", Algorithm::Arabic),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("el", Algorithm::Greek),
    ("en", Algorithm::English),
    ("es", Algorithm::Spanish),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("hu", Algorithm::Hungarian),
    ("it", Algorithm::Italian),
    ("nb", Algorithm::Norwegian),
    ("nl", Algorithm::Dutch),
    ("nn", Algorithm::Norwegian),
    ("no", Algorithm::Norwegian),
    ("pt", Algorithm::Portuguese),
    ("ro", Algorithm::Romanian),
    ("ru", Algorithm::Russian),
    ("sv", Algorithm::Swedish),
    ("tr", Algorithm::Turkish),
];

/// The primary subtag of a BCP 47 language tag, in lower case.
pub(crate) fn primary(language: &str) -> String {
    let end = language.find(['-', '_']).unwrap_or(language.len());
    language[..end].to_lowercase()
}

/// Stems the words of one text.
pub(crate) struct Stems(Option<Stemmer>);

impl Stems {
    /// For texts of a language; one without a stemmer leaves words as they are.
    pub fn of(language: &str) -> Self {
        let primary = primary(language);
        let known = LANGUAGES.iter().find(|(code, _)| *code == primary);
        Self(known.map(|(_, algorithm)| Stemmer::new(*algorithm)))
    }

    /// The stem of a word, folded.
    pub fn stem(&self, word: &Word) -> String {
        match &self.0 {
            Some(stemmer) if !word.is_pair() => fold(&stemmer.stem(&word.lower)),
            _ => word.folded.clone(),
        }
    }
}

/// Every stem that a word has in some language (in `language` only, where that is known), the word
/// itself among them: texts in languages without a stemmer have their words as they are.
pub(crate) fn every_stem(word: &Word, language: Option<&str>) -> Vec<String> {
    let mut stems = vec![word.folded.clone()];
    let mut note = |stem: String| {
        if !stems.contains(&stem) {
            stems.push(stem);
        }
    };
    match language {
        Some(language) => note(Stems::of(language).stem(word)),
        None => LANGUAGES
            .iter()
            .for_each(|(code, _)| note(Stems::of(code).stem(word))),
    }
    stems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::words;

    fn stem(language: &str, word: &str) -> String {
        Stems::of(language).stem(&words(word)[0])
    }

    #[test]
    fn forms_of_a_word_meet_in_its_stem() {
        for (language, one, other) in [
            ("en-GB", "flooding", "floods"),
            ("de", "Überschwemmungen", "Überschwemmung"),
            ("fr", "inondations", "inondation"),
            ("es", "inundaciones", "inundación"),
            ("ru", "наводнения", "наводнение"),
        ] {
            assert_eq!(stem(language, one), stem(language, other), "{language}");
        }
        assert_eq!(stem("xx", "Floods"), "floods");
        assert_eq!(primary("pt-BR"), "pt");
    }

    #[test]
    fn a_word_of_no_known_language_has_the_stems_of_all() {
        let word = &words("floods")[0];
        let stems = every_stem(word, None);
        assert!(stems.contains(&"flood".to_owned()) && stems.contains(&"floods".to_owned()));
        assert_eq!(every_stem(word, Some("ja")), ["floods"]);
    }
}
