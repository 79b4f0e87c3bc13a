//! How each feed stands, out of the log of cursors.

use std::collections::BTreeMap;

use serde::Serialize;
use wiredesk_fetcher::SourceConfig;
use wiredesk_model::{FeedState, Timestamp, Topic};
use wiredesk_pipeline::{Transport, TransportError, read_to_end};

/// So long after its time a poll is not late any more.
const OVERDUE_SECONDS: i64 = 60 * 60;

/// How a feed is doing, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// Its last poll failed.
    Failing,
    /// Its server says that it is gone for good.
    Gone,
    /// It answers, and has had no news for much longer than ever.
    Quiet,
    /// It was not polled yet.
    New,
    /// It works.
    Well,
    /// It is polled no more: no source has this name.
    Left,
}

impl Verdict {
    /// Every verdict, the most pressing first.
    pub(crate) const ALL: [Verdict; 6] = [
        Verdict::Failing,
        Verdict::Gone,
        Verdict::Quiet,
        Verdict::New,
        Verdict::Well,
        Verdict::Left,
    ];

    /// In a word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Verdict::Failing => "failing",
            Verdict::Gone => "gone",
            Verdict::Quiet => "quiet",
            Verdict::New => "new",
            Verdict::Well => "ok",
            Verdict::Left => "left",
        }
    }
}

/// A feed and how it stands.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Standing {
    pub(crate) feed: String,
    pub(crate) name: Option<String>,
    pub(crate) place: String,
    pub(crate) verdict: Verdict,
    /// New items in a day, by the learned rhythm.
    pub(crate) items_a_day: f64,
    /// Items that the document listed when it was last read.
    pub(crate) listed_items: u64,
    pub(crate) last_poll: Option<Timestamp>,
    pub(crate) next_poll: Option<Timestamp>,
    #[serde(skip)]
    pub(crate) state: Option<FeedState>,
}

impl Standing {
    fn of(feed: &str, source: Option<&SourceConfig>, state: Option<FeedState>) -> Self {
        let verdict = verdict(source.is_some(), state.as_ref());
        Self::with(feed, source, state, verdict)
    }

    fn with(
        feed: &str,
        source: Option<&SourceConfig>,
        state: Option<FeedState>,
        verdict: Verdict,
    ) -> Self {
        let rhythm = state.as_ref().map(|state| &state.rhythm);
        Self {
            feed: feed.to_owned(),
            name: source.and_then(|source| source.name.clone()),
            place: match (source, &state) {
                (Some(source), _) => source.shown_place(),
                (None, Some(state)) => state.url.clone(),
                (None, None) => String::new(),
            },
            verdict,
            items_a_day: rhythm.map_or(0.0, |rhythm| rhythm.new_per_1000_days as f64 / 1000.0),
            listed_items: rhythm.map_or(0, |rhythm| rhythm.listed_items),
            last_poll: state
                .as_ref()
                .and_then(|state| Some(state.history.last()?.at)),
            next_poll: state.as_ref().map(|state| state.next_poll),
            state,
        }
    }

    /// What the last poll failed of, in words.
    pub(crate) fn trouble(&self) -> Option<&str> {
        self.state.as_ref()?.health.last_error.as_deref()
    }

    /// Status of the last answer.
    pub(crate) fn status(&self) -> Option<u16> {
        self.state.as_ref()?.health.last_status
    }
}

fn verdict(is_configured: bool, state: Option<&FeedState>) -> Verdict {
    let health = state.map(|state| &state.health);
    match health {
        _ if !is_configured => Verdict::Left,
        None => Verdict::New,
        Some(health) if health.gone_since.is_some() => Verdict::Gone,
        Some(health) if health.failures_in_a_row > 0 => Verdict::Failing,
        Some(health) if health.quiet_since.is_some() => Verdict::Quiet,
        Some(_) => Verdict::Well,
    }
}

/// Every source and every feed that was ever polled, in the order of their names.
pub(crate) fn standings(
    sources: &[SourceConfig],
    mut states: BTreeMap<String, FeedState>,
) -> Vec<Standing> {
    let mut all: Vec<Standing> = sources
        .iter()
        .map(|source| Standing::of(&source.id, Some(source), states.remove(&source.id)))
        .collect();
    let left = states.into_iter();
    all.extend(left.map(|(feed, state)| Standing::of(&feed, None, Some(state))));
    all.sort_by(|one, other| one.feed.cmp(&other.feed));
    all
}

/// Every feed that was ever polled, by the log alone: one that is long overdue is polled no more.
pub(crate) fn standings_of_log(
    states: BTreeMap<String, FeedState>,
    now: Timestamp,
) -> Vec<Standing> {
    let states = states.into_iter();
    states
        .map(|(feed, state)| {
            let is_polled = now.as_second() - state.next_poll.as_second() < OVERDUE_SECONDS;
            let verdict = verdict(is_polled, Some(&state));
            Standing::with(&feed, None, Some(state), verdict)
        })
        .collect()
}

/// The newest cursor of each feed.
///
/// # Errors
/// Where the log cannot be read.
pub(crate) fn read_states(
    transport: &dyn Transport,
) -> Result<BTreeMap<String, FeedState>, TransportError> {
    // By partition, too: a cursor that moved is taken away where it was before.
    let mut newest: BTreeMap<(String, u32), Vec<u8>> = BTreeMap::new();
    read_to_end(transport, Topic::FeedState, |record| {
        let key = (record.key, record.at.partition);
        match record.value {
            Some(value) => newest.insert(key, value),
            None => newest.remove(&key),
        };
        Ok::<(), TransportError>(())
    })?;
    let states = newest.into_iter();
    Ok(states
        .filter_map(|((feed, _), value)| Some((feed, serde_json::from_slice(&value).ok()?)))
        .collect())
}

/// A length of time in words: `45 s`, `12 min`, `3 h`, `5 d`.
pub(crate) fn span(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// How long ago a time was, in words.
pub(crate) fn ago(time: Option<Timestamp>, now: Timestamp) -> String {
    match time {
        Some(time) => format!("{} ago", span(now.as_second() - time.as_second())),
        None => "never".to_owned(),
    }
}

/// How far off a time is, in words.
pub(crate) fn until(time: Option<Timestamp>, now: Timestamp) -> String {
    match time.map(|time| time.as_second() - now.as_second()) {
        Some(seconds) if seconds > 0 => format!("in {}", span(seconds)),
        _ => "now".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_told_in_words() {
        let cases = [
            (-5, "0 s"),
            (119, "119 s"),
            (900, "15 min"),
            (7_200, "2 h"),
            (604_800, "7 d"),
        ];
        for (seconds, told) in cases {
            assert_eq!(span(seconds), told);
        }
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(ago(None, now), "never");
        assert_eq!(until(Some(now), now), "now");
    }

    #[test]
    fn every_feed_has_its_verdict() {
        let state: FeedState = serde_json::from_value(serde_json::json!({
            "feed": "a", "url": "https://a.example/", "next_poll": "2026-03-02T08:00:00Z",
            "polls": 3, "seen": {}
        }))
        .unwrap();
        let mut gone = state.clone();
        gone.health.failures_in_a_row = 2;
        let failing = gone.clone();
        gone.health.gone_since = Some(Timestamp::UNIX_EPOCH);
        let mut quiet = state.clone();
        quiet.health.quiet_since = Some(Timestamp::UNIX_EPOCH);
        let names = ["failing", "gone", "new", "quiet", "well"];
        let sources = names.map(|id| SourceConfig::feed(id, "https://a.example/"));
        let states = BTreeMap::from([
            ("failing".to_owned(), failing),
            ("gone".to_owned(), gone),
            ("quiet".to_owned(), quiet),
            ("well".to_owned(), state.clone()),
            ("old".to_owned(), state),
        ]);
        let told: Vec<_> = standings(&sources, states)
            .iter()
            .map(|one| (one.feed.clone(), one.verdict.as_str()))
            .collect();
        let expected = [
            ("failing", "failing"),
            ("gone", "gone"),
            ("new", "new"),
            ("old", "left"),
            ("quiet", "quiet"),
            ("well", "ok"),
        ]
        .map(|(feed, word)| (feed.to_owned(), word));
        assert_eq!(told, expected);
    }
}
