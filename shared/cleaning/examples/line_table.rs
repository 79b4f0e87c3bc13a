//! For training: reads `{"id","path"}` lines, writes for each page a JSON line with its lines of
//! text, and the features of all lines as bytes, row after row, to the file named by the first
//! argument. A second argument names a file with the first look's bytes for the same pages; with
//! it the features of the second look follow.

mod requests;

use std::io::{BufWriter, Write as _};

use serde_json::json;
use wiredesk_cleaning::line_table;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("name the file for the features")?;
    let mut first = match std::env::args().nth(2) {
        Some(path) => Some(std::fs::read(path)?.into_iter()),
        None => None,
    };
    let mut cells = BufWriter::new(std::fs::File::create(path)?);
    let mut out = BufWriter::new(std::io::stdout().lock());
    for page in requests::pages(std::io::stdin().lock()) {
        let page = page?;
        let mut table = line_table(&page.html, None);
        if let Some(first) = &mut first {
            let bytes: Vec<u8> = first.by_ref().take(table.texts.len()).collect();
            table = line_table(&page.html, Some(&bytes));
        }
        for at in 0..table.texts.len() {
            let row: Vec<u8> = (0..table.features.len())
                .map(|feature| table.cells[feature * table.texts.len() + at])
                .collect();
            cells.write_all(&row)?;
        }
        let record = json!({
            "id": page.id, "features": table.features, "texts": table.texts,
        });
        writeln!(out, "{record}")?;
    }
    Ok(())
}
