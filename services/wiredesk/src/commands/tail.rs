//! `wiredesk tail`.

use std::io::{self, Write};
use std::time::Duration;

use wiredesk_host::Exit;
use wiredesk_model::Incoming;
use wiredesk_settings::Settings;

use crate::cli::{Common, Show, TailArgs};
use crate::envelope::Envelope;
use crate::line::line;
use crate::paint::{self, Paint};
use crate::start_at::{Opened, open};

/// How long one read waits.
const WAIT: Duration = Duration::from_millis(250);
/// Records of one read.
const AT_ONCE: usize = 500;

/// Reads a topic, one line a record.
pub(crate) fn tail(common: &Common, args: &TailArgs) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    let transport = super::existing_transport(&settings)?;
    let Opened {
        mut reader, first, ..
    } = open(transport.as_ref(), args.topic, &args.from)?;
    let mut printer = Printer::new(args);
    if first.is_empty() && !args.no_follow {
        hint(&settings, args);
    }
    let mut more = printer.print(&first)?;
    while more {
        let records = reader.read(AT_ONCE, WAIT)?;
        let ended = records.is_empty() && args.no_follow && reader.at_end()?;
        more = printer.print(&records)? && !ended;
    }
    Ok(Exit::Done)
}

/// Tells a person why nothing is printed; never anything that reads the output.
fn hint(settings: &Settings, args: &TailArgs) {
    use std::io::IsTerminal as _;
    if io::stderr().is_terminal() && io::stdout().is_terminal() {
        let name = settings.topics.names().physical(args.topic);
        super::complain(&format!("waiting for records on {name} (Ctrl-C ends)"));
    }
}

struct Printer {
    show: Show,
    paint: Paint,
    left: u64,
}

impl Printer {
    fn new(args: &TailArgs) -> Self {
        Self {
            show: if args.json { Show::Value } else { args.show },
            paint: paint::for_stdout(),
            left: args.limit.unwrap_or(u64::MAX),
        }
    }

    /// Prints `records`; whether more are wanted.
    fn print(&mut self, records: &[Incoming]) -> io::Result<bool> {
        let mut out = io::stdout().lock();
        for record in records {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            writeln!(out, "{}", self.text(record))?;
        }
        out.flush()?;
        Ok(self.left > 0)
    }

    fn text(&self, record: &Incoming) -> String {
        match self.show {
            Show::Line => line(record, self.paint),
            Show::Envelope => Envelope::of(record).to_line(),
            Show::Value => match &record.value {
                None => "null".to_owned(),
                Some(value) => String::from_utf8_lossy(value).replace(['\n', '\r'], " "),
            },
        }
    }
}
