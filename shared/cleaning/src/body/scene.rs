//! The page around the lines: sums over elements, groups of lines that look alike, what the page
//! says of itself.

use super::said::{Elsewhere, SAID_ALL, Said};
use super::shape::{Shape, shape_of};
use crate::html::{NONE, Page};
use crate::letters::Letters;

/// Sums over everything below an element, or over a group of lines.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    pub lines: u32,
    pub chars: u32,
    pub link_chars: f32,
    /// Characters in lines that look like paragraphs of a story.
    pub story_chars: u32,
    pub story_lines: u32,
}

impl Sums {
    fn add(&mut self, shape: &Shape) {
        self.lines += 1;
        self.chars += shape.chars;
        self.link_chars += shape.chars as f32 * shape.link_share;
        if shape.is_story() {
            self.story_chars += shape.chars;
            self.story_lines += 1;
        }
    }

    /// Adds the sums of others.
    pub(super) fn merge(&mut self, other: &Sums) {
        self.lines += other.lines;
        self.chars += other.chars;
        self.link_chars += other.link_chars;
        self.story_chars += other.story_chars;
        self.story_lines += other.story_lines;
    }

    /// Share of the characters inside links.
    pub(crate) fn link_share(&self) -> f32 {
        self.link_chars / self.chars.max(1) as f32
    }
}

/// What is known of the page before any line is judged.
pub(crate) struct Scene<'a> {
    pub page: &'a Page,
    pub shapes: Vec<Shape>,
    /// Sums below each element.
    pub below: Vec<Sums>,
    /// Number of the group of lines marked up alike, for each line.
    pub group: Vec<u32>,
    /// Sums over each group.
    pub alike: Vec<Sums>,
    pub total: Sums,
    /// How often the text of each line stands in the page.
    pub repeats: Vec<u32>,
    /// Smallest element that holds most of the story-like text.
    pub main: u32,
    /// What the page says elsewhere of each line.
    pub said: Vec<Said>,
    /// The line of the headline.
    pub headline: Option<usize>,
    /// Whether the page's data has the text of the story.
    pub has_data_body: bool,
}

/// Share of the story-like text that the main element holds.
const MAIN_SHARE: f32 = 0.7;

impl<'a> Scene<'a> {
    pub(crate) fn new(page: &'a Page, title: Option<&str>) -> Self {
        let elsewhere = Elsewhere::new(&page.meta, title);
        let mut shapes = Vec::with_capacity(page.lines.len());
        let mut said = Vec::with_capacity(page.lines.len());
        let mut letters = Letters::default();
        for line in &page.lines {
            letters.read(page.text_of(line));
            shapes.push(shape_of(page, line, &letters));
            said.push(elsewhere.says(&letters));
        }
        let mut below = vec![Sums::default(); page.nodes.len()];
        let (group, groups) = numbered(
            page.lines
                .iter()
                .map(|line| u64::from(page.node_of(line).signature)),
        );
        let mut alike = vec![Sums::default(); groups];
        let mut total = Sums::default();
        for (at, (line, shape)) in page.lines.iter().zip(&shapes).enumerate() {
            below[line.node as usize].add(shape);
            alike[group[at] as usize].add(shape);
            total.add(shape);
        }
        // Parents stand before their children, so one walk from the end sums everything up.
        for at in (0..page.nodes.len()).rev() {
            let parent = page.nodes[at].parent;
            if parent != NONE {
                let sums = below[at];
                below[parent as usize].merge(&sums);
            }
        }
        let main = main_of(page, &below, &total);
        let headline = headline_of(page, &said);
        Self {
            page,
            below,
            group,
            alike,
            total,
            repeats: repeats_of(&shapes),
            shapes,
            main,
            said,
            headline,
            has_data_body: elsewhere.has_body(),
        }
    }
}

/// Numbers equal keys alike; gives the number of each, and how many there are. By sorting, so that
/// no page can make it slow.
pub(super) fn numbered(keys: impl Iterator<Item = u64>) -> (Vec<u32>, usize) {
    let mut sorted: Vec<(u64, usize)> = keys.enumerate().map(|(at, key)| (key, at)).collect();
    sorted.sort_unstable();
    let mut numbers = vec![0; sorted.len()];
    let mut count = 0;
    for (place, (key, at)) in sorted.iter().enumerate() {
        if place > 0 && sorted[place - 1].0 != *key {
            count += 1;
        }
        numbers[*at] = count;
    }
    (numbers, count as usize + 1)
}

fn repeats_of(shapes: &[Shape]) -> Vec<u32> {
    let (numbers, count) = numbered(shapes.iter().map(|shape| shape.hash));
    let mut times = vec![0; count];
    for number in &numbers {
        times[*number as usize] += 1;
    }
    numbers
        .iter()
        .map(|number| times[*number as usize])
        .collect()
}

/// The heading that is the title, or the first of the highest level.
fn headline_of(page: &Page, said: &[Said]) -> Option<usize> {
    let level = |at: usize| page.node_of(&page.lines[at]).tag.heading_level();
    let is_title = |at: &usize| said[*at][2] == SAID_ALL && level(*at).is_some();
    let mut lines = 0..page.lines.len();
    let mut highest = lines.clone().filter(|at| level(*at) == Some(1));
    lines.find(is_title).or_else(|| highest.next())
}

/// The deepest element that still holds most of the story-like text.
fn main_of(page: &Page, below: &[Sums], total: &Sums) -> u32 {
    let wanted = (total.story_chars as f32 * MAIN_SHARE) as u32;
    let mut best = NONE;
    let mut best_depth = 0;
    for (at, (node, sums)) in page.nodes.iter().zip(below).enumerate() {
        let holds = sums.story_chars > 0 && sums.story_chars >= wanted;
        if holds && (best == NONE || node.depth >= best_depth) {
            best = at as u32;
            best_depth = node.depth;
        }
    }
    best
}
