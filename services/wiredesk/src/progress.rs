//! How far a replay is, in a line: a bar, how much, how fast, and how long it still takes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use wiredesk_replayer::Progress;

/// Characters of the bar.
const BAR: usize = 20;

/// How far a replay is, after working for so long.
pub(crate) fn line(progress: &Progress, elapsed: Duration) -> String {
    let read = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
    let (written, most) = (read(&progress.written), read(&progress.most));
    let seconds = elapsed.as_secs_f64().max(0.001);
    // What an earlier replay of the same wrote says nothing of the speed of this one.
    let rate = written.saturating_sub(read(&progress.before)) as f64 / seconds;
    let mut text = format!("replayed {written} items, {rate:.0} a second");
    if progress.is_done.load(Ordering::Relaxed) {
        text.push_str(", all written");
        return text;
    }
    if most == 0 {
        return text;
    }
    let seen = read(&progress.seen).min(most);
    let done = seen as f64 / most as f64;
    let full = (done * BAR as f64) as usize;
    let bar = format!("[{}{}]", "#".repeat(full), "-".repeat(BAR - full));
    text = format!("{bar} {:.0} % of {most}, {text}", (done * 100.0).floor());
    if seen > 0 {
        let left = (most - seen) as f64 * seconds / seen as f64;
        text.push_str(&format!(", about {} left", spoken(left)));
    }
    text
}

/// A length of time, in the unit that says it in few digits.
fn spoken(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64, written: u64, before: u64, seen: u64, most: u64) -> String {
        let progress = Progress::default();
        for (count, value) in [
            (&progress.written, written),
            (&progress.before, before),
            (&progress.seen, seen),
            (&progress.most, most),
        ] {
            count.store(value, Ordering::Relaxed);
        }
        line(&progress, Duration::from_secs(seconds))
    }

    #[test]
    fn a_line_tells_how_far_how_fast_and_how_long() {
        assert_eq!(
            after(10, 500, 0, 500, 2_000),
            "[#####---------------] 25 % of 2000, replayed 500 items, 50 a second, about 30 s left"
        );
        // Few of those looked at are meant: the rest goes as fast as what was looked at.
        assert_eq!(
            after(60, 3, 0, 1_000, 10_000),
            "[##------------------] 10 % of 10000, replayed 3 items, 0 a second, about 9 min left"
        );
        // It goes on behind what was written before.
        assert_eq!(
            after(10, 1_100, 1_000, 100, 400),
            "[#####---------------] 25 % of 400, replayed 1100 items, 10 a second, about 30 s left"
        );
        assert_eq!(after(4, 8, 0, 0, 0), "replayed 8 items, 2 a second");
        assert_eq!(
            after(1, 0, 0, 0, 7),
            "[--------------------] 0 % of 7, replayed 0 items, 0 a second"
        );
        assert_eq!(spoken(9_000.0), "2.5 h");
    }
}
