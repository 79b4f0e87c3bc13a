//! Waits between tries: doubling, up to a limit.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);

/// How long to wait before the next try.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    limit: Duration,
}

impl Backoff {
    pub fn new(limit: Duration) -> Self {
        Self {
            next: FIRST.min(limit),
            limit,
        }
    }

    /// The wait before the next try; each is twice the one before.
    pub fn step(&mut self) -> Duration {
        let wait = self.next;
        self.next = (self.next * 2).min(self.limit);
        wait
    }

    /// It worked: begin with short waits again.
    pub fn reset(&mut self) {
        self.next = FIRST.min(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_begin_anew() {
        let mut backoff = Backoff::new(Duration::from_millis(150));
        let waits: Vec<_> = (0..4).map(|_| backoff.step().as_millis()).collect();
        assert_eq!(waits, [50, 100, 150, 150]);
        backoff.reset();
        assert_eq!(backoff.step().as_millis(), 50);
    }
}
