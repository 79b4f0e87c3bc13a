//! The one line at the foot of the terminal, and the log that scrolls above it.

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};

/// The line as it stands on the terminal; empty where there is none.
static SHOWN: Mutex<String> = Mutex::new(String::new());

const ERASE_LINE: &str = "\r\x1b[2K";
/// What does not fit the width is cut by the terminal: a second line could not be erased.
const NO_WRAP: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";

/// A line on standard error that is rewritten in place, below everything that is logged.
///
/// Where standard error is no terminal it prints nothing at all.
#[derive(Debug)]
pub struct LiveLine {
    terminal: bool,
}

impl LiveLine {
    /// A line that shows nothing yet.
    pub fn on_stderr() -> Self {
        Self {
            terminal: io::stderr().is_terminal(),
        }
    }

    /// Whether there is a terminal to show it on.
    pub fn is_shown(&self) -> bool {
        self.terminal
    }

    /// Shows `text` instead of what it showed, as far as it fits the width of the terminal.
    pub fn show(&self, text: &str) {
        if self.terminal {
            let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
            text.clone_into(&mut shown);
            let mut out = io::stderr().lock();
            // A terminal that went away is no reason to stop.
            let _ = write!(out, "{ERASE_LINE}{NO_WRAP}{text}{WRAP}").and_then(|()| out.flush());
        }
    }

    /// Takes the line off the terminal.
    pub fn clear(&self) {
        if self.terminal {
            SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clear();
            let mut out = io::stderr().lock();
            let _ = write!(out, "{ERASE_LINE}").and_then(|()| out.flush());
        }
    }
}

impl Drop for LiveLine {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Standard error for the log: takes the live line away, writes, and puts it back.
#[derive(Debug, Default)]
pub(crate) struct AboveLiveLine;

impl Write for AboveLiveLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = io::stderr().lock();
        if shown.is_empty() {
            out.write_all(bytes)?;
        } else {
            out.write_all(ERASE_LINE.as_bytes())?;
            out.write_all(bytes)?;
            write!(out, "{NO_WRAP}{shown}{WRAP}")?;
            out.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
