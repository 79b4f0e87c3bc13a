//! The frame of every page.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::escape::escape;

/// A whole page around `body`, which is HTML already.
pub(crate) fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"/assets/desk.css\">\n\
         <script src=\"/assets/desk.js\" defer></script>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the records</a>\n\
         <header class=\"top\"><a class=\"brand\" href=\"/\"><span class=\"mark\" aria-hidden=\"true\"></span>Wiredesk</a>\n\
         <nav aria-label=\"Machine-readable\"><a href=\"/search\">Search</a> <a href=\"/feeds\">Feeds</a> <a href=\"/runs\">Runs</a> <a href=\"/v1/status\">Status</a> <a href=\"/metrics\">Metrics</a> \
         <a href=\"/v1/topics/enriched/records?limit=20\">JSON</a></nav></header>\n\
         {body}\n</body>\n</html>\n",
        title = escape(title),
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, text).into_response()
}

/// `text` in the query of an address.
pub(crate) fn query(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// A link to `address` where it is one that a browser may follow, the plain text where not.
pub(crate) fn outside_link(address: &str) -> String {
    let text = escape(address);
    let lower = address.to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        format!("<a href=\"{text}\" rel=\"noreferrer noopener\">{text}</a>")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        assert!(
            outside_link("https://a.example/?x=1&y")
                .contains("href=\"https://a.example/?x=1&amp;y\"")
        );
        for hostile in ["javascript:alert(1)", "data:text/html,<b>", "\"><script>"] {
            let shown = outside_link(hostile);
            assert!(!shown.contains("href") && !shown.contains('<'), "{shown}");
        }
    }

    #[test]
    fn queries_are_encoded_whole() {
        assert_eq!(
            query("urn:x:a b&c=\"é\""),
            "urn%3Ax%3Aa%20b%26c%3D%22%C3%A9%22"
        );
    }
}
