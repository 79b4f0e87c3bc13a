//! How fast archived items are written.

use std::str::FromStr;
use std::time::{Duration, Instant};

use wiredesk_model::Timestamp;

/// How fast a replay goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// As fast as the stages behind can follow.
    Max,
    /// So many times as fast as the items came in.
    Times(f64),
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "max" => Ok(Speed::Max),
            "realtime" => Ok(Speed::Times(1.0)),
            number => match number.parse::<f64>() {
                Ok(times) if times.is_finite() && times > 0.0 => Ok(Speed::Times(times)),
                _ => Err("say max, realtime, or how many times as fast, such as 60".to_owned()),
            },
        }
    }
}

/// When each item may go.
#[derive(Debug)]
pub struct Pace {
    speed: Speed,
    /// When the first item went, and its own time.
    begun: Option<(Instant, Timestamp)>,
}

impl Pace {
    /// The pace of a speed; the first item sets its beginning.
    pub fn new(speed: Speed) -> Self {
        Self { speed, begun: None }
    }

    /// Whether any item ever waits.
    pub fn is_timed(&self) -> bool {
        self.speed != Speed::Max
    }

    /// How long an item of `time` must wait at `now`.
    pub fn wait(&mut self, time: Timestamp, now: Instant) -> Duration {
        let Speed::Times(times) = self.speed else {
            return Duration::ZERO;
        };
        let (start, first) = *self.begun.get_or_insert((now, time));
        let apart = time.duration_since(first).as_secs_f64().max(0.0) / times;
        // Archives reach over years: beyond a century it is all the same.
        let due = start + Duration::from_secs_f64(apart.min(3.0e9));
        due.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_word_or_a_number() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("realtime".parse(), Ok(Speed::Times(1.0)));
        assert_eq!("60".parse(), Ok(Speed::Times(60.0)));
        for wrong in ["0", "-1", "NaN", "inf", "fast"] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn items_keep_their_distance_divided_by_the_speed() {
        let mut pace = Pace::new(Speed::Times(60.0));
        let time = |minute: i64| Timestamp::UNIX_EPOCH + Duration::from_secs(minute as u64 * 60);
        let now = Instant::now();
        assert_eq!(pace.wait(time(10), now), Duration::ZERO);
        assert_eq!(pace.wait(time(13), now), Duration::from_secs(3));
        assert_eq!(
            pace.wait(time(13), now + Duration::from_secs(4)),
            Duration::ZERO
        );
        // One that is older than the first goes at once.
        assert_eq!(pace.wait(time(2), now), Duration::ZERO);
    }
}
