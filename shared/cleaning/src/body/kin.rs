//! How much a line's surroundings repeat. The items of a list, the cards of a teaser box and the
//! comments below a story stand beside others that are built alike; the body of a story does not.

use super::columns::{Table, log, share};
use super::features::add_columns;
use super::scene::{Scene, Sums, numbered};
use crate::html::{Line, NONE, Page};

/// Elements looked at above each line.
const STEPS: usize = 5;

/// What is seen of an element among its kin.
const SEEN: [&str; 4] = ["twins", "twin share", "twin story share", "same tag"];

/// Adds what repeats around each line.
pub(super) fn add_kin(table: &mut Table, scene: &Scene<'_>) {
    let page = scene.page;
    let mut seen = kin_of(scene);
    // Stands for the element above the topmost.
    seen.push([255; SEEN.len()]);
    let nowhere = page.nodes.len();
    let mut level: Vec<usize> = page.lines.iter().map(|line| line.node as usize).collect();
    for steps in 0..STEPS {
        for (place, name) in SEEN.iter().enumerate() {
            table.add_over(
                || format!("up {steps} {name}"),
                &level,
                |node| seen[*node][place],
            );
        }
        for node in &mut level {
            let above = page.nodes.get(*node).map_or(NONE, |found| found.parent);
            *node = (above as usize).min(nowhere);
        }
    }
    add_beginnings(table, scene);
    add_title_steps(table, scene);
    add_digits(table, scene);
}

/// How many elements below the same parent are built like each, the share it has in their text, the
/// share they have in the page's, and how many have the same tag.
fn kin_of(scene: &Scene<'_>) -> Vec<[u8; SEEN.len()]> {
    let nodes = &scene.page.nodes;
    let total = scene.total.story_chars.max(1) as f32;
    let key = |parent: u32, look: u32| u64::from(parent) << 32 | u64::from(look);
    let (twins, groups) = numbered(nodes.iter().map(|node| key(node.parent, node.signature)));
    let (tags, tag_groups) = numbered(nodes.iter().map(|node| key(node.parent, node.tag as u32)));
    let mut count = vec![0; groups];
    let mut sums = vec![Sums::default(); groups];
    let mut tag_count = vec![0; tag_groups];
    for (at, (twin, tag)) in twins.iter().zip(&tags).enumerate() {
        count[*twin as usize] += 1;
        sums[*twin as usize].merge(&scene.below[at]);
        tag_count[*tag as usize] += 1;
    }
    let seen = |(at, (twin, tag)): (usize, (&u32, &u32))| {
        let all = &sums[*twin as usize];
        [
            log(count[*twin as usize]),
            share(scene.below[at].chars as f32 / all.chars.max(1) as f32),
            share(all.story_chars as f32 / total),
            log(tag_count[*tag as usize]),
        ]
    };
    twins.iter().zip(&tags).enumerate().map(seen).collect()
}

/// How many lines begin with the same word: on the page, and among those marked up alike ("Shop …"
/// below each entry of a list).
fn add_beginnings(table: &mut Table, scene: &Scene<'_>) {
    let words = (0..scene.shapes.len()).map(|at| first_word(scene.page, at));
    let words: Vec<u64> = words.map(u64::from).collect();
    let alike = words.iter().zip(&scene.group);
    let alike = times(alike.map(|(word, group)| word << 32 | u64::from(*group)));
    let anywhere = times(words.iter().copied());
    table.add_over(|| "begin so".to_owned(), &anywhere, |count| log(*count));
    table.add_over(|| "begin so alike".to_owned(), &alike, |count| log(*count));
}

/// How often each key is there.
fn times(keys: impl Iterator<Item = u64>) -> Vec<u32> {
    let (numbers, count) = numbered(keys);
    let mut times = vec![0; count];
    for number in &numbers {
        times[*number as usize] += 1;
    }
    numbers
        .iter()
        .map(|number| times[*number as usize])
        .collect()
}

/// Hash of the first word of a line, lower case.
fn first_word(page: &Page, at: usize) -> u32 {
    const WORD_BYTES: usize = 24;
    let text = page.text_of(&page.lines[at]).as_bytes();
    let word = text.iter().take(WORD_BYTES);
    word.take_while(|byte| !byte.is_ascii_whitespace())
        .fold(0x811c_9dc5, |hash: u32, byte| {
            (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
        })
}

/// How far up the tree a line and the headline meet, from both.
fn add_title_steps(table: &mut Table, scene: &Scene<'_>) {
    let steps = steps_to_line(scene, scene.headline);
    let steps_of = |line: &Line| steps[line.node as usize];
    add_columns! { table, &scene.page.lines, |line|
        "steps to title" => steps_of(line).0,
        "title steps to here" => steps_of(line).1,
    }
}

/// For each element, the steps from it up to one that holds the line, and the steps from the line up
/// to that one.
fn steps_to_line(scene: &Scene<'_>, line: Option<usize>) -> Vec<(u8, u8)> {
    let nodes = &scene.page.nodes;
    let Some(line) = line else {
        return vec![(255, 255); nodes.len()];
    };
    let mut holding = Vec::new();
    let mut at = scene.page.lines[line].node;
    while let Some(node) = nodes.get(at as usize) {
        holding.push(at);
        at = node.parent;
    }
    let byte = |steps: usize| steps.min(255) as u8;
    // Only what stands above all elements holds both.
    let nowhere = (0, byte(holding.len()));
    let mut steps: Vec<(u8, u8)> = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.iter().enumerate() {
        if holding.last().is_some_and(|holds| *holds as usize == at) {
            holding.pop();
            steps.push((0, byte(holding.len())));
        } else {
            let above = steps.get(node.parent as usize);
            let (up, down) = above.copied().unwrap_or(nowhere);
            steps.push((up.saturating_add(1), down));
        }
    }
    steps
}

/// Digits and clocks of the neighbours: comments and teasers stand beside dates.
fn add_digits(table: &mut Table, scene: &Scene<'_>) {
    let digits: Vec<u8> = scene
        .shapes
        .iter()
        .map(|shape| shape.digits.min(40) as u8 + 100 * u8::from(shape.has_clock))
        .collect();
    for offset in [-2i64, -1, 1, 2] {
        table.add_shifted(|| format!("at {offset} digits"), &digits, (offset, 254));
    }
}
