//! Who cleaning is timed beside.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use dom_smoothie::{Config, Readability, TextMode};

use super::{Outcome, timed};

/// Another program or library that reads pages.
pub enum Peer {
    /// A bare parse into a tree, nothing taken out of it: html5ever below `scraper`.
    Html5ever,
    /// Readability in Rust.
    DomSmoothie,
    /// The extractor in Python, in a process of its own that has the pages in memory.
    Trafilatura(Python),
}

impl Peer {
    /// A peer by its name on the command line. `file` has the requests.
    pub fn named(name: &str, file: &str) -> Outcome<Self> {
        match name.split_once('=') {
            None if name == "html5ever" => Ok(Self::Html5ever),
            None if name == "dom_smoothie" => Ok(Self::DomSmoothie),
            Some(("trafilatura", python)) => Ok(Self::Trafilatura(Python::start(python, file)?)),
            _ => Err(format!("no peer is called {name}").into()),
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Html5ever => "html5ever",
            Self::DomSmoothie => "dom_smoothie",
            Self::Trafilatura(_) => "trafilatura",
        }
    }

    /// How long it takes for all pages.
    pub fn seconds(&mut self, pages: &[String]) -> Outcome<f64> {
        match self {
            Self::Html5ever => Ok(timed(pages, |page| {
                std::hint::black_box(scraper::Html::parse_document(page));
            })),
            Self::DomSmoothie => Ok(timed(pages, |page| {
                std::hint::black_box(readable(page));
            })),
            Self::Trafilatura(python) => python.seconds(),
        }
    }
}

/// Length of the text that dom_smoothie finds; none where it finds no article.
fn readable(page: &str) -> Option<usize> {
    let config = Config {
        text_mode: TextMode::Formatted,
        ..Config::default()
    };
    let mut reader = Readability::new(page, None, Some(config)).ok()?;
    let article = reader.parse().ok()?;
    Some(article.text_content.len())
}

/// A Python that cleans all pages whenever it is given a line, and answers with the seconds.
pub struct Python {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    fn start(python: &str, file: &str) -> Outcome<Self> {
        let mut child = Command::new(python)
            .args(["-c", include_str!("trafilatura.py"), file])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{python}: {error}"))?;
        let orders = child.stdin.take().ok_or("no way to write to Python")?;
        let answers = child.stdout.take().ok_or("no way to read from Python")?;
        Ok(Self {
            child,
            orders,
            answers: BufReader::new(answers),
        })
    }

    fn seconds(&mut self) -> Outcome<f64> {
        writeln!(self.orders, "run")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(answer
            .trim()
            .parse()
            .map_err(|_| "Python gave no time: is trafilatura installed in it?")?)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
