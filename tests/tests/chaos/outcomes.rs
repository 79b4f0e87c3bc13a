//! Whether the outcomes that the services count add up to their input.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What a process says in its log before the address of its metrics: alone, and all in one.
const SIGNS: [&str; 2] = ["streams at http://", "look       http://"];
/// Longest wait for an answer.
const LIMIT: Duration = Duration::from_secs(5);

/// Records that the stages of a process have decided, by stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decided {
    pub cleaner: u64,
    pub enricher: u64,
}

impl Decided {
    /// What the process with this log counts; `None` where it cannot be asked.
    pub fn ask(log: &str) -> Option<Self> {
        let address = SIGNS.iter().find_map(|sign| log.split_once(sign))?.1;
        let address = address.split('/').next()?;
        let metrics = get(address).ok()?;
        Some(Self {
            cleaner: sum(&metrics, "cleaner"),
            enricher: sum(&metrics, "enricher"),
        })
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            cleaner: self.cleaner + other.cleaner,
            enricher: self.enricher + other.enricher,
        }
    }
}

fn get(address: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// All outcomes of a stage; a record that was put off has none yet.
fn sum(metrics: &str, stage: &str) -> u64 {
    let label = format!("stage=\"{stage}\"");
    let lines = metrics.lines();
    lines
        .filter(|line| line.starts_with("wiredesk_records_total{") && line.contains(&label))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_of_a_stage_are_added_up() {
        let metrics = "# HELP wiredesk_records_total Records.\n\
                       wiredesk_records_total{stage=\"cleaner\",outcome=\"forwarded\"} 7\n\
                       wiredesk_records_total{stage=\"cleaner\",outcome=\"dead\"} 1\n\
                       wiredesk_records_total{stage=\"enricher\",outcome=\"held\"} 2\n";
        assert_eq!(sum(metrics, "cleaner"), 8);
        assert_eq!(sum(metrics, "enricher"), 2);
    }
}
