//! The stories that a run tells, and what subscribers must see of them.
//!
//! What is expected is worked out from the script alone, without any code of the pipeline.

use std::time::Duration;

use fastrand::Rng;
use wiredesk_model::Timestamp;

/// How a story reaches the fetcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// An RSS feed over HTTP, by its number; the fetcher counts the versions.
    Rss(usize),
    /// A NewsML-G2 wire over HTTP, by its number.
    Wire(usize),
    /// A folder of ninjs documents, one file a version.
    Folder,
}

/// Whether a version may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Usable,
    Withheld,
    Canceled,
}

/// One version of a story as it is sent out.
#[derive(Debug, Clone)]
pub struct Telling {
    pub version: u32,
    pub status: Status,
    pub embargo: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    pub correction: bool,
}

/// A story, with its versions in the order in which they are sent out.
#[derive(Debug, Clone)]
pub struct Story {
    pub seed: u64,
    pub number: usize,
    pub via: Via,
    pub tellings: Vec<Telling>,
    /// When the first of them is sent out, from the beginning of the run.
    pub appears: Duration,
}

/// One event that subscribers see, or may see.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its `ce_id`.
    pub id: String,
    /// Each of these is right.
    pub types: &'static [&'static str],
    /// Whether it must come; others depend on how fast the next version came.
    pub required: bool,
    /// Nothing of it before this time.
    pub not_before: Option<Timestamp>,
    /// A text that only this version holds; `None` where the event tells nothing.
    pub mark: Option<String>,
}

/// What stands on the topic of current versions in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Version(u32),
    TakenBack,
}

const SHOWN: &[&str] = &["article.created", "article.updated", "article.corrected"];
const RELEASED: &[&str] = &[
    "article.released",
    "article.created",
    "article.updated",
    "article.corrected",
];
const LATE: &[&str] = &["article.updated"];
const WITHHELD: &[&str] = &["article.withheld"];
const CANCELED: &[&str] = &["article.canceled"];
const EXPIRED: &[&str] = &["article.expired"];

impl Story {
    /// A story of a kind drawn from `random`; embargoes, and what a story is good for, end at
    /// `until`.
    pub fn draw(number: usize, via: Via, until: Timestamp, random: &mut Rng) -> Self {
        let mut story = Self {
            seed: random.u64(..),
            number,
            via,
            tellings: Vec::new(),
            appears: Duration::ZERO,
        };
        let is_feed = matches!(via, Via::Rss(_));
        let dice = match is_feed {
            // A feed knows nothing of status, embargo and expiry.
            true => random.u32(0..60),
            false => random.u32(0..100),
        };
        match dice {
            0..34 => story.tell(1),
            34..36 if !is_feed => story.tell_until(1, until),
            36..38 if !is_feed => {
                story.tell_until(1, until);
                story.tell(2);
            }
            34..38 => story.tell(1),
            38..60 => (1..=random.u32(2..=3)).for_each(|version| story.tell(version)),
            60..66 => [2, 1].into_iter().for_each(|version| story.tell(version)),
            66..73 => story.withheld_for_a_while(),
            73..82 => story.killed_after_a_version(),
            82..85 => story.tell_as(1, Status::Canceled, None),
            85..93 => story.tell_as(1, Status::Usable, Some(until)),
            93..97 => {
                story.tell(1);
                story.tell_as(2, Status::Usable, Some(until));
            }
            _ => {
                story.tell_as(1, Status::Usable, Some(until));
                story.tell_as(2, Status::Canceled, None);
            }
        }
        if let Some(last) = story.tellings.last_mut() {
            last.correction = last.version > 1 && random.u32(0..4) == 0;
        }
        story
    }

    fn withheld_for_a_while(&mut self) {
        self.tell(1);
        self.tell_as(2, Status::Withheld, None);
        self.tell(3);
    }

    fn killed_after_a_version(&mut self) {
        self.tell(1);
        self.tell_as(2, Status::Canceled, None);
        // What comes behind a kill stays out.
        self.tell(3);
    }

    fn tell_until(&mut self, version: u32, end: Timestamp) {
        self.tell(version);
        if let Some(last) = self.tellings.last_mut() {
            last.expires = Some(end);
        }
    }

    fn tell(&mut self, version: u32) {
        self.tell_as(version, Status::Usable, None);
    }

    fn tell_as(&mut self, version: u32, status: Status, embargo: Option<Timestamp>) {
        self.tellings.push(Telling {
            version,
            status,
            embargo,
            expires: None,
            correction: false,
        });
    }

    /// Its id, as the sender gives it.
    pub fn id(&self) -> String {
        match self.via {
            Via::Rss(feed) => format!("http://feed{feed}.example/stories/{}", self.number),
            Via::Wire(_) | Via::Folder => format!("tag:wire.example,2026:story-{}", self.number),
        }
    }

    /// A word that stands in this version and nowhere else.
    pub fn mark(&self, version: u32) -> String {
        format!("Qx{}n{}v{version}", self.seed % 100_000, self.number)
    }

    /// What the version says, in paragraphs.
    pub fn paragraphs(&self, version: u32) -> Vec<String> {
        let mut random = Rng::with_seed(self.seed ^ u64::from(version));
        (0..3)
            .map(|paragraph| {
                let mut words: Vec<&str> = (0..random.usize(18..32))
                    .map(|_| WORDS[random.usize(..WORDS.len())])
                    .collect();
                let mark = self.mark(version);
                if paragraph == 1 {
                    words.insert(9, &mark);
                }
                format!("The council said that {}.", words.join(" "))
            })
            .collect()
    }

    /// Everything that subscribers see of it, in order.
    pub fn events(&self) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        let mut highest = 0;
        let mut was_open = false;
        for telling in &self.tellings {
            let version = telling.version;
            if telling.status != Status::Canceled && version < highest {
                events.push(self.event(telling, LATE));
                continue;
            }
            // Whether a version under embargo came out before the next one took its place, or one
            // whose time ends was taken back, depends on how fast that came.
            for waiting in events.iter_mut().filter(|one| one.not_before.is_some()) {
                waiting.required = false;
            }
            highest = highest.max(version);
            match (telling.status, telling.embargo) {
                (Status::Canceled, _) => {
                    // A kill overtakes what waits to be published.
                    events.iter_mut().for_each(|event| event.required = false);
                    events.push(self.event(telling, CANCELED));
                    return events;
                }
                (Status::Withheld, _) => events.push(self.event(telling, WITHHELD)),
                (Status::Usable, None) => events.extend(self.shown(telling)),
                (Status::Usable, Some(until)) => {
                    if was_open {
                        // Not there where the version came after the end of its embargo.
                        let mut taken_back = self.event(telling, WITHHELD);
                        taken_back.id.push_str("/embargo");
                        (taken_back.required, taken_back.mark) = (false, None);
                        events.push(taken_back);
                    }
                    let mut released = self.event(telling, RELEASED);
                    released.not_before = Some(until);
                    events.push(released);
                }
            }
            was_open = true;
        }
        events
    }

    /// A version that may be shown at once, and its end.
    fn shown(&self, telling: &Telling) -> Vec<Event> {
        let mut shown = self.event(telling, SHOWN);
        let Some(end) = telling.expires else {
            return vec![shown];
        };
        // Not there where the version came after its end.
        shown.required = false;
        let mut over = self.event(telling, EXPIRED);
        over.id.push_str("/expired");
        (over.not_before, over.mark) = (Some(end), None);
        vec![shown, over]
    }

    fn event(&self, telling: &Telling, types: &'static [&'static str]) -> Event {
        let is_told = telling.status == Status::Usable;
        Event {
            id: format!("{}@{}", self.id(), telling.version),
            types,
            required: true,
            not_before: None,
            mark: is_told.then(|| self.mark(telling.version)),
        }
    }

    /// Where it stands in the end.
    pub fn standing(&self) -> Standing {
        let killed = self
            .tellings
            .iter()
            .any(|one| one.status == Status::Canceled);
        let newest = self.tellings.iter().max_by_key(|one| one.version);
        match newest {
            Some(newest)
                if !killed && newest.expires.is_none() && newest.status == Status::Usable =>
            {
                Standing::Version(newest.version)
            }
            _ => Standing::TakenBack,
        }
    }

    /// Texts of it that must not be public before their time.
    pub fn embargoes(&self) -> impl Iterator<Item = (String, Timestamp)> {
        let of = |one: &Telling| Some((self.mark(one.version), one.embargo?));
        self.tellings.iter().filter_map(of)
    }
}

const WORDS: [&str; 56] = [
    "harbour",
    "council",
    "ferry",
    "bridge",
    "winter",
    "budget",
    "school",
    "mayor",
    "river",
    "market",
    "station",
    "museum",
    "engineer",
    "storm",
    "island",
    "tunnel",
    "vote",
    "report",
    "museum",
    "festival",
    "factory",
    "hospital",
    "orchard",
    "library",
    "railway",
    "garden",
    "teacher",
    "captain",
    "lighthouse",
    "parliament",
    "fisher",
    "baker",
    "northern",
    "southern",
    "old",
    "new",
    "wide",
    "narrow",
    "quiet",
    "crowded",
    "opened",
    "closed",
    "moved",
    "carried",
    "promised",
    "measured",
    "waited",
    "counted",
    "along",
    "behind",
    "before",
    "after",
    "under",
    "across",
    "near",
    "towards",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn told(tellings: &[(u32, Status, Option<Timestamp>)]) -> Story {
        let mut story = Story {
            seed: 1,
            number: 7,
            via: Via::Folder,
            tellings: Vec::new(),
            appears: Duration::ZERO,
        };
        for (version, status, embargo) in tellings {
            story.tell_as(*version, *status, *embargo);
        }
        story
    }

    fn ids(story: &Story) -> Vec<(String, bool)> {
        let short = |id: &str| id.rsplit('@').next().unwrap_or_default().to_owned();
        let events = story.events();
        events
            .iter()
            .map(|event| (short(&event.id), event.required))
            .collect()
    }

    fn must(id: &str) -> (String, bool) {
        (id.to_owned(), true)
    }

    fn may(id: &str) -> (String, bool) {
        (id.to_owned(), false)
    }

    #[test]
    fn the_script_alone_says_what_must_be_seen() {
        let (open, noon) = (None, Some(Timestamp::UNIX_EPOCH));
        let killed = told(&[
            (1, Status::Usable, open),
            (2, Status::Canceled, open),
            (3, Status::Usable, open),
        ]);
        assert_eq!(ids(&killed), [may("1"), must("2")]);
        assert_eq!(killed.standing(), Standing::TakenBack);
        let late = told(&[(2, Status::Usable, open), (1, Status::Usable, open)]);
        assert_eq!(ids(&late), [must("2"), must("1")]);
        assert_eq!(late.standing(), Standing::Version(2));
        let held = told(&[(1, Status::Usable, open), (2, Status::Usable, noon)]);
        assert_eq!(ids(&held), [must("1"), may("2/embargo"), must("2")]);
        let overtaken = told(&[(1, Status::Usable, noon), (2, Status::Canceled, open)]);
        assert_eq!(ids(&overtaken), [may("1"), must("2")]);
        assert_eq!(overtaken.standing(), Standing::TakenBack);
        let mut over = told(&[]);
        over.tell_until(1, Timestamp::UNIX_EPOCH);
        assert_eq!(ids(&over), [may("1"), must("1/expired")]);
        assert_eq!(over.standing(), Standing::TakenBack);
        over.tell(2);
        assert_eq!(ids(&over), [may("1"), may("1/expired"), must("2")]);
        assert_eq!(over.standing(), Standing::Version(2));
    }

    #[test]
    fn a_version_holds_its_mark_and_no_other() {
        let story = told(&[(1, Status::Usable, None), (2, Status::Usable, None)]);
        let text = story.paragraphs(2).concat();
        assert!(text.contains(&story.mark(2)) && !text.contains(&story.mark(1)));
    }
}
