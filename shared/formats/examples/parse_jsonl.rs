//! The `parse` filter on its own: requests with `path` on standard input, answers on standard
//! output; `cargo run -p wiredesk-formats --example parse_jsonl < requests.jsonl`.

use std::io::{BufRead, Write};

use wiredesk_formats::{ParseAnswer, ParseRequest, parse_request};

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let answer = answer(&line?);
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

fn answer(line: &str) -> ParseAnswer {
    let request: ParseRequest = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(error) => return ParseAnswer::failed(&serde_json::Value::Null, error),
    };
    let bytes = match (&request.path, &request.text) {
        (Some(path), _) => match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                return ParseAnswer::failed(&request.id, format!("cannot read {path}: {error}"));
            }
        },
        (None, Some(text)) => text.clone().into_bytes(),
        (None, None) => return ParseAnswer::failed(&request.id, "neither path nor text given"),
    };
    parse_request(&request, &bytes)
}
