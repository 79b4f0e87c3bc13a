//! What a phase took: time, memory of its processes, and room on disk.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::newsroom::Service;

/// A process is looked at so often.
const LOOK: Duration = Duration::from_millis(100);
const MIB: f64 = 1024.0 * 1024.0;

/// Memory of a process at its peak, in KiB.
#[derive(Debug, Clone, Copy, Default)]
pub struct Peak {
    /// All of it, files that are mapped into it included.
    resident: u64,
    /// What is its own.
    own: u64,
}

impl Peak {
    /// Looks at a process once more.
    pub fn look(&mut self, pid: u32) {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            number.and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        self.resident = self.resident.max(number("VmHWM:"));
        self.own = self.own.max(number("RssAnon:"));
    }
}

impl std::fmt::Display for Peak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mib = |kib: u64| kib.div_ceil(1024);
        write!(
            f,
            "{} MiB ({} of its own)",
            mib(self.resident),
            mib(self.own)
        )
    }
}

/// Waits until `is_over`, and tells how much memory each service took at its peak.
pub fn watch(services: &[&Service], mut is_over: impl FnMut() -> bool) -> Vec<Peak> {
    let mut peaks = vec![Peak::default(); services.len()];
    loop {
        let ends = is_over();
        for (service, peak) in services.iter().zip(&mut peaks) {
            peak.look(service.pid());
        }
        if ends {
            return peaks;
        }
        std::thread::sleep(LOOK);
    }
}

/// Tells what a phase took for so many records.
pub fn tell(phase: &str, records: u64, begun: Instant, more: &str) {
    let took = begun.elapsed().as_secs_f64();
    println!(
        "{phase}: {took:.1} s, {:.0} records/s, {more}",
        records as f64 / took
    );
}

/// Room that a folder or file takes, in MiB.
pub fn room(path: &Path) -> String {
    format!("{:.0} MiB", bytes(path) as f64 / MIB)
}

fn bytes(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else {
        return path.metadata().map_or(0, |file| file.len());
    };
    entries.flatten().map(|entry| bytes(&entry.path())).sum()
}

/// The value below which so much of all lies, of values in order.
pub fn share(sorted: &[Duration], part: f64) -> Duration {
    let place = (sorted.len() as f64 * part) as usize;
    sorted
        .get(place.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}
