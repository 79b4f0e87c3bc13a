//! What the item says in fields of its own, once more at the head of the text.

use std::collections::HashSet;

use super::Rule;
use super::byline::is_date_line;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule {
    id: "field-repeat",
    doc: "fields of the item, printed once more at the head of the text",
    about: "Some wires print subjects, places, headlines, byline, teaser and date above the text \
            that they send beside it as fields. From the first line on, each line that is the same \
            as a field of the item, letter for letter but for case and punctuation, or that is a \
            date, goes; the first line that is neither ends it. Where the item came without fields \
            nothing goes.",
    yields_from: None,
    apply,
};

fn apply(draft: &mut Draft) {
    let fields: HashSet<String> = draft.fields.iter().map(|field| folded(field)).collect();
    if fields.is_empty() {
        return;
    }
    let mut repeats = Vec::new();
    for at in draft.kept() {
        let line = &draft.lines[at];
        let text = folded(&line.text);
        if !text.is_empty() && !fields.contains(&text) && !is_date_line(line) {
            break;
        }
        repeats.push(at);
    }
    // A text that is nothing but its fields says them here.
    if repeats.len() == draft.kept().len() {
        return;
    }
    for at in repeats {
        draft.remove(at, RULE.id, "repeats a field of the item");
    }
}

/// Letters and digits alone, lower case.
fn folded(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::draft_of;

    fn kept(text: &str, fields: &[&str]) -> Vec<usize> {
        let mut draft = draft_of(text);
        draft.fields = fields.iter().map(|field| (*field).to_owned()).collect();
        apply(&mut draft);
        draft.kept()
    }

    #[test]
    fn only_what_stands_above_the_text_and_is_a_field_goes() {
        let text = "01.03.2026 10:00\n\nShipping\n\nPort Lorne\n\nFerry sails again!\n\n\
                    The ferry sailed on Sunday.\n\nPort Lorne";
        let fields = ["Ferry sails again", "PORT LORNE", "Shipping"];
        assert_eq!(kept(text, &fields), [4, 5]);
        assert_eq!(kept(text, &["Shipping"]), [2, 3, 4, 5]);
        assert_eq!(kept(text, &[]), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_text_that_only_repeats_its_fields_stays() {
        assert_eq!(kept("Ferry sails again", &["Ferry sails again"]), [0]);
    }
}
