//! Reads `{"id","path"}` lines, cleans each page and writes `{"id","title","text","removed"}`
//! lines. `--model FOLDER` takes the model files of that folder.

mod requests;

use std::io::Write as _;

use serde_json::{Value, json};
use wiredesk_cleaning::{BodyModel, Hints, clean_html};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let model = match arguments.as_slice() {
        [_, flag, folder] if flag == "--model" => {
            let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}"));
            BodyModel::parse(&read("first.txt")?, &read("second.txt")?)
        }
        _ => None,
    };
    let hints = Hints {
        model: model.as_ref(),
        ..Hints::default()
    };
    let mut out = std::io::stdout().lock();
    for page in requests::pages(std::io::stdin().lock()) {
        let page = page?;
        let cleaned = clean_html(&page.html, &hints)?;
        let removed: Vec<Value> = cleaned
            .removed
            .iter()
            .map(|removal| json!({"rule": removal.rule, "text": removal.text}))
            .collect();
        let record = json!({
            "id": page.id, "title": cleaned.title, "text": cleaned.text, "removed": removed,
        });
        writeln!(out, "{record}")?;
    }
    Ok(())
}
