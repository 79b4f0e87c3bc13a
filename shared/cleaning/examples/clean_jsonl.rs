//! Reads `{"id","path"}` lines, cleans each page and writes `{"id","title","text","removed"}`
//! lines; with `--time N` it writes nothing and tells pages and megabytes a second instead. `--model
//! FOLDER` takes the model files of that folder.

use std::io::{BufRead as _, Read as _, Write as _};
use std::time::Instant;

use serde_json::{Value, json};
use wiredesk_cleaning::{BodyModel, Hints, clean_html};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let repeats: usize = match arguments.as_slice() {
        [_, flag, count] if flag == "--time" => count.parse()?,
        _ => 0,
    };
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
    let mut pages = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let path = request["path"].as_str().unwrap_or_default().to_owned();
        pages.push((request["id"].clone(), read(&path)?));
    }
    if repeats > 0 {
        return time(&pages, repeats);
    }
    let mut out = std::io::stdout().lock();
    for (id, html) in &pages {
        let cleaned = clean_html(html, &hints)?;
        let removed: Vec<Value> = cleaned
            .removed
            .iter()
            .map(|removal| json!({"rule": removal.rule, "text": removal.text}))
            .collect();
        let record = json!({
            "id": id, "title": cleaned.title, "text": cleaned.text, "removed": removed,
        });
        writeln!(out, "{record}")?;
    }
    Ok(())
}

/// A page as text, unpacked where it is packed; bytes that are no UTF-8 become replacement marks.
fn read(path: &str) -> Result<String, Box<dyn std::error::Error>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let mut unpacked = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked)?;
    } else {
        unpacked = bytes;
    }
    Ok(String::from_utf8_lossy(&unpacked).into_owned())
}

fn time(pages: &[(Value, String)], repeats: usize) -> Result<(), Box<dyn std::error::Error>> {
    let bytes: usize = pages.iter().map(|(_, html)| html.len()).sum();
    let mut seconds = Vec::new();
    for _ in 0..repeats {
        let start = Instant::now();
        for (_, html) in pages {
            std::hint::black_box(clean_html(html, &Hints::default())?);
        }
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let line = format!(
        "{} pages, {:.1} MB: {:.3} s, {:.0} pages/s, {:.0} MB/s\n",
        pages.len(),
        bytes as f64 / 1e6,
        median,
        pages.len() as f64 / median,
        bytes as f64 / 1e6 / median,
    );
    std::io::stdout().write_all(line.as_bytes())?;
    Ok(())
}
