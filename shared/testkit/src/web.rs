//! A small web site inside the test: scripted answers, and a log of every request.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Longest request line or header that is read.
const MAX_LINE: u64 = 64 * 1024;

/// What the site answers to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    hangs: bool,
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
            hangs: false,
        }
    }

    /// A redirect.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::status(status).header("Location", to)
    }

    /// The request is taken and never answered.
    pub fn hang() -> Self {
        Self {
            hangs: true,
            ..Self::status(200)
        }
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
    /// Path and query.
    pub path: String,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
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

#[derive(Default)]
struct Script {
    lasting: HashMap<String, Answer>,
    next: HashMap<String, VecDeque<Answer>>,
    requests: Vec<SeenRequest>,
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
        self.shared.script().lasting.insert(path.to_owned(), answer);
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
    let answer = {
        let mut script = site.script();
        let next = script
            .next
            .get_mut(&request.path)
            .and_then(VecDeque::pop_front);
        let answer = next.or_else(|| script.lasting.get(&request.path).cloned());
        script.requests.push(request.clone());
        answer.unwrap_or_else(|| Answer::status(404))
    };
    if answer.hangs {
        let script = site.script();
        let _closed = site.closing.wait_while(script, |script| !script.closed);
        return Ok(());
    }
    write_answer(stream, &request, &answer)
}

fn write_answer(
    mut stream: TcpStream,
    request: &SeenRequest,
    answer: &Answer,
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
    if status != 304 {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    stream.flush()
}

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<SeenRequest>> {
    let first = read_line(reader)?;
    let Some(path) = first.split(' ').nth(1).map(str::to_owned) else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        match line.split_once(':') {
            Some((name, value)) => {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()))
            }
            None => return Ok(Some(SeenRequest { path, headers })),
        }
    }
}

fn read_line(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    reader.take(MAX_LINE).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
