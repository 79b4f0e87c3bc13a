//! What an item of a wire says in fields of its own, and may say again above its text.

use wiredesk_model::{Item, RoleText, WireTerm};

/// Longer texts are no fields that anybody prints above a text, in bytes.
const FIELD_BYTES: usize = 2_000;
/// And there are no more of them.
const FIELDS: usize = 500;

/// The texts of all fields that describe the item; none for items from web feeds.
pub(crate) fn fields_of(item: &Item) -> Vec<String> {
    let Some(facts) = item.wire.as_deref() else {
        return Vec::new();
    };
    let texts = [&facts.headlines, &facts.descriptions, &facts.ed_notes];
    let texts = texts.into_iter().flatten().flat_map(lines_of);
    let terms = [&facts.subjects, &facts.located, &facts.genres];
    let names = terms.into_iter().flatten().filter_map(name_of);
    let lines = [&facts.byline, &facts.slugline, &facts.credit_line];
    let lines = lines.into_iter().filter_map(Option::as_deref);
    let title = item.title.as_deref();
    let keywords = facts.keywords.iter().map(String::as_str);
    let all = texts.chain(names).chain(lines).chain(title).chain(keywords);
    all.filter(|text| !text.is_empty() && text.len() <= FIELD_BYTES)
        .take(FIELDS)
        .map(str::to_owned)
        .collect()
}

/// A text as a whole, and each of its lines.
fn lines_of(text: &RoleText) -> impl Iterator<Item = &str> {
    std::iter::once(text.text.as_str()).chain(text.text.lines())
}

fn name_of(term: &WireTerm) -> Option<&str> {
    term.name.as_deref()
}
