//! What a feed asks of those who poll it: `skipHours` and `skipDays` (RSS 2.0), the syndication
//! module (RSS 1.0), and the hub that delivers instead (WebSub).

use std::collections::BTreeSet;

use wiredesk_model::{Feed, FeedWishes, Timestamp};

use crate::parse_date;
use crate::xml::{NodeId, Tree};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Hours of the day without updates, 0 to 23.
pub fn skip_hours(tree: &Tree<'_>, node: NodeId) -> BTreeSet<u8> {
    let hours = tree.children(node).map(|hour| tree.text(hour));
    hours
        .filter_map(|hour| hour.parse::<u8>().ok())
        // RSS 0.91 counted from 1 to 24.
        .filter(|hour| *hour <= 24)
        .map(|hour| hour % 24)
        .collect()
}

/// Days of the week without updates, from Monday = 1.
pub fn skip_days(tree: &Tree<'_>, node: NodeId) -> BTreeSet<u8> {
    let days = tree.children(node).map(|day| tree.text(day));
    days.filter_map(|day| day_number(&day)).collect()
}

fn day_number(name: &str) -> Option<u8> {
    let start = name.get(..3)?.to_ascii_lowercase();
    let index = DAYS.iter().position(|day| *day == start)?;
    u8::try_from(index + 1).ok()
}

/// Notes a link that says where the feed itself is, or who delivers it. The relation may be several.
pub fn relation(feed: &mut Feed, relation: Option<&str>, link: &str) {
    for word in relation.unwrap_or_default().split_ascii_whitespace() {
        match word.to_ascii_lowercase().as_str() {
            "hub" if !feed.hubs.iter().any(|hub| hub == link) => feed.hubs.push(link.to_owned()),
            "self" => {
                feed.self_link.get_or_insert_with(|| link.to_owned());
            }
            _ => {}
        }
    }
}

/// The syndication module, whose parts make sense together only.
#[derive(Default)]
pub struct Syndication {
    period_seconds: Option<u64>,
    frequency: Option<u64>,
    base: Option<Timestamp>,
}

impl Syndication {
    /// Takes in one of its elements.
    pub fn read(&mut self, tree: &Tree<'_>, node: NodeId) {
        let text = tree.text(node);
        match &*tree.lower_name(node) {
            "updateperiod" => self.period_seconds = period_seconds(&text),
            "updatefrequency" => self.frequency = text.parse().ok(),
            "updatebase" => self.base = parse_date(&text),
            _ => {}
        }
    }

    /// What they say together.
    pub fn finish(self, wishes: &mut FeedWishes) {
        let frequency = self.frequency.unwrap_or(1).max(1);
        wishes.update_seconds = self.period_seconds.map(|period| period / frequency);
        wishes.update_base = self.base;
    }
}

fn period_seconds(word: &str) -> Option<u64> {
    const HOUR: u64 = 60 * 60;
    let hours = match word.to_ascii_lowercase().as_str() {
        "hourly" => 1,
        "daily" => 24,
        "weekly" => 7 * 24,
        "monthly" => 30 * 24,
        "yearly" => 365 * 24,
        _ => return None,
    };
    Some(hours * HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hints, parse};

    fn feed(text: &str) -> Feed {
        parse(text.as_bytes(), &Hints::default()).unwrap().feed
    }

    #[test]
    fn wishes_outside_of_items_are_read() {
        let feed = feed(
            "<rss><channel><ttl>5</ttl><sy:updatePeriod>\n hourly </sy:updatePeriod>\
             <sy:updateFrequency>2</sy:updateFrequency><sy:updateBase>2026-01-01T00:10:00Z</sy:updateBase>\
             <item><description>x</description><skipDays><day>Monday</day></skipDays></item>\
             <skipHours><hour>24</hour><hour>1</hour><hour>99</hour><hour>x</hour></skipHours>\
             <skipDays><day>Saturday</day><day>sunday</day></skipDays></channel></rss>",
        );
        let wishes = feed.wishes;
        assert_eq!(wishes.skip_hours, BTreeSet::from([0, 1]));
        assert_eq!(wishes.skip_days, BTreeSet::from([6, 7]));
        assert_eq!(
            (wishes.update_seconds, wishes.ttl_minutes),
            (Some(1800), Some(5))
        );
        let base = wishes.update_base.map(|base| base.to_string());
        assert_eq!(base.as_deref(), Some("2026-01-01T00:10:00Z"));
    }

    #[test]
    fn broken_wishes_are_none() {
        for broken in [
            "<skipHours><hour>3x",
            "<skipDays>",
            "<sy:updatePeriod>often</sy:updatePeriod>",
            "<ttl>soon</ttl>",
        ] {
            let text = format!("<rss><channel><title>A</title>{broken}");
            assert_eq!(feed(&text).wishes, FeedWishes::default(), "{broken}");
        }
    }

    #[test]
    fn feeds_of_each_kind_name_their_hub_and_themselves() {
        let rss = "<rss><channel><link>https://post.example/</link>\
            <atom:link href=\"https://hub.example/?a=1&amp;b=2\" rel=\"hub\" />\
            <atom10:link xmlns:atom10='http://www.w3.org/2005/Atom' rel='self' href='https://post.example/f'/>\
            <item><atom:link rel='hub' href='https://wrong.example/'/></item></channel></rss>";
        let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><link rel='Hub other' href='https://hub.example/?a=1&amp;b=2'/>\
            <link rel='self' href='https://post.example/f'/><entry><id>a</id></entry></feed>";
        let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"feed_url\":\"https://post.example/f\",\
            \"hubs\":[{\"type\":\"rssCloud\",\"url\":\"https://a.example/\"},\
            {\"type\":\"WebSub\",\"url\":\"https://hub.example/?a=1&b=2\"}],\"items\":[]}";
        for text in [rss, atom, json] {
            let feed = feed(text);
            assert_eq!(feed.hubs, ["https://hub.example/?a=1&b=2"], "{text}");
            assert_eq!(feed.self_link.as_deref(), Some("https://post.example/f"));
        }
    }
}
