//! Queries of each kind, with words that change from time to time.

use wiredesk_indexer::{Ask, Sort};

use crate::texts::{NAMES, PLACES, Texts};

/// A query of each kind, and what kind it is.
pub fn asks(texts: &Texts, time: usize) -> Vec<(&'static str, Ask)> {
    match texts {
        Texts::Ours => of_ours(time),
        Texts::Lines(texts) => of_words(&texts.words(time)),
    }
}

fn text(words: &str) -> Ask {
    Ask::text(words)
}

fn of(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The time between two, of a search.
fn between(since: &str, until: &str, ask: Ask) -> Ask {
    let day = |day: &str| Some(day.parse().expect("a time"));
    Ask {
        since: day(since),
        until: day(until),
        ..ask
    }
}

fn of_ours(time: usize) -> Vec<(&'static str, Ask)> {
    let (place, name) = (PLACES[time % PLACES.len()], NAMES[time % NAMES.len()]);
    vec![
        ("a word of many stories", text("harbour")),
        ("two words", text("Fähre Sturm")),
        ("words of another language", text("digue travaux")),
        ("a name", text(name)),
        ("a phrase", text("\"old sea wall\"")),
        (
            "a phrase with a name",
            text(&format!("\"the mayor of {place}\"")),
        ),
        ("the beginning of a word", text("Hafen*")),
        ("a word spelt nearly so", text("harbuor")),
        ("without a word", text("harbour -ferry")),
        (
            "a source",
            Ask {
                sources: of(&["source-7"]),
                ..text("puerto")
            },
        ),
        (
            "a language",
            Ask {
                languages: of(&["fr"]),
                ..text(place)
            },
        ),
        (
            "a month",
            between(
                "2025-06-01T00:00:00Z",
                "2025-07-01T00:00:00Z",
                text("council budget"),
            ),
        ),
        ("the newest of all", Ask::default()),
        (
            "the newest with a word",
            Ask {
                sort: Some(Sort::Newest),
                ..text("Deich")
            },
        ),
        (
            "a later page",
            Ask {
                offset: 500,
                ..text("pescadores")
            },
        ),
        (
            "one by one",
            Ask {
                fold: false,
                ..text(place)
            },
        ),
    ]
}

/// The same kinds with the words of some paragraph.
fn of_words(words: &[String]) -> Vec<(&'static str, Ask)> {
    let at = |place: usize| words[place % words.len()].as_str();
    let longest = words.iter().max_by_key(|word| word.chars().count());
    let long = longest.expect("a paragraph has words").as_str();
    let first: String = long.chars().take(5).collect();
    let misspelt: String = [long.chars().next(), long.chars().nth(1)]
        .into_iter()
        .flatten()
        .chain(long.chars().skip(3))
        .collect();
    vec![
        ("a long word", text(long)),
        ("two words", text(&format!("{} {}", at(1), at(2)))),
        ("all of many words", text(&words.join(" "))),
        ("a phrase", text(&format!("\"{} {}\"", at(0), at(1)))),
        (
            "a longer phrase",
            text(&format!("\"{}\"", words[..words.len().min(5)].join(" "))),
        ),
        ("the beginning of a word", text(&format!("{first}*"))),
        ("a word spelt nearly so", text(&misspelt)),
        ("without a word", text(&format!("{} -{long}", at(0)))),
        (
            "a source",
            Ask {
                sources: of(&["source-7"]),
                ..text(at(0))
            },
        ),
        (
            "a month",
            between("2025-06-01T00:00:00Z", "2025-07-01T00:00:00Z", text(at(1))),
        ),
        ("the newest of all", Ask::default()),
        (
            "the newest with a word",
            Ask {
                sort: Some(Sort::Newest),
                ..text(at(0))
            },
        ),
        (
            "a later page",
            Ask {
                offset: 500,
                ..text(at(0))
            },
        ),
        (
            "one by one",
            Ask {
                fold: false,
                ..text(long)
            },
        ),
    ]
}
