//! One broker process, which cannot outlive the process that started it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::dist::Dist;
use crate::server::{ServerError, file_error, last_lines};

/// Stands between us and the broker. It waits for the name of a signal; if its input ends instead,
/// the test process is gone (however it ended), and the broker and its data go too.
const KEEPER: &str = r#"
folder=$1; shift
"$@" </dev/null >>"$folder/broker.log" 2>&1 &
broker=$!
echo "$broker"
if read -r signal; then
  kill -s "$signal" "$broker"; wait "$broker"; echo ended
else
  kill -s KILL "$broker"; wait "$broker"; rm -rf "$folder"
  rmdir "${folder%/*}"
fi
"#;

const READY_LIMIT: Duration = Duration::from_secs(90);

/// Looks in a row that find no command line: a process that is just being started has none either.
const GONE_LOOKS: usize = 10;

/// A running broker.
#[derive(Debug)]
pub struct Broker {
    node: usize,
    folder: PathBuf,
    pid: u32,
    keeper: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    log_from: u64,
}

impl Broker {
    /// Starts the broker whose `server.properties` and data are in `folder`.
    pub(super) fn start(dist: &Dist, node: usize, folder: &Path) -> Result<Self, ServerError> {
        let log_from = fs::metadata(folder.join("broker.log")).map_or(0, |log| log.len());
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(folder)
            .arg("java")
            .args(dist.java_arguments(&["-Xms64m", "-Xmx384m"]))
            .arg("kafka.Kafka")
            .arg(folder.join("server.properties"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // The shell remarks on what it kills.
            .stderr(Stdio::null())
            // Ctrl-C is for the tests; the keeper sees them end.
            .process_group(0)
            .spawn()
            .map_err(file_error(Path::new("sh")))?;
        let orders = keeper.stdin.take();
        let answers = keeper.stdout.take().map(BufReader::new);
        let mut answers = answers.ok_or_else(|| ServerError::Program {
            what: "start a broker".to_owned(),
            output: "its keeper has no output".to_owned(),
        })?;
        let pid = read_line(&mut answers)?.parse().unwrap_or_default();
        Ok(Self {
            node,
            folder: folder.to_owned(),
            pid,
            keeper,
            orders,
            answers,
            log_from,
        })
    }

    /// Process id of the broker.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until it serves clients; `false` where its ports turned out to be taken.
    pub(super) fn wait_until_ready(&self) -> Result<bool, ServerError> {
        let begun = Instant::now();
        let mut looks_gone = 0;
        loop {
            let log = self.log();
            if log.contains("Kafka Server started") {
                return Ok(true);
            }
            if log.contains("Address already in use") {
                return Ok(false);
            }
            looks_gone = if self.is_gone() { looks_gone + 1 } else { 0 };
            if begun.elapsed() > READY_LIMIT || looks_gone > GONE_LOOKS {
                return Err(ServerError::NotReady {
                    server: format!("broker {}", self.node),
                    limit: begun.elapsed(),
                    log: last_lines(&log, 20),
                });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What it has logged since it was started.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.folder.join("broker.log")).unwrap_or_default();
        let from = usize::try_from(self.log_from).unwrap_or(0).min(bytes.len());
        String::from_utf8_lossy(&bytes[from..]).into_owned()
    }

    /// Sends a signal and waits until the process has ended; its data stays.
    pub(super) fn end(&mut self, signal: &str) -> Result<(), ServerError> {
        if let Some(mut orders) = self.orders.take() {
            writeln!(orders, "{signal}").map_err(file_error(Path::new("keeper")))?;
        }
        read_line(&mut self.answers)?;
        self.keeper
            .wait()
            .map_err(file_error(Path::new("keeper")))?;
        Ok(())
    }

    /// An ended process that nobody has waited for has no command line left.
    fn is_gone(&self) -> bool {
        Path::new("/proc/self/cmdline").exists()
            && fs::read(format!("/proc/{}/cmdline", self.pid)).map_or(true, |line| line.is_empty())
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // The end of its input tells the keeper to end the broker.
        drop(self.orders.take());
        self.keeper.wait().ok();
    }
}

fn read_line(from: &mut BufReader<ChildStdout>) -> Result<String, ServerError> {
    let mut line = String::new();
    from.read_line(&mut line)
        .map_err(file_error(Path::new("keeper")))?;
    Ok(line.trim().to_owned())
}
