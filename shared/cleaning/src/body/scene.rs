//! The page around the lines: sums over elements, groups of lines that look alike, what the page
//! says of itself.

use std::collections::HashMap;

use super::shape::{Shape, shape_of};
use crate::html::{NONE, Page};

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

    fn merge(&mut self, other: &Sums) {
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
    /// Sums over the lines of each signature.
    pub alike: HashMap<u32, Sums>,
    pub total: Sums,
    /// How often each text stands in the page.
    pub repeats: HashMap<u64, u16>,
    /// Smallest element that holds most of the story-like text.
    pub main: u32,
    /// Letters and digits of `articleBody`, lower case; empty where the page gives none.
    pub data_body: String,
    /// The same of the page's description.
    pub description: String,
    /// Hashes of the words of the title.
    pub title: String,
}

/// Share of the story-like text that the main element holds.
const MAIN_SHARE: f32 = 0.7;

impl<'a> Scene<'a> {
    pub(crate) fn new(page: &'a Page, title: Option<&str>) -> Self {
        let shapes: Vec<Shape> = page.lines.iter().map(|line| shape_of(page, line)).collect();
        let mut below = vec![Sums::default(); page.nodes.len()];
        let mut alike: HashMap<u32, Sums> = HashMap::new();
        let mut repeats: HashMap<u64, u16> = HashMap::new();
        let mut total = Sums::default();
        for (line, shape) in page.lines.iter().zip(&shapes) {
            below[line.node as usize].add(shape);
            alike
                .entry(page.node_of(line).signature)
                .or_default()
                .add(shape);
            let count = repeats.entry(shape.hash).or_default();
            *count = count.saturating_add(1);
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
        Self {
            page,
            shapes,
            below,
            alike,
            total,
            repeats,
            main,
            data_body: page
                .meta
                .data
                .body
                .as_deref()
                .map(folded)
                .unwrap_or_default(),
            description: page
                .meta
                .description
                .as_deref()
                .map(folded)
                .unwrap_or_default(),
            title: title.map(folded).unwrap_or_default(),
        }
    }
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

/// Letters and digits alone, lower case.
pub(crate) fn folded(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
