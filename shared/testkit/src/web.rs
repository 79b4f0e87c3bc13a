//! A small web site inside the test: scripted answers, and a log of every request.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Longest request line or header that is read.
const MAX_LINE: u64 = 64 * 1024;
/// Bytes of an endless body that are written at once.
const ENDLESS_PIECE: usize = 64 * 1024;

/// How an answer goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    /// At once and whole.
    Whole,
    /// Not at all: the request is taken and never answered.
    Never,
    /// Whole, after a pause.
    Late(Duration),
    /// The head at once, then a byte of the body after each pause.
    Drip(Duration),
    /// Cut off after so many bytes of a body that was announced in full.
    Cut(usize),
    /// The body again and again, without end.
    Endless,
    /// Without the announcement of its length: it ends where the connection does.
    Unannounced,
    /// The body is everything that is sent; it need not be HTTP.
    Bare,
}

/// What the site answers to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delivery: Delivery,
}

impl Answer {
    /// Status 200 with a body.
    pub fn ok(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::status(200)
            .header("Content-Type", content_type)
            .body(body)
    }

    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            delivery: Delivery::Whole,
        }
    }

    /// A redirect.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::status(status).header("Location", to)
    }

    /// The request is taken and never answered.
    pub fn hang() -> Self {
        Self::status(200).delivered(Delivery::Never)
    }

    /// These bytes and nothing else, be they HTTP or not.
    pub fn bare(bytes: impl Into<Vec<u8>>) -> Self {
        Self::status(200).body(bytes).delivered(Delivery::Bare)
    }

    /// The same answer, begun after a pause.
    #[must_use]
    pub fn late(self, pause: Duration) -> Self {
        self.delivered(Delivery::Late(pause))
    }

    /// The same answer, with a pause before each byte of its body.
    #[must_use]
    pub fn dripping(self, pause: Duration) -> Self {
        self.delivered(Delivery::Drip(pause))
    }

    /// The same answer, with the connection cut after so many bytes of its body.
    #[must_use]
    pub fn cut_after(self, bytes: usize) -> Self {
        self.delivered(Delivery::Cut(bytes))
    }

    /// The same answer, with its body repeated for as long as anybody reads it.
    #[must_use]
    pub fn endless(self) -> Self {
        self.delivered(Delivery::Endless)
    }

    /// The same answer, that does not say how long its body is.
    #[must_use]
    pub fn unannounced(self) -> Self {
        self.delivered(Delivery::Unannounced)
    }

    fn delivered(self, delivery: Delivery) -> Self {
        Self { delivery, ..self }
    }

    /// The same answer with one more header. With an `ETag` the site answers 304 to requests that
    /// name it.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same answer with this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    fn named(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRequest {
    /// `GET` and the like.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// What came behind the headers.
    pub body: Vec<u8>,
}

impl SeenRequest {
    /// Value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Makes up an answer to a request.
type Answering = Arc<dyn Fn(&SeenRequest) -> Answer + Send + Sync>;

#[derive(Default)]
struct Script {
    lasting: HashMap<String, Answering>,
    /// For paths that have none of their own.
    rest: Option<Answering>,
    next: HashMap<String, VecDeque<Answer>>,
    requests: Vec<SeenRequest>,
    body_bytes: u64,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    script: Mutex<Script>,
    closing: Condvar,
}

impl Shared {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_body(&self, stream: &mut impl Write, bytes: &[u8]) -> std::io::Result<()> {
        stream.write_all(bytes)?;
        self.script().body_bytes += bytes.len() as u64;
        Ok(())
    }

    /// Lets a pause go by; whether the site was closed in it.
    fn closes_within(&self, pause: Duration) -> bool {
        let script = self.script();
        let waited = self
            .closing
            .wait_timeout_while(script, pause, |script| !script.closed);
        waited.is_ok_and(|(script, _)| script.closed)
    }
}

/// A web site on a port of its own; it closes when dropped.
pub struct TestSite {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl TestSite {
    /// Opens a site that answers 404 to everything.
    ///
    /// # Panics
    /// Where no port can be had on the loopback interface.
    pub fn start() -> Self {
        let listener =
            TcpListener::bind(("127.0.0.1", 0)).expect("the loopback interface has a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let shared = Arc::new(Shared::default());
        let site = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if site.script().closed {
                    break;
                }
                let site = Arc::clone(&site);
                thread::spawn(move || {
                    // A client that goes away in mid-answer is part of what is tested.
                    let _ = stream.and_then(|stream| serve(stream, &site));
                });
            }
        });
        Self { address, shared }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers so from now on.
    pub fn answer(&self, path: &str, answer: Answer) {
        self.answer_by(path, move |_| answer.clone());
    }

    /// Answers from now on as `answering` says, which is told the request.
    pub fn answer_by(
        &self,
        path: &str,
        answering: impl Fn(&SeenRequest) -> Answer + Send + Sync + 'static,
    ) {
        let answering: Answering = Arc::new(answering);
        let mut script = self.shared.script();
        script.lasting.insert(path.to_owned(), answering);
    }

    /// Answers so from now on to whatever has no answer of its own.
    pub fn answer_rest_by(
        &self,
        answering: impl Fn(&SeenRequest) -> Answer + Send + Sync + 'static,
    ) {
        self.shared.script().rest = Some(Arc::new(answering));
    }

    /// Bytes of bodies that were written so far.
    pub fn body_bytes(&self) -> u64 {
        self.shared.script().body_bytes
    }

    /// Answers so once, before anything else; several are given in their order.
    pub fn answer_once(&self, path: &str, answer: Answer) {
        self.shared
            .script()
            .next
            .entry(path.to_owned())
            .or_default()
            .push_back(answer);
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.shared.script().requests.clone()
    }

    /// Every request for a path so far.
    pub fn requests_for(&self, path: &str) -> Vec<SeenRequest> {
        self.requests()
            .into_iter()
            .filter(|request| request.path == path)
            .collect()
    }
}

impl Drop for TestSite {
    fn drop(&mut self) {
        self.shared.script().closed = true;
        self.shared.closing.notify_all();
        // Wakes the listener, so that its thread sees the end.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: TcpStream, site: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let Some(request) = read_request(&mut reader)? else {
        return Ok(());
    };
    let (next, lasting) = {
        let mut script = site.script();
        script.requests.push(request.clone());
        let next = script.next.get_mut(&request.path);
        let next = next.and_then(VecDeque::pop_front);
        let lasting = script.lasting.get(&request.path).or(script.rest.as_ref());
        (next, lasting.cloned())
    };
    let answer = next
        .or_else(|| lasting.map(|answering| answering(&request)))
        .unwrap_or_else(|| Answer::status(404));
    match answer.delivery {
        Delivery::Never => {
            let script = site.script();
            let _closed = site.closing.wait_while(script, |script| !script.closed);
            Ok(())
        }
        Delivery::Late(pause) if site.closes_within(pause) => Ok(()),
        Delivery::Bare => site.write_body(&mut &stream, &answer.body),
        _ => write_answer(&stream, &request, &answer, site),
    }
}

fn write_answer(
    mut stream: &TcpStream,
    request: &SeenRequest,
    answer: &Answer,
    site: &Shared,
) -> std::io::Result<()> {
    let is_known = answer
        .named("ETag")
        .is_some_and(|etag| request.header("if-none-match") == Some(etag));
    let (status, body) = if is_known {
        (304, &[][..])
    } else {
        (answer.status, answer.body.as_slice())
    };
    let mut head = format!("HTTP/1.1 {status} Scripted\r\nConnection: close\r\n");
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let is_announced = !matches!(answer.delivery, Delivery::Unannounced | Delivery::Endless);
    if status != 304 && is_announced && answer.named("Content-Length").is_none() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    match answer.delivery {
        Delivery::Drip(pause) => {
            for byte in body.chunks(1) {
                if site.closes_within(pause) {
                    break;
                }
                site.write_body(&mut stream, byte)?;
            }
        }
        Delivery::Cut(bytes) => site.write_body(&mut stream, &body[..bytes.min(body.len())])?,
        Delivery::Endless if !body.is_empty() => {
            let piece = body.repeat(ENDLESS_PIECE.div_ceil(body.len()));
            while !site.script().closed {
                site.write_body(&mut stream, &piece)?;
            }
        }
        _ => site.write_body(&mut stream, body)?,
    }
    stream.flush()
}

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<SeenRequest>> {
    let first = read_line(reader)?;
    let mut words = first.split(' ').map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        match line.split_once(':') {
            Some((name, value)) => {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()))
            }
            None => break,
        }
    }
    let mut request = SeenRequest {
        method,
        path,
        headers,
        body: Vec::new(),
    };
    let announced = request.header("content-length");
    let length = announced.and_then(|length| length.parse().ok());
    reader
        .take(length.unwrap_or_default())
        .read_to_end(&mut request.body)?;
    Ok(Some(request))
}

fn read_line(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    reader.take(MAX_LINE).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
