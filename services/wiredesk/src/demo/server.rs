//! The feed server of the demo wire.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use wiredesk_host::{HostError, HttpServer};

use super::documents::{self, Document};
use super::paper::Paper;
use super::timeline::Edition;

/// The clock of the wire, in milliseconds since 1970 UTC.
type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The demo wire, served on a port of this machine until it is dropped.
pub struct DemoWire {
    server: HttpServer,
}

impl DemoWire {
    /// Serves the papers by the clock of this machine.
    ///
    /// `port_file` remembers the port: links to stories that were seen before stay the same.
    ///
    /// # Errors
    /// Where no port can be opened.
    pub fn start(port_file: &Path) -> Result<Self, HostError> {
        let remembered = std::fs::read_to_string(port_file)
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(0);
        let wire = Self::listen(remembered, Arc::new(system_clock))
            .or_else(|_| Self::listen(0, Arc::new(system_clock)))?;
        // Without the file the next start only takes another port.
        if let Err(error) = std::fs::write(port_file, wire.server.address().port().to_string()) {
            tracing::debug!("the port of the demo wire is not remembered: {error}");
        }
        Ok(wire)
    }

    fn listen(port: u16, clock: Clock) -> Result<Self, HostError> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let server = HttpServer::start(address, |_| routes(clock))?;
        Ok(Self { server })
    }

    /// The address of the server: `http://127.0.0.1:41234`.
    pub fn base(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The feed of each paper.
    pub fn feeds(&self) -> Vec<(&'static Paper, String)> {
        super::PAPERS
            .iter()
            .map(|paper| (paper, format!("{}{}", self.base(), paper.feed_path())))
            .collect()
    }
}

fn system_clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}

fn routes(clock: Clock) -> Router {
    Router::new()
        .route("/{paper}", get(front_page))
        .route("/{paper}/{document}", get(document))
        .with_state(clock)
}

async fn front_page(
    State(clock): State<Clock>,
    UrlPath(paper): UrlPath<String>,
    headers: HeaderMap,
) -> Response {
    match Paper::find(&paper) {
        Some(paper) => answer(
            documents::front_page(paper, &base(&headers), clock()),
            &headers,
        ),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn document(
    State(clock): State<Clock>,
    UrlPath((paper, document)): UrlPath<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(paper) = Paper::find(&paper) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let base = base(&headers);
    if paper.feed_path().ends_with(&format!("/{document}")) {
        return answer(documents::feed(paper, &base, clock()), &headers);
    }
    let edition = document
        .split_once('-')
        .and_then(|(number, _)| Edition::of(number.parse().ok()?, clock()))
        .filter(|edition| edition.paper.id == paper.id && edition.slug() == document);
    match edition {
        Some(edition) => answer(documents::page(&edition, &base), &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The address under which the reader knows this server.
fn base(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or("127.0.0.1"))
}

/// The document, or 304 where the reader has it already.
fn answer(document: Document, headers: &HeaderMap) -> Response {
    let tag = format!(
        "\"{}\"",
        wiredesk_model::content_hash(document.text.as_bytes())
    );
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim() == tag);
    if known {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, document.media_type.to_owned()),
        (header::ETAG, tag),
    ];
    (headers, document.text).into_response()
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;
    use crate::demo::PAPERS;

    const NOW: i64 = 1_800_000_001_000;

    fn ask(wire: &DemoWire, path: &str, more: &str) -> String {
        let address = wire.server.address();
        let mut stream = TcpStream::connect(address).expect("the server listens");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\n{more}Connection: close\r\n\r\n"
        )
        .expect("it takes the request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    fn wire() -> DemoWire {
        DemoWire::listen(0, Arc::new(|| NOW)).expect("a free port")
    }

    #[test]
    fn every_feed_is_served_and_answers_304_to_its_own_tag() {
        let wire = wire();
        for paper in PAPERS.iter() {
            let answer = ask(&wire, &paper.feed_path(), "");
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            let tag = answer
                .lines()
                .find_map(|line| line.strip_prefix("etag: "))
                .expect("a validator");
            let again = ask(
                &wire,
                &paper.feed_path(),
                &format!("If-None-Match: {tag}\r\n"),
            );
            assert!(again.starts_with("HTTP/1.1 304"), "{again}");
        }
    }

    #[test]
    fn the_page_of_a_story_is_served_and_no_other() {
        let wire = wire();
        let number = (NOW / super::super::timeline::STEP_MS) as u64;
        let edition = Edition::of(number, NOW).expect("it has come");
        let path = format!("/{}/{}", edition.paper.id, edition.slug());
        let answer = ask(&wire, &path, "");
        assert!(answer.contains("<article>"), "{answer}");
        for missing in [
            "/nobody",
            "/harbour-courier/1-nothing",
            "/harbour-courier/x",
        ] {
            assert!(
                ask(&wire, missing, "").starts_with("HTTP/1.1 404"),
                "{missing}"
            );
        }
    }
}
