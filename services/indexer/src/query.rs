//! From what is asked to a query of the search library, and to the words that are marked in hits.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery,
    FuzzyTermQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use crate::ask::{Ask, Sort};
use crate::fields::{Asked, Fields};
use crate::marks::Marks;
use crate::stems::{every_stem, primary};
use crate::syntax::{Clause, Kind, Part};
use crate::words::{Word, words};

/// What a word counts in other places than where it counts most.
const TIE: f32 = 0.2;
/// From so many words on, one in four may be missing where hits are ranked.
const MANY_WORDS: usize = 4;

/// Where words are looked for, with what they count there.
struct Scope {
    exact: Vec<(Field, f32)>,
    stems: Vec<(Field, f32)>,
}

/// Makes queries.
pub(crate) struct Asking<'a> {
    fields: &'a Fields,
    /// The language that stems are taken of, where one is asked for.
    language: Option<String>,
    /// Whether plain words are asked for with other spellings too.
    is_fuzzy: bool,
    pub marks: Marks,
}

impl<'a> Asking<'a> {
    pub fn new(fields: &'a Fields, ask: &Ask, is_fuzzy: bool) -> Self {
        let language = match ask.languages.as_slice() {
            [one] => Some(primary(one)),
            _ => None,
        };
        Self {
            fields,
            language,
            is_fuzzy,
            marks: Marks::default(),
        }
    }

    /// The whole query.
    pub fn query(&mut self, ask: &Ask, clauses: &[Clause]) -> Box<dyn Query> {
        let mut all: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let mut loose = Vec::new();
        let mut plain = Vec::new();
        for clause in clauses {
            let made = self.clause(clause);
            match (clause.is_negated, is_plain(clause)) {
                (true, _) => all.push((Occur::MustNot, made)),
                (false, false) => all.push((Occur::Must, made)),
                (false, true) => {
                    plain.extend(words_asked(&clause.any[0].text));
                    loose.push(made);
                }
            }
        }
        if !loose.is_empty() {
            let least = least_of(loose.len(), ask.order());
            let some = BooleanQuery::union_with_minimum_required_clauses(loose, least);
            all.push((Occur::Must, Box::new(some)));
        }
        if let Some(near) = self.near_each_other(&plain) {
            all.push((Occur::Should, near));
        }
        for filter in self.filters(ask) {
            all.push((Occur::Must, Box::new(ConstScoreQuery::new(filter, 0.0))));
        }
        if all.iter().all(|(occur, _)| *occur == Occur::MustNot) {
            all.push((Occur::Must, Box::new(AllQuery)));
        }
        Box::new(BooleanQuery::new(all))
    }

    fn clause(&mut self, clause: &Clause) -> Box<dyn Query> {
        let mut any: Vec<Box<dyn Query>> = Vec::with_capacity(clause.any.len());
        for part in &clause.any {
            any.push(self.part(part, clause.is_negated));
        }
        match any.len() {
            1 => any.remove(0),
            _ => Box::new(BooleanQuery::union(any)),
        }
    }

    fn part(&mut self, part: &Part, is_negated: bool) -> Box<dyn Query> {
        let fields = self.fields;
        let scope = match part.field.as_deref().and_then(|name| fields.named(name)) {
            Some(Asked::Exact(field)) => return self.exact(field, &part.text),
            Some(Asked::Words(field)) => return named(field, part),
            Some(Asked::Headline) => Scope {
                exact: vec![(fields.headline, 1.0)],
                stems: vec![(fields.headline_stems, 0.8)],
            },
            Some(Asked::Body) => Scope {
                exact: vec![(fields.body, 1.0)],
                stems: vec![(fields.body_stems, 0.8)],
            },
            None => Scope {
                exact: vec![
                    (fields.headline, 3.0),
                    (fields.about, 2.0),
                    (fields.lead, 1.5),
                    (fields.body, 1.0),
                ],
                stems: vec![(fields.headline_stems, 2.4), (fields.body_stems, 0.8)],
            },
        };
        let found = words_asked(&part.text);
        if !is_negated {
            self.mark(part, &found);
        }
        match part.kind {
            Kind::Word => self.in_any_form(&scope, &found),
            Kind::Phrase(slop) => phrase(&scope, &found, slop),
            Kind::Prefix => each(&found, |word| beginning(&scope, word)),
            Kind::Fuzzy(letters) => each(&found, |word| similar(&scope, word, letters)),
        }
    }

    /// Marks in hits what is asked for.
    fn mark(&mut self, part: &Part, found: &[Word]) {
        for word in found {
            match part.kind {
                Kind::Word => {
                    self.marks.stems.extend(self.stems(word));
                    if self.is_fuzzy {
                        let letters = letters_of(word, None);
                        self.marks.similar.push((word.folded.clone(), letters));
                    }
                }
                Kind::Phrase(_) => {}
                Kind::Prefix => self.marks.beginnings.push(word.folded.clone()),
                Kind::Fuzzy(letters) => {
                    let letters = letters_of(word, letters);
                    self.marks.similar.push((word.folded.clone(), letters));
                }
            }
            if is_one_letter(word) {
                self.marks.beginnings.push(word.folded.clone());
            }
            self.marks.exact.insert(word.folded.clone());
        }
    }

    fn stems(&self, word: &Word) -> Vec<String> {
        every_stem(word, self.language.as_deref())
    }

    fn exact(&self, field: Field, text: &str) -> Box<dyn Query> {
        let value = match field == self.fields.language {
            true => primary(text),
            false => text.to_owned(),
        };
        term(field, &value)
    }

    /// Words in any form; those that came as one (`coast-guard`) all of them. Of a run without
    /// spaces the whole run, or most of its pairs.
    fn in_any_form(&self, scope: &Scope, found: &[Word]) -> Box<dyn Query> {
        let mut all: Vec<Box<dyn Query>> = Vec::new();
        for run in found.chunk_by(|one, next| one.is_pair() && next.is_pair()) {
            match run {
                [one] if is_one_letter(one) => all.push(beginning(scope, one)),
                [one] => all.push(self.word(scope, one)),
                pairs => all.push(most_of(scope, pairs)),
            }
        }
        match all.len() {
            0 => Box::new(EmptyQuery),
            1 => all.remove(0),
            _ => Box::new(BooleanQuery::intersection(all)),
        }
    }

    fn word(&self, scope: &Scope, word: &Word) -> Box<dyn Query> {
        let mut any: Vec<Box<dyn Query>> = Vec::new();
        for (field, worth) in &scope.exact {
            any.push(boosted(term(*field, &word.folded), *worth));
        }
        for stem in self.stems(word) {
            for (field, worth) in &scope.stems {
                any.push(boosted(term(*field, &stem), *worth));
            }
        }
        if self.is_fuzzy {
            any.push(similar(scope, word, None));
        }
        Box::new(DisjunctionMaxQuery::with_tie_breaker(any, TIE))
    }

    /// Raises hits in which the words stand together.
    fn near_each_other(&self, plain: &[Word]) -> Option<Box<dyn Query>> {
        let plain: Vec<&Word> = plain.iter().filter(|word| !word.is_pair()).collect();
        if plain.len() < 2 || plain.len() > 6 {
            return None;
        }
        let near = |field: Field, worth: f32| {
            let terms = plain.iter().enumerate();
            let terms = terms.map(|(at, word)| (at, Term::from_field_text(field, &word.folded)));
            let near = PhraseQuery::new_with_offset_and_slop(terms.collect(), 2);
            boosted(Box::new(near), worth)
        };
        let near = vec![near(self.fields.headline, 2.0), near(self.fields.body, 1.0)];
        Some(Box::new(BooleanQuery::union(near)))
    }

    fn filters(&self, ask: &Ask) -> Vec<Box<dyn Query>> {
        let fields = self.fields;
        let mut filters: Vec<Box<dyn Query>> = Vec::new();
        for (field, values) in [
            (fields.source, &ask.sources),
            (fields.language, &ask.languages),
        ] {
            filters.extend(any_of(values, |value| self.exact(field, value)));
        }
        let named_by = [
            (fields.subject, &ask.subjects),
            (fields.place, &ask.places),
            (fields.person, &ask.people),
        ];
        for (field, values) in named_by {
            filters.extend(any_of(values, |value| {
                phrase_in(field, &words_asked(value), 0)
            }));
        }
        let bound = |time: Option<wiredesk_model::Timestamp>, make: fn(Term) -> Bound<Term>| {
            time.map_or(Bound::Unbounded, |time| {
                make(Term::from_field_i64(fields.time, time.as_millisecond()))
            })
        };
        if ask.since.is_some() || ask.until.is_some() {
            let from = bound(ask.since, Bound::Included);
            let to = bound(ask.until, Bound::Excluded);
            filters.push(Box::new(RangeQuery::new(from, to)));
        }
        filters
    }
}

/// Whether a clause is one plain word, of which a long query may do without some.
pub(crate) fn is_plain(clause: &Clause) -> bool {
    let is_word = |part: &Part| part.kind == Kind::Word && part.field.is_none();
    !clause.is_negated && clause.any.len() == 1 && clause.any.iter().all(is_word)
}

/// How many of so many plain words must be there.
fn least_of(count: usize, order: Sort) -> usize {
    match order == Sort::Relevance && count >= MANY_WORDS {
        true => (count * 3).div_ceil(4),
        false => count,
    }
}

/// The words of a text as they are asked for: the last letter of a run without spaces begins no
/// pair of its own, since the run may go on in the story.
fn words_asked(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    for word in words(text) {
        let goes_on = found.last().is_some_and(|before| {
            before.is_pair() && before.folded.chars().nth(1) == word.folded.chars().next()
        });
        if !(is_one_letter(&word) && goes_on) {
            found.push(word);
        }
    }
    found
}

fn is_one_letter(word: &Word) -> bool {
    word.is_pair() && word.folded.chars().count() == 1
}

fn any_of(values: &[String], make: impl Fn(&str) -> Box<dyn Query>) -> Option<Box<dyn Query>> {
    let any: Vec<Box<dyn Query>> = values.iter().map(|value| make(value)).collect();
    match any.is_empty() {
        true => None,
        false => Some(Box::new(BooleanQuery::union(any))),
    }
}

fn term(field: Field, text: &str) -> Box<dyn Query> {
    let term = Term::from_field_text(field, text);
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

fn boosted(query: Box<dyn Query>, worth: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, worth))
}

/// Every word of a part, each found by `make`.
fn each(found: &[Word], make: impl Fn(&Word) -> Box<dyn Query>) -> Box<dyn Query> {
    match found {
        [] => Box::new(EmptyQuery),
        found => Box::new(BooleanQuery::intersection(found.iter().map(make).collect())),
    }
}

fn in_scope(scope: &Scope, make: impl Fn(Field) -> Box<dyn Query>) -> Box<dyn Query> {
    let fields = scope.exact.iter();
    let any = fields.map(|(field, worth)| boosted(make(*field), *worth));
    Box::new(DisjunctionMaxQuery::with_tie_breaker(any.collect(), TIE))
}

fn phrase(scope: &Scope, found: &[Word], slop: u32) -> Box<dyn Query> {
    in_scope(scope, |field| phrase_in(field, found, slop))
}

/// The words in this order, with their distances.
fn phrase_in(field: Field, found: &[Word], slop: u32) -> Box<dyn Query> {
    // A letter alone is no word of the index unless its run ends with it.
    let whole: Vec<&Word> = found.iter().filter(|word| !is_one_letter(word)).collect();
    match whole.as_slice() {
        [] => match found.first() {
            Some(letter) => prefix(field, letter),
            None => Box::new(EmptyQuery),
        },
        [one] => term(field, &one.folded),
        [first, ..] => {
            let start = first.position;
            let terms = whole.iter().map(|word| {
                let term = Term::from_field_text(field, &word.folded);
                (word.position - start, term)
            });
            Box::new(PhraseQuery::new_with_offset_and_slop(terms.collect(), slop))
        }
    }
}

/// A run without spaces: as it is, or three in five of its pairs, since what stands between two
/// words of it may differ.
fn most_of(scope: &Scope, pairs: &[Word]) -> Box<dyn Query> {
    let least = (pairs.len() * 3).div_ceil(5).max(1);
    let some = |field: Field| -> Box<dyn Query> {
        let any = pairs.iter().map(|pair| term(field, &pair.folded)).collect();
        Box::new(BooleanQuery::union_with_minimum_required_clauses(
            any, least,
        ))
    };
    let any = vec![
        boosted(phrase(scope, pairs, 0), 2.0),
        boosted(in_scope(scope, some), 0.5),
    ];
    Box::new(DisjunctionMaxQuery::with_tie_breaker(any, TIE))
}

fn beginning(scope: &Scope, word: &Word) -> Box<dyn Query> {
    in_scope(scope, |field| prefix(field, word))
}

fn prefix(field: Field, word: &Word) -> Box<dyn Query> {
    let term = Term::from_field_text(field, &word.folded);
    Box::new(FuzzyTermQuery::new_prefix(term, 0, false))
}

fn similar(scope: &Scope, word: &Word, letters: Option<u8>) -> Box<dyn Query> {
    let letters = letters_of(word, letters);
    in_scope(scope, |field| {
        let term = Term::from_field_text(field, &word.folded);
        let near = FuzzyTermQuery::new(term.clone(), letters, true);
        let exact = TermQuery::new(term, IndexRecordOption::WithFreqs);
        let any: Vec<Box<dyn Query>> = vec![Box::new(exact), boosted(Box::new(near), 0.3)];
        Box::new(DisjunctionMaxQuery::new(any))
    })
}

/// Letters that may differ: short words are other words soon.
fn letters_of(word: &Word, asked: Option<u8>) -> u8 {
    asked.unwrap_or(match word.folded.chars().count() {
        0..=3 => 0,
        4..=6 => 1,
        _ => 2,
    })
}

/// The words of one named field.
fn named(field: Field, part: &Part) -> Box<dyn Query> {
    let found = words_asked(&part.text);
    let scope = Scope {
        exact: vec![(field, 1.0)],
        stems: Vec::new(),
    };
    match part.kind {
        Kind::Word => phrase(&scope, &found, 0),
        Kind::Phrase(slop) => phrase(&scope, &found, slop),
        Kind::Prefix => each(&found, |word| beginning(&scope, word)),
        Kind::Fuzzy(letters) => each(&found, |word| similar(&scope, word, letters)),
    }
}
