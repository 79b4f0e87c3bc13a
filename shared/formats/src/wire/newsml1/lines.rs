//! `NewsLines`: what is printed with the story.

use wiredesk_model::RoleText;

use super::component::named;
use crate::wire::draft::{Draft, push_new, push_new_text};
use crate::wire::el::El;

/// Words that make a copyright line more than the name of its holder.
const NOTICE_WORDS: [&str; 5] = ["©", "(c)", "copyright", "rights", "reserv"];
/// A name has no more words than this.
const NAME_WORDS: usize = 5;

/// Reads the lines of one component; the first component that has a line gives it.
pub fn read(draft: &mut Draft, lines: El<'_, '_>) {
    for el in lines.children() {
        let facts = &mut draft.facts;
        match el.name() {
            "HeadLine" => headline(draft, el, None),
            "SubHeadLine" => headline(draft, el, Some("SubHeadLine")),
            "ByLine" => first(&mut facts.byline, el),
            "DateLine" => first(&mut facts.dateline, el),
            "CreditLine" => first(&mut facts.credit_line, el),
            "SlugLine" => first(&mut facts.slugline, el),
            "CopyrightLine" => {
                first(&mut draft.copyright, el);
                let holder = el.line().filter(|line| is_name(line));
                facts.copyright_holder = facts.copyright_holder.take().or(holder);
            }
            "RightsLine" => first(&mut facts.usage_terms, el),
            "KeywordLine" => {
                push_new(&mut facts.keywords, el.line());
            }
            "SeriesLine" => facts.series.extend(el.line().map(named)),
            "NewsLine" => news_line(draft, el),
            _ => draft.keep("NewsLines", el),
        }
    }
}

fn first(field: &mut Option<String>, el: El<'_, '_>) {
    *field = field.take().or_else(|| el.line());
}

/// Whether a copyright line is just the holder's name.
fn is_name(line: &str) -> bool {
    let lower = line.to_lowercase();
    let says_more = NOTICE_WORDS.iter().any(|word| lower.contains(word))
        || line.contains(|c: char| c.is_ascii_digit());
    !says_more && line.split_whitespace().count() <= NAME_WORDS
}

fn headline(draft: &mut Draft, el: El<'_, '_>, role: Option<&str>) {
    let headline = el.line().map(|text| RoleText {
        role: role.map(str::to_owned),
        text,
        language: el.attr("xml:lang"),
    });
    push_new_text(&mut draft.facts.headlines, headline);
}

/// A line of a type of the agency's own; advisories and notes speak to editors.
fn news_line(draft: &mut Draft, el: El<'_, '_>) {
    let kind = el
        .child("NewsLineType")
        .and_then(|kind| kind.attr("FormalName"));
    let kind = kind.unwrap_or_default();
    let lower = kind.to_lowercase();
    let is_note = ["advisory", "note", "instruction"]
        .iter()
        .any(|word| lower.contains(word));
    for text in el.all("NewsLineText").filter_map(El::line) {
        if is_note {
            let note = RoleText {
                role: Some(kind.clone()),
                text,
                language: None,
            };
            push_new_text(&mut draft.facts.ed_notes, [note]);
        } else {
            draft.keep_text(&format!("NewsLines/NewsLine/{kind}"), text);
        }
    }
}
