//! The elements that a page marks as its story, and whether a line stands inside of them. A side bar
//! is one thing on a page that marks no article, and another beside one that does.

use super::columns::{Table, share};
use super::scene::Scene;
use crate::html::{NONE, hint_names};

/// Hints of elements that hold the story.
const LANDMARKS: [&str; 5] = ["body", "article", "content", "<article>", "<main>"];

/// What a line is to a landmark: there is none; or outside or inside of it, with the landmark's share
/// of the page.
const OUTSIDE: u8 = 1;
const INSIDE: u8 = 128;

/// Adds where each line stands to the landmarks.
pub(super) fn add_landmarks(table: &mut Table, scene: &Scene<'_>) {
    let title = title_path(scene);
    for name in LANDMARKS {
        let Some(hint) = hint_names().position(|hint| hint == name) else {
            continue;
        };
        let standing = standings(scene, hint);
        table.add_over(
            || format!("landmark {name}"),
            &scene.page.lines,
            |line| standing[line.node as usize],
        );
        // Of several articles on a page, the one with the headline is the story.
        let holds = nearest_holds(scene, hint, &title);
        table.add_over(
            || format!("title in {name}"),
            &scene.page.lines,
            |line| holds[line.node as usize],
        );
    }
}

/// For each element, what it is to the largest element with the hint.
fn standings(scene: &Scene<'_>, hint: usize) -> Vec<u8> {
    let nodes = &scene.page.nodes;
    let weight = |at: usize| (scene.below[at].story_chars, scene.below[at].chars);
    let best = (0..nodes.len())
        .filter(|at| nodes[*at].near[hint] == 0)
        .max_by_key(|at| (weight(*at), std::cmp::Reverse(*at)));
    let Some(best) = best else {
        return vec![0; nodes.len()];
    };
    let total = scene.total.story_chars.max(1) as f32;
    let size = share(scene.below[best].story_chars as f32 / total) / 2;
    let mut inside = vec![OUTSIDE + size; nodes.len()];
    for at in best..nodes.len() {
        let parent = nodes[at].parent;
        if at == best || parent != NONE && inside[parent as usize] >= INSIDE {
            inside[at] = INSIDE + size;
        }
    }
    inside
}

/// For each element, whether the nearest element with the hint above it holds the headline: 0 where
/// there is no such element, 1 where it does not, 2 where it does.
fn nearest_holds(scene: &Scene<'_>, hint: usize, title: &[bool]) -> Vec<u8> {
    let nodes = &scene.page.nodes;
    let mut holds: Vec<u8> = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.iter().enumerate() {
        holds.push(if node.near[hint] == 0 {
            1 + u8::from(title[at])
        } else {
            holds.get(node.parent as usize).copied().unwrap_or(0)
        });
    }
    holds
}

/// The same for the elements with one hint; none where there is no such hint.
pub(super) fn holds_headline(scene: &Scene<'_>, name: &str) -> Option<Vec<u8>> {
    let hint = hint_names().position(|hint| hint == name)?;
    Some(nearest_holds(scene, hint, &title_path(scene)))
}

/// Which elements hold the headline.
fn title_path(scene: &Scene<'_>) -> Vec<bool> {
    let page = scene.page;
    let mut path = vec![false; page.nodes.len()];
    let mut at = scene.headline.map_or(NONE, |line| page.lines[line].node);
    while let Some(node) = page.nodes.get(at as usize) {
        path[at as usize] = true;
        at = node.parent;
    }
    path
}
