//! Which stories of a small written set are told as one chain: the same agency text as sites carry
//! it, and texts that look alike and are not.

use std::collections::{BTreeMap, BTreeSet};

use wiredesk_lifecycle::{Card, Figures, Register, Sketch, Standing};
use wiredesk_model::{SourceId, Timestamp};

/// `== STORY KIND` before each text: those of one story tell the same.
const STORIES: &str = include_str!("stories.txt");

struct Told {
    story: &'static str,
    name: &'static str,
    card: Card,
}

fn stories() -> Vec<Told> {
    let parts = STORIES.split("== ").skip(1);
    let told = |part: &'static str| {
        let (name, text) = part.split_once('\n').expect("a head and a text");
        let (story, _) = name.split_once(' ').expect("a story and a kind");
        Told {
            story,
            name,
            card: Card {
                source: SourceId::from(name),
                received: Timestamp::UNIX_EPOCH,
                ids: Vec::new(),
                numbers: Vec::new(),
                headline: String::new(),
                slug: String::new(),
                sketch: Sketch::of(text),
                figures: Figures::of(text),
                chain: None,
            },
        }
    };
    parts.map(told).collect()
}

/// The pairs that are found near each other, whichever of the two comes later.
fn found(stories: &[Told]) -> BTreeMap<(&str, &str), f64> {
    let mut found = BTreeMap::new();
    let mut register = Register::default();
    for told in stories {
        register.put(told.name, told.card.clone(), Standing::Public);
    }
    for told in stories {
        for near in register.near(told.name, &told.card) {
            let other = stories.iter().find(|one| one.name == near.story.as_str());
            let other = other.expect("one of them").name;
            let pair = (told.name.min(other), told.name.max(other));
            found.insert(pair, near.score);
        }
    }
    found
}

#[test]
fn the_same_text_is_one_chain_and_a_look_alike_is_none() {
    let stories = stories();
    let story_of: BTreeMap<&str, &str> = stories.iter().map(|one| (one.name, one.story)).collect();
    let found = found(&stories);
    let wrong: Vec<_> = found
        .iter()
        .filter(|((one, two), _)| story_of[one] != story_of[two])
        .collect();
    assert!(
        wrong.is_empty(),
        "told as one although they are not: {wrong:?}"
    );
    let pairs: BTreeSet<(&str, &str)> = stories
        .iter()
        .flat_map(|one| stories.iter().map(move |two| (one, two)))
        .filter(|(one, two)| one.name < two.name && one.story == two.story)
        .map(|(one, two)| (one.name, two.name))
        .collect();
    let missed: Vec<_> = pairs
        .iter()
        .filter(|pair| !found.contains_key(*pair))
        .collect();
    // A text that lost its end, and another that lost its beginning, have less than half in common.
    assert_eq!(missed, [&("wall cut", "wall lead-and-tail")]);
    assert_eq!(pairs.len(), 11);
}

/// Behind the agency's own text the sites may come in whatever order: all stand in its chain.
#[test]
fn an_agency_text_and_those_of_four_sites_are_one_chain() {
    let stories = stories();
    let wall: Vec<&Told> = stories.iter().filter(|one| one.story == "wall").collect();
    let (agency, sites) = wall.split_first().expect("the agency's text is the first");
    assert_eq!(sites.len(), 4);
    for order in orders(sites.len()) {
        let mut register = Register::default();
        register.put(agency.name, agency.card.clone(), Standing::Public);
        for site in order.into_iter().map(|place| sites[place]) {
            let near = register.near(site.name, &site.card);
            let chain = near.first().map(|near| near.chain.clone());
            let found = chain.as_ref().map(|chain| chain.as_str());
            assert_eq!(found, Some(agency.name), "the chain of {}", site.name);
            let card = Card {
                chain,
                ..site.card.clone()
            };
            register.put(site.name, card, Standing::Public);
        }
    }
}

/// Every order of so many places.
fn orders(places: usize) -> Vec<Vec<usize>> {
    let Some(last) = places.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let shorter = orders(last);
    let longer = shorter.iter().flat_map(|order| {
        (0..=order.len()).map(move |place| {
            let mut order = order.clone();
            order.insert(place, last);
            order
        })
    });
    longer.collect()
}
