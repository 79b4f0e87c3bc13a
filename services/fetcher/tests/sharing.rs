//! Hosts that several instances ask.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;

use std::time::{Duration, Instant};

use common::{Desk, PARTITIONS, local, quick};
use wiredesk_fetcher::{FetchPage, FetcherSettings, SourceConfig};
use wiredesk_model::{Topic, TopicPartition, partition_for};
use wiredesk_pipeline::Source;
use wiredesk_testkit::web::{Answer, TestSite};

/// A name whose cursor belongs to this partition.
fn name_in(partition: u32) -> String {
    (0..)
        .map(|number| format!("feed-{number}"))
        .find(|name| partition_for(name, PARTITIONS) == partition)
        .unwrap()
}

/// The time that a feed with three pages takes an instance that holds so many partitions.
fn took(site: &TestSite, held: u32) -> Duration {
    let sources = (0..PARTITIONS)
        .map(|partition| SourceConfig {
            fetch_page: FetchPage::Always,
            ignore_robots: true,
            ..local(
                &name_in(partition),
                &site.url(&format!("/feed-{partition}")),
            )
        })
        .collect();
    let settings = FetcherSettings {
        host_pause_ms: 50,
        ..quick()
    };
    let mut desk = Desk::new(sources, settings);
    for partition in held..PARTITIONS {
        let at = TopicPartition::new(Topic::FeedState, partition);
        desk.fetcher.revoked(at);
    }
    let begun = Instant::now();
    assert_eq!(desk.settle().len(), 3 * held as usize);
    begun.elapsed()
}

#[test]
fn instances_take_the_part_of_a_host_that_their_feeds_are_of_it() {
    let site = TestSite::start();
    for partition in 0..PARTITIONS {
        let items: String = (0..3)
            .map(|number| {
                let link = site.url(&format!("/page-{partition}-{number}"));
                format!("<item><title>{number}</title><link>{link}</link></item>")
            })
            .collect();
        let feed = format!("<rss version=\"2.0\"><channel>{items}</channel></rss>");
        let path = format!("/feed-{partition}");
        site.answer(&path, Answer::ok("application/rss+xml", feed));
    }
    // Sixteen requests with a pause of 50 ms, by one instance or by four.
    let all = Duration::from_millis(15 * 50);
    assert!(took(&site, PARTITIONS) >= all);
    // A fourth of the feeds: four requests, with pauses four times as long.
    assert!(took(&site, 1) >= Duration::from_millis(3 * 200));
}
