//! The second look: what the first look said of the lines around.

use super::columns::{Table, log};
use super::scene::Scene;
use crate::html::NONE;

/// A probability as a byte.
pub(crate) fn byte_of(probability: f32) -> u8 {
    (probability.clamp(0.0, 1.0) * 250.0).round() as u8
}

/// There is no such line or element.
const NOTHING: u8 = 251;

/// Adds to `table` what the first look says of each line's surroundings. `first` holds its
/// probabilities as bytes.
pub(crate) fn add_context(table: &mut Table, scene: &Scene<'_>, first: &[u8]) {
    let lines = first.len();
    table.add_over(|| "first".to_owned(), first, |cell| *cell);
    for offset in [-4i64, -3, -2, -1, 1, 2, 3, 4] {
        table.add_shifted(|| format!("first at {offset}"), first, (offset, NOTHING));
    }
    add_windows(table, first);
    add_elements(table, scene, first);
    add_groups(table, scene, first);
    add_order(table, scene, first);
    let highest = first.iter().copied().max().unwrap_or(0);
    table.add_constant(|| "first highest".to_owned(), highest);
    let sure = first.iter().filter(|value| **value > SURE).count();
    table.add_constant(|| "first sure".to_owned(), log(sure as u32));
    debug_assert_eq!(table.lines, lines);
}

/// Above this the first look takes a line for the body.
const SURE: u8 = 125;

fn add_windows(table: &mut Table, first: &[u8]) {
    let mut sums = vec![0u32];
    for value in first {
        sums.push(sums[sums.len() - 1] + u32::from(*value));
    }
    let lines = first.len();
    let mean =
        |from: usize, to: usize| ((sums[to] - sums[from]) / ((to - from).max(1) as u32)) as u8;
    for reach in [3usize, 8, 20] {
        table.add(
            || format!("first within {reach}"),
            |at| mean(at.saturating_sub(reach), (at + reach + 1).min(lines)),
        );
    }
    table.add(
        || "first before 5".to_owned(),
        |at| mean(at.saturating_sub(5), at),
    );
    table.add(
        || "first after 5".to_owned(),
        |at| mean((at + 1).min(lines), (at + 6).min(lines)),
    );
}

/// Weighted sum and weight, of an element or a group.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: u64,
    weight: u64,
}

impl Mean {
    fn add(&mut self, value: u8, weight: u32) {
        self.sum += u64::from(value) * u64::from(weight);
        self.weight += u64::from(weight);
    }

    fn get(self) -> u8 {
        self.without(0, 0)
    }

    /// The mean of the others.
    fn without(self, value: u8, weight: u32) -> u8 {
        let left = self.weight - u64::from(weight);
        if left == 0 {
            return NOTHING;
        }
        ((self.sum - u64::from(value) * u64::from(weight)) / left) as u8
    }
}

/// Long lines count more, but not by their length: a hundred letters weigh as much as a thousand.
fn weight_of(scene: &Scene<'_>, at: usize) -> u32 {
    1 + scene.shapes[at].chars.min(100)
}

/// Means over the elements above each line, without the line itself.
fn add_elements(table: &mut Table, scene: &Scene<'_>, first: &[u8]) {
    let page = scene.page;
    let mut means = vec![Mean::default(); page.nodes.len()];
    for (at, line) in page.lines.iter().enumerate() {
        means[line.node as usize].add(first[at], weight_of(scene, at));
    }
    for at in (0..page.nodes.len()).rev() {
        let parent = page.nodes[at].parent;
        if parent != NONE {
            let below = means[at];
            let above = &mut means[parent as usize];
            above.sum += below.sum;
            above.weight += below.weight;
        }
    }
    let mut level: Vec<u32> = page.lines.iter().map(|line| line.node).collect();
    let tops = means.iter().zip(&page.nodes);
    let tops = tops.filter(|(_, node)| node.parent == NONE);
    let total: u64 = tops.map(|(mean, _)| mean.sum).sum();
    for steps in 0..6 {
        table.add(
            || format!("first share up {steps}"),
            |at| {
                let mean = means.get(level[at] as usize);
                mean.map_or(NOTHING, |mean| (mean.sum * 200 / total.max(1)) as u8)
            },
        );
        table.add(
            || format!("first up {steps}"),
            |at| {
                let mean = means.get(level[at] as usize);
                mean.map_or(NOTHING, |mean| {
                    mean.without(first[at], weight_of(scene, at))
                })
            },
        );
        for node in &mut level {
            *node = page
                .nodes
                .get(*node as usize)
                .map_or(NONE, |found| found.parent);
        }
    }
}

/// Means over the lines that are marked up alike.
fn add_groups(table: &mut Table, scene: &Scene<'_>, first: &[u8]) {
    let mut means = vec![Mean::default(); scene.alike.len()];
    for (at, group) in scene.group.iter().enumerate() {
        means[*group as usize].add(first[at], weight_of(scene, at));
    }
    let mean_of = |at: usize| means[scene.group[at] as usize];
    table.add(|| "first alike".to_owned(), |at| mean_of(at).get());
    table.add(
        || "first alike others".to_owned(),
        |at| mean_of(at).without(first[at], weight_of(scene, at)),
    );
}

/// Nearest sure lines on both sides: how many lines away, how far up the tree, how many.
fn add_order(table: &mut Table, scene: &Scene<'_>, first: &[u8]) {
    let lines = first.len();
    let mut before = vec![None; lines];
    let mut after = vec![None; lines];
    let mut last = None;
    let mut count_before = Vec::with_capacity(lines);
    let mut count = 0u32;
    for at in 0..lines {
        before[at] = last;
        count_before.push(count);
        if first[at] > SURE {
            last = Some(at);
            count += 1;
        }
    }
    last = None;
    for at in (0..lines).rev() {
        after[at] = last;
        if first[at] > SURE {
            last = Some(at);
        }
    }
    for (name, other) in [("before", &before), ("after", &after)] {
        table.add(
            || format!("first lines to sure {name}"),
            |at| other[at].map_or(255, |other: usize| other.abs_diff(at).min(254) as u8),
        );
        table.add(
            || format!("first steps to sure {name}"),
            |at| other[at].map_or(255, |other| steps_to_meet(scene, at, other)),
        );
    }
    table.add(
        || "first sure before".to_owned(),
        |at| log(count_before[at]),
    );
    table.add(
        || "first sure after".to_owned(),
        |at| log(count - count_before[at]),
    );
}

/// Steps up from a line's element until one holds the other line too.
fn steps_to_meet(scene: &Scene<'_>, at: usize, other: usize) -> u8 {
    let nodes = &scene.page.nodes;
    let (mut one, mut two) = (scene.page.lines[at].node, scene.page.lines[other].node);
    let mut steps = 0u8;
    while one != two {
        let depth = |node: u32| nodes.get(node as usize).map_or(0, |found| found.depth + 1);
        let parent = |node: u32| nodes.get(node as usize).map_or(NONE, |found| found.parent);
        if depth(one) >= depth(two) {
            one = parent(one);
            steps = steps.saturating_add(1);
        } else {
            two = parent(two);
        }
    }
    steps
}
