//! The two header lines: number and selector; priority, category, slug, date and words.

use wiredesk_model::WireTerm;

use super::US;
use crate::wire::draft::Draft;

/// What a slug begins with: the cycle that it is for.
const CYCLES: [&str; 3] = ["AM-", "PM-", "BC-"];
/// Device control 2: the text is in columns.
const TABULAR: char = '\u{12}';

/// Reads what stands before the text.
pub fn read(draft: &mut Draft, head: &str) {
    let mut lines = head.lines().filter(|line| !line.trim().is_empty());
    if let Some(line) = lines.next() {
        number(draft, line);
    }
    let Some(line) = lines.next() else {
        return;
    };
    if line.contains(TABULAR) {
        draft.facts.signals.push("tabular".to_owned());
    }
    let at = line.find(char::is_control).unwrap_or(0);
    let (codes, slug) = line.split_at(at);
    let mut codes = codes.split_whitespace();
    draft.facts.priority = codes.next().map(str::to_owned);
    draft
        .facts
        .subjects
        .extend(codes.next().map(|category| WireTerm {
            code: Some(category.to_owned()),
            scheme: Some("anpa-category".to_owned()),
            ..WireTerm::default()
        }));
    let slug: String = slug.chars().filter(|c| !c.is_control()).collect();
    read_slug(draft, &slug);
}

/// `V4644`, the separator, a selector.
fn number(draft: &mut Draft, line: &str) {
    let (id, selector) = line.split_once(US).unwrap_or((line, ""));
    let id = id.trim();
    let letters = id.bytes().take_while(u8::is_ascii_alphabetic).count();
    let transmission = draft.facts.transmission.get_or_insert_default();
    transmission.id = Some(id.to_owned());
    transmission.sequence = Some(id[letters..].to_owned());
    transmission.services.push(id[..letters].to_owned());
    let selector = selector.trim();
    if !selector.trim_matches('-').is_empty() {
        draft.keep_text("header/selector", selector.to_owned());
    }
}

/// `BC-slug takekey   08-29 0590`.
fn read_slug(draft: &mut Draft, text: &str) {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let is_number = |word: &&str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(number) = words.last().filter(|word| is_number(word)) {
        draft.facts.words = number.parse().ok();
        words.pop();
    }
    let is_date = |word: &&str| {
        word.len() == 5
            && word.as_bytes()[2] == b'-'
            && word.bytes().filter(u8::is_ascii_digit).count() == 4
    };
    if words.last().is_some_and(is_date) {
        words.pop();
    }
    let mut words = words.into_iter();
    if let Some(slug) = words.next() {
        let cycle = CYCLES.iter().find(|cycle| slug.starts_with(*cycle));
        let stem = cycle.map_or(slug, |cycle| &slug[cycle.len()..]);
        draft.facts.slugline = Some(stem.to_owned());
        if let Some(cycle) = cycle {
            draft.keep_text("header/cycle", cycle.trim_end_matches('-').to_owned());
        }
    }
    let key = words.collect::<Vec<_>>().join(" ");
    if !key.is_empty() {
        draft.facts.signals.push(key);
    }
}
