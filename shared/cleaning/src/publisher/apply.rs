//! What the hits of a rule make of a page.

use super::DROPPED;
use super::hits::{Hit, Hits};
use super::rule::{PublisherRule, Purpose};
use crate::html::{Line, Page, read_page, read_watched};

/// A page read with a rule in hand.
pub(crate) struct Ruled<'a> {
    pub page: Page,
    pub rule: &'a PublisherRule,
    pub title: Option<String>,
    pub byline: Option<String>,
    pub date: Option<String>,
    hits: Vec<Hit>,
}

/// Reads a page, and finds what the rule's selectors hit on it.
pub(crate) fn ruled<'a>(html: &'a str, rule: &'a PublisherRule) -> Ruled<'a> {
    let mut watch = Hits::new(html, rule);
    let page = read_watched(html, &mut watch);
    let hits = watch.found;
    let first = |purpose| {
        // In the order of the selectors, so that the file says which is best.
        (0..rule.selectors.len())
            .filter_map(|selector| {
                hits.iter()
                    .find(|hit| hit.purpose == purpose && hit.selector == selector)
            })
            .map(|hit| text_of(html, hit))
            .find(|text| !text.is_empty())
    };
    Ruled {
        title: first(Purpose::Title),
        byline: first(Purpose::Byline),
        date: first(Purpose::Date),
        page,
        rule,
        hits,
    }
}

impl Ruled<'_> {
    /// Which lines are body, where the rule says so and the page has it.
    pub(crate) fn body(&self) -> Option<Vec<bool>> {
        let is_in = self.lines_in(Purpose::Body);
        is_in.contains(&true).then_some(is_in)
    }

    /// Which lines are no part of it.
    pub(crate) fn dropped(&self) -> Vec<bool> {
        self.lines_in(Purpose::Drop)
    }

    /// Selectors that hit nothing.
    pub(crate) fn missed(&self) -> Vec<String> {
        let selectors = self.rule.selectors.iter().enumerate();
        selectors
            .filter(|(place, _)| !self.hits.iter().any(|hit| hit.selector == *place))
            .map(|(_, (_, selector))| selector.text.clone())
            .collect()
    }

    /// Whether the rule says where the body stands, and the page has nothing there.
    pub(crate) fn lacks_body(&self) -> bool {
        let wants = self
            .rule
            .selectors
            .iter()
            .any(|(purpose, _)| *purpose == Purpose::Body);
        wants && self.body().is_none()
    }

    fn lines_in(&self, purpose: Purpose) -> Vec<bool> {
        let ranges = merged(self.hits.iter().filter(|hit| hit.purpose == purpose));
        let is_in = |line: &Line| {
            let behind = ranges.partition_point(|(start, _)| *start <= line.source_start);
            behind > 0 && line.source_end <= ranges[behind - 1].1
        };
        self.page.lines.iter().map(is_in).collect()
    }

    /// The outermost elements that the rule drops, in order.
    fn drops(&self) -> Vec<&Hit> {
        let mut drops: Vec<&Hit> = Vec::new();
        for hit in &self.hits {
            let is_within = drops.last().is_some_and(|last| hit.start < last.end);
            if hit.purpose == Purpose::Drop && !is_within {
                drops.push(hit);
            }
        }
        drops
    }
}

/// Says of each removal by the rule which selector did it.
pub(crate) fn name_dropped(ruled: &Ruled<'_>, removed: &mut [wiredesk_model::Removal]) {
    let drops = ruled.drops();
    let dropped_by = |start: u64| {
        let behind = drops.partition_point(|hit| u64::from(hit.start) <= start);
        let hit = drops.get(behind.checked_sub(1)?)?;
        let (_, selector) = ruled.rule.selectors.get(hit.selector)?;
        (start < u64::from(hit.end)).then_some(&selector.text)
    };
    for removal in removed.iter_mut().filter(|one| one.rule == DROPPED) {
        if let Some(selector) = removal.start.and_then(dropped_by) {
            removal.reason = format!("{selector}, by the rule for {}", ruled.rule.id());
        }
    }
}

/// Ranges in order, those that touch as one. Lines stand in at most one of them.
fn merged<'h>(hits: impl Iterator<Item = &'h Hit>) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = hits.map(|hit| (hit.start, hit.end)).collect();
    ranges.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::new();
    for (start, end) in ranges {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

fn text_of(html: &str, hit: &Hit) -> String {
    if let Some(attr) = &hit.attr {
        return attr.trim().to_owned();
    }
    let end = (hit.end as usize).min(html.len());
    let inner = html.get(hit.start as usize..end).unwrap_or_default();
    let page = read_page(inner);
    let lines: Vec<&str> = page.lines.iter().map(|line| page.text_of(line)).collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::{PublisherRule, PublisherSpec};
    use super::*;

    fn rule(body: &[&str], drop: &[&str]) -> PublisherRule {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let spec = PublisherSpec {
            hosts: texts(&["paper.example"]),
            why: "for the test".to_owned(),
            body: texts(body),
            drop: texts(drop),
            title: texts(&["h1 > span"]),
            date: texts(&["time@datetime"]),
            ..PublisherSpec::default()
        };
        PublisherRule::new("paper", spec).expect("a sound rule")
    }

    const PAGE: &str = "<html><body><h1>Site <span>The  wall</span></h1><time datetime=2026-01-02>x</time>\
        <div class=text><p>One.<p>Two.<div class=promo>Buy</div><story-part>Three.</story-part></div><p>After.</body>";

    fn lines(ruled: &Ruled<'_>, which: &[bool]) -> Vec<String> {
        let lines = ruled.page.lines.iter().zip(which);
        lines
            .filter(|(_, is_in)| **is_in)
            .map(|(line, _)| ruled.page.text_of(line).to_owned())
            .collect()
    }

    #[test]
    fn lines_within_what_was_hit_are_found() {
        let rule = rule(&["div.text"], &[".text > .promo", "story-part"]);
        let found = ruled(PAGE, &rule);
        let body = found.body().expect("a body");
        assert_eq!(lines(&found, &body), ["One.", "Two.", "Buy", "Three."]);
        assert_eq!(lines(&found, &found.dropped()), ["Buy", "Three."]);
        assert_eq!(found.title.as_deref(), Some("The wall"));
        assert_eq!(found.date.as_deref(), Some("2026-01-02"));
        assert!(found.missed().is_empty() && !found.lacks_body());
    }

    #[test]
    fn what_hits_nothing_is_told() {
        let rule = rule(&["main article"], &["body .promo"]);
        let found = ruled(PAGE, &rule);
        assert!(found.lacks_body());
        assert_eq!(found.missed(), ["main article"]);
    }
}
