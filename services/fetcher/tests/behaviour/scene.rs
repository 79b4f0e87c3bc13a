//! One feed, its server, and a clock that is moved by hand.

use std::time::Duration;

use wiredesk_fetcher::{FetchPage, FetcherSettings, SourceConfig};
use wiredesk_model::{FeedState, RawItem, Timestamp};
use wiredesk_testkit::web::{Answer, SeenRequest, TestSite};

use crate::common::{Desk, local, quick, rss};

pub const MINUTE: u64 = 60;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

/// Path of the feed.
pub const FEED: &str = "/feed";
/// Name of the source.
pub const POST: &str = "post";
/// Media type of the feed.
pub const RSS: &str = "application/rss+xml; charset=utf-8";

/// A feed that is polled, and every request for it with its time.
pub struct Scene {
    pub site: TestSite,
    pub desk: Desk,
    pub asked: Vec<(Timestamp, SeenRequest)>,
    sources: Vec<SourceConfig>,
    settings: FetcherSettings,
}

/// The feed of a site, without its pages.
pub fn source(site: &TestSite) -> SourceConfig {
    SourceConfig {
        fetch_page: FetchPage::Never,
        ..local(POST, &site.url(FEED))
    }
}

impl Scene {
    /// A feed that answers so.
    pub fn answering(answer: Answer) -> Self {
        let site = TestSite::start();
        site.answer(FEED, answer);
        Self::at(site)
    }

    /// The feed of a site that is prepared.
    pub fn at(site: TestSite) -> Self {
        let sources = vec![source(&site)];
        Self::of(site, sources, quick())
    }

    /// These sources and limits.
    pub fn of(site: TestSite, sources: Vec<SourceConfig>, settings: FetcherSettings) -> Self {
        Self {
            desk: Desk::new(sources.clone(), settings.clone()),
            site,
            asked: Vec::new(),
            sources,
            settings,
        }
    }

    /// Lets everything that is due run to its end; gives its items.
    pub fn settle(&mut self) -> Vec<RawItem> {
        let known = self.site.requests().len();
        let items = self.desk.settle();
        let now = self.desk.clock.time();
        let new = self.site.requests().split_off(known);
        self.asked
            .extend(new.into_iter().map(|request| (now, request)));
        items
    }

    /// Lets time go by, minute by minute; gives the items that came.
    pub fn pass(&mut self, seconds: u64) -> Vec<RawItem> {
        let mut items = self.settle();
        for _ in 0..seconds / MINUTE {
            self.desk.clock.advance(MINUTE);
            items.extend(self.settle());
        }
        items
    }

    /// Lets time go by at once, so that whatever fell due meanwhile is due now.
    pub fn jump(&mut self, seconds: u64) -> Vec<RawItem> {
        self.desk.clock.advance(seconds);
        self.settle()
    }

    /// Ends the process, and starts it anew with what stands in the log.
    pub fn restart(&mut self) {
        let (log, clock) = (self.desk.log.clone(), self.desk.clock.clone());
        self.desk = Desk::over(log, clock, self.sources.clone(), self.settings.clone());
    }

    /// The cursor of the feed.
    pub fn cursor(&self) -> FeedState {
        self.desk.cursor(POST)
    }

    /// What the last poll failed of.
    #[track_caller]
    pub fn error(&self) -> String {
        let error = self.cursor().health.last_error;
        error.expect("the last poll failed")
    }

    /// The newest request.
    pub fn last(&self) -> &SeenRequest {
        &self.asked.last().unwrap().1
    }

    /// Seconds between each two requests.
    pub fn pauses(&self) -> Vec<u64> {
        let times = self.asked.windows(2);
        times
            .map(|two| seconds_between(two[0].0, two[1].0))
            .collect()
    }

    /// Requests without any validator.
    pub fn unconditional(&self) -> usize {
        let is_bare = |request: &SeenRequest| {
            request.header("if-none-match").is_none()
                && request.header("if-modified-since").is_none()
        };
        self.asked
            .iter()
            .filter(|(_, request)| is_bare(request))
            .count()
    }
}

fn seconds_between(from: Timestamp, to: Timestamp) -> u64 {
    Duration::try_from(to.duration_since(from))
        .unwrap()
        .as_secs()
}

/// A feed with one item.
pub fn feed() -> Answer {
    Answer::ok(RSS, rss(&[("1", "One", "a")]))
}

/// A feed with the items of these numbers.
pub fn numbered(from: u64, to: u64) -> Answer {
    let ids: Vec<String> = (from..to).rev().map(|number| number.to_string()).collect();
    let items: Vec<_> = ids
        .iter()
        .map(|id| (id.as_str(), "Title", "text"))
        .collect();
    Answer::ok(RSS, rss(&items))
}

/// A feed with one item, and this around it.
pub fn wishing(elements: &str) -> Answer {
    let body = format!(
        "<rss version=\"2.0\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"><channel>\
         <title>The Post</title>{elements}<item><guid>https://post.example/1</guid><title>One</title>\
         </item></channel></rss>"
    );
    Answer::ok(RSS, body)
}

/// Holds that each pause is within these bounds, both included.
#[track_caller]
pub fn hold_pauses(scene: &Scene, least: u64, most: u64) {
    let pauses = scene.pauses();
    assert!(!pauses.is_empty(), "it was asked once at the most");
    let are_kept = pauses.iter().all(|pause| (least..=most).contains(pause));
    assert!(are_kept, "{pauses:?} are not all in {least} to {most}");
}
