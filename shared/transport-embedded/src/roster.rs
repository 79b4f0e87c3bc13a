//! Who is in a group, and who has been silent for too long.
//!
//! A heartbeat is a wall-clock time and a counter. A member is judged by how long its counter has
//! stood still on the judge's own monotonic clock, so a jump of the wall clock takes nobody's
//! partitions. The wall clock only shortens the wait for members that were gone long before the
//! judge looked. Safety rests on neither: every commit checks who holds the partition.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

/// A member as the table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberRow {
    pub(crate) token: i64,
    pub(crate) instance: String,
    /// Ids of the topics that it shares in.
    pub(crate) topics: Vec<i64>,
    pub(crate) session_ms: i64,
    pub(crate) heartbeat_ms: i64,
    pub(crate) beats: i64,
}

/// The members of a group.
pub(crate) fn members(connection: &Connection, group_id: i64) -> rusqlite::Result<Vec<MemberRow>> {
    connection
        .prepare_cached(
            "SELECT token, instance, topics, session_ms, heartbeat_ms, beats
             FROM members WHERE group_id = ?1 ORDER BY token",
        )?
        .query_map(params![group_id], |row| {
            let topics: String = row.get(2)?;
            Ok(MemberRow {
                token: row.get(0)?,
                instance: row.get(1)?,
                topics: topics.split(',').filter_map(|id| id.parse().ok()).collect(),
                session_ms: row.get(3)?,
                heartbeat_ms: row.get(4)?,
                beats: row.get(5)?,
            })
        })?
        .collect()
}

/// Whether a member of any group beat within its session, by the wall clock.
pub(crate) fn is_any_alive(connection: &Connection, now_ms: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM members WHERE abs(?1 - heartbeat_ms) <= session_ms)",
        )?
        .query_row(params![now_ms], |row| row.get(0))
}

/// When each other member's counter was first seen where it stands.
#[derive(Debug, Default)]
pub(crate) struct Sightings(HashMap<i64, (i64, Instant)>);

impl Sightings {
    /// Whether the member has been silent for its whole session.
    pub(crate) fn is_silent(&mut self, member: &MemberRow, now: Instant, now_ms: i64) -> bool {
        let seen = self.0.entry(member.token).or_insert((member.beats, now));
        if seen.0 != member.beats {
            *seen = (member.beats, now);
        }
        let still = now.saturating_duration_since(seen.1);
        let session = Duration::from_millis(member.session_ms.max(0).cast_unsigned());
        let apart_ms = now_ms.abs_diff(member.heartbeat_ms);
        let gone_before = apart_ms > member.session_ms.max(0).cast_unsigned();
        // A living member beats every quarter of its session.
        still > session || (gone_before && still > session / 2)
    }

    /// Forgets members that are no longer there.
    pub(crate) fn keep_only(&mut self, members: &[MemberRow]) {
        self.0
            .retain(|token, _| members.iter().any(|member| member.token == *token));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION_MS: i64 = 1_000;

    fn member(beats: i64, heartbeat_ms: i64) -> MemberRow {
        MemberRow {
            token: 1,
            instance: "one".to_owned(),
            topics: vec![1],
            session_ms: SESSION_MS,
            heartbeat_ms,
            beats,
        }
    }

    fn after(begun: Instant, ms: u64) -> Instant {
        begun + Duration::from_millis(ms)
    }

    #[test]
    fn silence_is_a_counter_that_stands_still() {
        let (mut seen, begun) = (Sightings::default(), Instant::now());
        assert!(!seen.is_silent(&member(7, 5_000), begun, 5_000));
        assert!(!seen.is_silent(&member(7, 5_000), after(begun, 900), 5_900));
        assert!(!seen.is_silent(&member(8, 5_900), after(begun, 1_100), 6_100));
        assert!(seen.is_silent(&member(8, 5_900), after(begun, 2_200), 6_900));
    }

    #[test]
    fn a_clock_that_jumps_takes_nothing_from_a_living_member() {
        let (mut seen, begun) = (Sightings::default(), Instant::now());
        for (step, jump_ms) in [(0, 0), (250, 3_600_000), (500, -3_600_000), (750, 0)] {
            let beat = member(step, 5_000 + step);
            let now = after(begun, step.cast_unsigned());
            assert!(!seen.is_silent(&beat, now, 5_000 + step + jump_ms));
        }
    }

    #[test]
    fn one_gone_long_ago_or_with_a_clock_ahead_waits_half_a_session() {
        for heartbeat_ms in [5_000, 90_000_000] {
            let (mut seen, begun) = (Sightings::default(), Instant::now());
            let gone = member(3, heartbeat_ms);
            assert!(!seen.is_silent(&gone, begun, 1_000_000));
            assert!(!seen.is_silent(&gone, after(begun, 400), 1_000_400));
            assert!(seen.is_silent(&gone, after(begun, 600), 1_000_600));
        }
    }
}
