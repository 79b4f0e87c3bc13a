//! What is known of the stories of the last days, over all of them: by it near-duplicates and the
//! targets of advisories are found.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wiredesk_model::{Meant, SourceId, StoryId, Timestamp};

use crate::advisory::Advisory;
use crate::{Figures, Sketch};

/// Two texts with fewer runs of words in common are two stories.
const NEAR: f64 = 0.5;
/// Two texts that have so many runs of words in common are one: a word or two may differ.
const SAME: f64 = 0.95;
/// Stories compared with one text at the most, the newest first.
const MAX_COMPARED: usize = 400;
/// An advisory that is ahead of its turn means a story of so long before it: numbers come round
/// again after a day or a week, and the one that is meant may still wait.
const LATELY: Duration = Duration::from_secs(12 * 60 * 60);
/// A slug or headline of fewer letters names nothing in a running text.
const MIN_NAME: usize = 5;

/// What other stories are told of a story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Its source.
    pub source: SourceId,
    /// When its newest version was received.
    pub received: Timestamp,
    /// Ids that its wire gives it, where they are not the story id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// Numbers of its messages on the wire, folded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<String>,
    /// Its headline, folded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub headline: String,
    /// Its slug, folded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub slug: String,
    /// The sketch of its text, where that is long enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sketch: Option<Sketch>,
    /// The figures of its text.
    #[serde(default, skip_serializing_if = "Figures::is_empty")]
    pub figures: Figures,
    /// The chain that it belongs to, where that is not its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<StoryId>,
}

/// A story with nearly the same text.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// The story.
    pub story: StoryId,
    /// Its source.
    pub source: SourceId,
    /// The chain that it belongs to.
    pub chain: StoryId,
    /// The share of runs of words that both have, 0 to 1.
    pub score: f64,
}

/// How much is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Stories at the most.
    pub stories: usize,
    /// For so long behind the newest.
    pub window: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            stories: 100_000,
            window: Duration::from_secs(72 * 60 * 60),
        }
    }
}

/// How a story stands to the public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is public: others are compared with it.
    Public,
    /// It is not, and can still be named by an advisory.
    Hidden,
    /// It was killed: its text must not come back under another id.
    Killed,
}

#[derive(Debug)]
struct Entry {
    card: Card,
    standing: Standing,
}

/// The stories of the last days.
#[derive(Debug, Default)]
pub struct Register {
    bounds: Bounds,
    stories: HashMap<Arc<str>, Entry>,
    by_band: HashMap<u64, Vec<Arc<str>>>,
    by_time: BTreeSet<(Timestamp, Arc<str>)>,
}

impl Register {
    /// An empty register.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            ..Self::default()
        }
    }

    /// How many stories are in it.
    pub fn len(&self) -> usize {
        self.stories.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.stories.is_empty()
    }

    /// Puts a story in, in the place of what was known of it.
    pub fn put(&mut self, story: &str, card: Card, standing: Standing) {
        self.remove(story);
        let story: Arc<str> = story.into();
        if standing != Standing::Hidden
            && let Some(sketch) = &card.sketch
        {
            for band in sketch.bands() {
                self.by_band.entry(band).or_default().push(story.clone());
            }
        }
        self.by_time.insert((card.received, story.clone()));
        self.stories.insert(story, Entry { card, standing });
        self.forget();
    }

    /// Takes a story out.
    pub fn remove(&mut self, story: &str) {
        let Some((story, entry)) = self.stories.remove_entry(story) else {
            return;
        };
        self.by_time.remove(&(entry.card.received, story.clone()));
        for band in entry.card.sketch.iter().flat_map(Sketch::bands) {
            if let Some(stories) = self.by_band.get_mut(&band) {
                stories.retain(|one| *one != story);
                if stories.is_empty() {
                    self.by_band.remove(&band);
                }
            }
        }
    }

    /// Lets go of the oldest, within the bounds.
    fn forget(&mut self) {
        let newest = self.by_time.last().map(|(time, _)| *time);
        while let Some((time, story)) = self.by_time.first().cloned() {
            let age = newest.map_or(Duration::ZERO, |newest| {
                newest.duration_since(time).unsigned_abs()
            });
            if self.stories.len() <= self.bounds.stories && age <= self.bounds.window {
                return;
            }
            self.remove(&story);
        }
    }

    /// The public stories with nearly the text of this card, the nearest first; `story` itself is
    /// none, and none is one whose figures say that it is about something else.
    pub fn near(&self, story: &str, card: &Card) -> Vec<Near> {
        self.alike(story, card, Standing::Public, NEAR)
    }

    /// The killed stories with practically the same text, the nearest first. A follow-up, and a
    /// story that tells of the retraction, have more words of their own.
    pub fn killed_alike(&self, story: &str, card: &Card) -> Vec<Near> {
        self.alike(story, card, Standing::Killed, SAME)
    }

    fn alike(&self, story: &str, card: &Card, standing: Standing, least: f64) -> Vec<Near> {
        let Some(sketch) = &card.sketch else {
            return Vec::new();
        };
        let mut compared: BTreeSet<(Timestamp, &Arc<str>)> = BTreeSet::new();
        for band in sketch.bands() {
            let stories = self.by_band.get(&band).map_or(&[][..], Vec::as_slice);
            let others = stories.iter().rev().filter_map(|other| {
                let entry = self.stories.get(other).filter(|_| **other != *story)?;
                (entry.standing == standing).then_some((entry.card.received, other))
            });
            compared.extend(others.take(MAX_COMPARED));
        }
        let newest = compared.into_iter().rev().take(MAX_COMPARED);
        let mut near: Vec<Near> = newest
            .filter_map(|(_, other)| self.compare(other, card))
            .filter(|near| near.score >= least)
            .collect();
        near.sort_by(|one, two| {
            let by_score = two.score.total_cmp(&one.score);
            by_score.then_with(|| one.story.cmp(&two.story))
        });
        near
    }

    fn compare(&self, other: &Arc<str>, card: &Card) -> Option<Near> {
        let known = &self.stories.get(other)?.card;
        if known.figures.tell_apart(&card.figures) {
            return None;
        }
        let story = StoryId::new(&**other);
        Some(Near {
            score: known.sketch.as_ref()?.similarity(card.sketch.as_ref()?),
            source: known.source.clone(),
            chain: known.chain.clone().unwrap_or_else(|| story.clone()),
            story,
        })
    }

    /// The stories that an advisory of `source` means. An id is enough by itself; words must mean
    /// one story and no other. `own` is the story that the advisory came under, and `is_known`
    /// whether that is a story already: kills of text wires travel under the slug of theirs.
    ///
    /// # Errors
    /// What could not be found or told apart, in words for an operator.
    pub fn meant(
        &self,
        (own, is_known): (&str, bool),
        source: &SourceId,
        advisory: &Advisory,
    ) -> Result<Vec<StoryId>, String> {
        let ids: Vec<&String> = advisory.ids.iter().filter(|id| *id != own).collect();
        if !ids.is_empty() {
            return ids.into_iter().map(|id| self.with_id(source, id)).collect();
        }
        let of_source: Vec<(&Arc<str>, &Card)> = self
            .stories
            .iter()
            .filter(|(_, entry)| entry.standing != Standing::Killed)
            .map(|(story, entry)| (story, &entry.card))
            .filter(|(story, card)| card.source == *source && (is_known || ***story != *own))
            .collect();
        let words = format!(" {} ", advisory.words);
        let is_named = |name: &str| name.len() >= MIN_NAME && words.contains(&format!(" {name} "));
        // A number comes round again after a day or a week: the newest story under it is meant.
        let numbered = of_source
            .iter()
            .filter(|(_, card)| card.numbers.iter().any(|number| is_named(number)))
            .max_by_key(|(_, card)| card.received);
        if let Some((story, _)) = numbered {
            return Ok(vec![StoryId::new(&***story)]);
        }
        let by_headline = |card: &Card| card.headline.contains(' ') && is_named(&card.headline);
        let by_slug = |card: &Card| is_named(&card.slug);
        let by_own_slug =
            |card: &Card| !card.slug.is_empty() && advisory.slug.as_deref() == Some(&*card.slug);
        let ways: [&dyn Fn(&Card) -> bool; 3] = [&by_headline, &by_slug, &by_own_slug];
        for (place, way) in ways.into_iter().enumerate() {
            if place == 1 && is_known {
                return Ok(vec![StoryId::new(own)]);
            }
            let mut meant: Vec<&Arc<str>> = of_source
                .iter()
                .filter(|(_, card)| way(card))
                .map(|(story, _)| *story)
                .collect();
            meant.sort();
            match meant.as_slice() {
                [] => {}
                [story] => return Ok(vec![StoryId::new(&***story)]),
                several => return Err(format!("it may mean any of {}", listed(several))),
            }
        }
        Err(format!(
            "no story of {source} of the last days is named in it"
        ))
    }

    /// The stories that an advisory of `source`, received at `at`, means beyond doubt although others
    /// may still wait before it: by their ids, or by a number or the headline of one that came
    /// lately. `None` where that is to be seen when its turn comes.
    pub fn meant_ahead(
        &self,
        own: &str,
        (source, at): (&SourceId, Timestamp),
        means: &Meant,
    ) -> Option<Vec<StoryId>> {
        let ids: Vec<&String> = means.ids.iter().filter(|id| *id != own).collect();
        if !ids.is_empty() {
            let found = ids.into_iter().map(|id| self.with_id(source, id));
            return found.collect::<Result<_, _>>().ok();
        }
        let words = format!(" {} ", means.words);
        let is_named = |name: &str| name.len() >= MIN_NAME && words.contains(&format!(" {name} "));
        let is_meant = |card: &Card| {
            let is_numbered = card.numbers.iter().any(|number| is_named(number));
            is_numbered || (card.headline.contains(' ') && is_named(&card.headline))
        };
        let is_late = |card: &Card| {
            card.received <= at && at.duration_since(card.received).unsigned_abs() <= LATELY
        };
        let mut meant = self.stories.iter().filter(|(story, entry)| {
            let card = &entry.card;
            let is_other = card.source == *source && ***story != *own;
            is_other && entry.standing != Standing::Killed && is_late(card) && is_meant(card)
        });
        let (story, _) = meant.next()?;
        meant.next().is_none().then(|| vec![StoryId::new(&**story)])
    }

    fn with_id(&self, source: &SourceId, id: &str) -> Result<StoryId, String> {
        let known = self.stories.iter().find(|(story, entry)| {
            let is_it = ***story == *id || entry.card.ids.iter().any(|one| one == id);
            is_it && entry.card.source == *source
        });
        if let Some((story, _)) = known {
            return Ok(StoryId::new(&**story));
        }
        if let Some(entry) = self.stories.get(id) {
            let owner = &entry.card.source;
            return Err(format!(
                "{id} is a story of {owner}, over which {source} has no power"
            ));
        }
        // A URI is a story id as it stands, whether the story was seen or not.
        let is_uri = ["http:", "https:", "tag:", "urn:"]
            .iter()
            .any(|scheme| id.starts_with(scheme));
        if is_uri && !id.contains(char::is_whitespace) {
            return Ok(StoryId::new(id));
        }
        Err(format!(
            "no story of {source} of the last days has the id {id}"
        ))
    }
}

fn listed(stories: &[&Arc<str>]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = stories.iter().take(SHOWN).map(|story| &***story).collect();
    let more = stories.len().saturating_sub(SHOWN);
    let shown = shown.join(", ");
    if more > 0 {
        return format!("{shown} and {more} more");
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::advisory::folded;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a small number of seconds")
    }

    fn card(source: &str, received: i64, text: &str) -> Card {
        Card {
            source: SourceId::from(source),
            received: at(received),
            ids: Vec::new(),
            numbers: Vec::new(),
            headline: String::new(),
            slug: String::new(),
            sketch: Sketch::of(text),
            figures: Figures::of(text),
            chain: None,
        }
    }

    fn text(seed: u64, words: usize) -> String {
        let mut number = seed;
        let word = |_| {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            format!("w{}", number >> 50)
        };
        (0..words).map(word).collect::<Vec<_>>().join(" ")
    }

    fn named(source: &str, number: &str, headline: &str, slug: &str) -> Card {
        Card {
            numbers: vec![folded(number)],
            headline: folded(headline),
            slug: folded(slug),
            ..card(source, 10, "")
        }
    }

    fn kill(words: &str, slug: Option<&str>) -> Advisory {
        Advisory {
            action: None,
            ids: Vec::new(),
            words: folded(words),
            slug: slug.map(folded),
            is_story: false,
        }
    }

    #[test]
    fn the_same_text_on_five_sites_is_found_from_each() {
        let mut register = Register::default();
        let agency = text(7, 300);
        for site in 0..5 {
            let told = format!("{} {agency}", text(100 + site, 20));
            register.put(
                &format!("s{site}"),
                card(&format!("site{site}"), 10, &told),
                Standing::Public,
            );
        }
        register.put("other", card("site9", 10, &text(8, 300)), Standing::Public);
        register.put("secret", card("site8", 10, &agency), Standing::Hidden);
        let near = register.near("s0", &card("s0", 10, &agency));
        let stories: Vec<&str> = near.iter().map(|near| near.story.as_str()).collect();
        assert_eq!(near.len(), 4, "{stories:?}");
        assert!(near.iter().all(|near| near.score > 0.7), "{near:?}");
    }

    #[test]
    fn a_number_a_headline_or_a_slug_names_a_story_of_the_same_source() {
        let mut register = Register::default();
        let story = named("wire", "V4644", "Fire at the old harbour", "Harbour-Fire");
        register.put("fire", story, Standing::Hidden);
        let other = named("wire", "V4650", "Ferry is back", "Ferry-Back");
        register.put("ferry", other, Standing::Public);
        let elsewhere = named("paper", "V4644", "Fire at the old harbour", "Harbour-Fire");
        register.put("elsewhere", elsewhere, Standing::Public);
        let wire = SourceId::from("wire");
        let meant =
            |words: &str, slug| register.meant(("kill-1", false), &wire, &kill(words, slug));
        let fire = Ok(vec![StoryId::from("fire")]);
        assert_eq!(meant("KILL KILL V4644 at once", None), fire);
        assert_eq!(
            meant("kill \u{201c}Fire at the old harbour\u{201d}", None),
            fire
        );
        assert_eq!(meant("kill the story slugged BC-Harbour-Fire", None), fire);
        assert_eq!(meant("kill kill kill", Some("Harbour-Fire")), fire);
        assert!(meant("kill kill kill", None).is_err_and(|why| why.contains("no story of wire")));
        let twin = named("wire", "V4700", "Fire is out", "Harbour-Fire");
        register.put("twin", twin, Standing::Public);
        let ambiguous = kill("kill harbour fire", None);
        let why = register.meant(("kill-1", false), &wire, &ambiguous);
        assert!(why.is_err_and(|why| why.contains("fire, twin")));
        let own = register.meant(("twin", true), &wire, &ambiguous);
        assert_eq!(
            own,
            Ok(vec![StoryId::from("twin")]),
            "it came under that one"
        );
    }

    #[test]
    fn an_advisory_ahead_of_its_turn_means_what_is_beyond_doubt() {
        const HOUR: i64 = 60 * 60;
        let mut register = Register::default();
        let received = |card: Card, hour: i64| Card {
            received: at(hour * HOUR),
            ..card
        };
        let fire = named("wire", "V4644", "Fire at the old harbour", "Harbour-Fire");
        register.put("fire", received(fire.clone(), 30), Standing::Public);
        let wire = SourceId::from("wire");
        let meant = |register: &Register, words: &str, ids: &[&str], hour: i64| {
            let means = Meant {
                ids: ids.iter().map(ToString::to_string).collect(),
                words: folded(words),
            };
            let meant = register.meant_ahead("kill-1", (&wire, at(hour * HOUR)), &means);
            meant.map(|stories| stories.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let named_fire = Some(vec!["fire".to_owned()]);
        assert_eq!(meant(&register, "KILL V4644", &[], 31), named_fire);
        assert_eq!(
            meant(&register, "fire at the old harbour", &[], 31),
            named_fire
        );
        assert_eq!(
            meant(&register, "KILL V4644", &[], 50),
            None,
            "that of another day"
        );
        assert_eq!(
            meant(&register, "KILL V4644", &[], 29),
            None,
            "came behind it"
        );
        assert_eq!(
            meant(&register, "kill harbour fire", &[], 31),
            None,
            "a slug is no proof"
        );
        let unseen = Some(vec!["urn:unseen:5".to_owned()]);
        assert_eq!(meant(&register, "", &["urn:unseen:5"], 31), unseen);
        assert_eq!(meant(&register, "", &["fire-17"], 31), None);
        register.put("twin", received(fire, 31), Standing::Public);
        assert_eq!(
            meant(&register, "KILL V4644", &[], 31),
            None,
            "two have the number"
        );
    }

    #[test]
    fn an_id_is_enough_but_not_over_stories_of_others() {
        let mut register = Register::default();
        let mut story = card("wire", 10, "");
        story.ids = vec!["doc-17".to_owned()];
        register.put("urn:wiredesk:wire:doc-17", story, Standing::Public);
        register.put("urn:paper:1", card("paper", 10, ""), Standing::Public);
        let wire = SourceId::from("wire");
        let meant = |id: &str| {
            let advisory = Advisory {
                ids: vec![id.to_owned()],
                ..kill("", None)
            };
            register.meant(("own", false), &wire, &advisory)
        };
        assert_eq!(meant("doc-17"), Ok(vec!["urn:wiredesk:wire:doc-17".into()]));
        assert_eq!(meant("urn:unseen:5"), Ok(vec!["urn:unseen:5".into()]));
        assert!(meant("doc-18").is_err_and(|why| why.contains("doc-18")));
        assert!(meant("urn:paper:1").is_err_and(|why| why.contains("no power")));
    }

    #[test]
    fn a_killed_text_is_known_again_and_its_follow_up_is_none() {
        let mut register = Register::default();
        let told = text(7, 300);
        register.put("killed", card("wire", 10, &told), Standing::Killed);
        register.put("public", card("wire", 10, &text(9, 300)), Standing::Public);
        let alike = |told: &str| register.killed_alike("new", &card("wire", 10, told));
        let stories = |told: &str| {
            let alike = alike(told);
            alike
                .iter()
                .map(|near| near.story.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(stories(&told), ["killed"]);
        assert_eq!(stories(&told.to_uppercase()), ["killed"]);
        assert_eq!(stories(&text(9, 300)), [""; 0], "that one is public");
        let follow_up = format!("{told} {}", text(8, 60));
        assert_eq!(stories(&follow_up), [""; 0]);
        let retraction = format!("{} {}", text(8, 60), told);
        assert_eq!(stories(&retraction), [""; 0]);
        let near = register.near("new", &card("wire", 10, &told));
        assert_eq!(near, [], "nothing is chained to what was killed");
    }

    #[test]
    fn figures_tell_reports_of_one_template_apart() {
        let report = |figures: std::ops::Range<u32>| {
            let figures: Vec<String> = figures.map(|figure| figure.to_string()).collect();
            card(
                "wire",
                10,
                &format!("{} {}", text(7, 900), figures.join(" ")),
            )
        };
        let mut register = Register::default();
        register.put("monday", report(10..20), Standing::Public);
        register.put("recalled", report(30..40), Standing::Killed);
        let near = |figures| register.near("new", &report(figures)).len();
        assert_eq!((near(10..20), near(12..22), near(50..60)), (1, 1, 0));
        let killed = |figures| register.killed_alike("new", &report(figures)).len();
        assert_eq!((killed(30..40), killed(50..60)), (1, 0));
    }

    fn standing() -> impl Strategy<Value = Standing> {
        prop_oneof![
            Just(Standing::Public),
            Just(Standing::Hidden),
            Just(Standing::Killed)
        ]
    }

    proptest! {
        #[test]
        fn what_is_remembered_stays_within_its_bounds(
            puts in prop::collection::vec((0..60u64, 0..400i64, standing()), 0..200),
        ) {
            let bounds = Bounds { stories: 20, window: Duration::from_secs(100) };
            let mut register = Register::new(bounds);
            for (story, received, standing) in puts {
                register.put(&story.to_string(), card("s", received, &text(story, 40)), standing);
                prop_assert!(register.len() <= 20);
                let newest = register.by_time.last().map(|(time, _)| *time);
                let oldest = register.by_time.first().map(|(time, _)| *time);
                if let (Some(newest), Some(oldest)) = (newest, oldest) {
                    prop_assert!(newest.as_second() - oldest.as_second() <= 100);
                }
                prop_assert_eq!(register.by_time.len(), register.len());
            }
            let stories: Vec<String> = register.stories.keys().map(ToString::to_string).collect();
            for story in stories {
                register.remove(&story);
            }
            prop_assert!(register.by_band.is_empty() && register.by_time.is_empty());
        }
    }
}
