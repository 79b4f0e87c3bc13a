//! The list of rules in the docs is that of the code.

use std::path::Path;

use wiredesk_cleaning::rules;

const BEGIN: &str = "<!-- rules: begin -->\n";
const END: &str = "<!-- rules: end -->";

#[test]
fn golden_list_of_rules_in_the_docs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cleaning.md");
    let text = std::fs::read_to_string(&path).expect("docs/cleaning.md");
    let begin = text.find(BEGIN).expect("the mark where the list begins") + BEGIN.len();
    let end = text.find(END).expect("the mark where the list ends");
    let list = list();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let changed = format!("{}{list}{}", &text[..begin], &text[end..]);
        std::fs::write(&path, changed).expect("docs/cleaning.md can be written");
        return;
    }
    assert_eq!(
        &text[begin..end],
        list,
        "run `make golden` and read the difference"
    );
}

fn list() -> String {
    let rows = rules()
        .iter()
        .map(|rule| format!("| `{}` | {} | {} |\n", rule.id, rule.doc, rule.about));
    format!(
        "| rule | takes out | how it decides |\n|---|---|---|\n{}",
        rows.collect::<String>()
    )
}
