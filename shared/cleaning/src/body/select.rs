//! From probabilities to the draft that the rules work on.

use wiredesk_model::BlockKind;

use super::annex;
use super::judge::{BodyModel, probabilities};
use super::name::name_of;
use super::scene::Scene;
use super::shape::Shape;
use crate::draft::{Draft, DraftLine, Fate};
use crate::html::{Line, Page, Tag};

/// Lines behind the body that rules may still name.
const TAIL_LINES: usize = 12;

/// A short line above this probability is part of the body.
const SHORT_BAR: f32 = 0.4;

/// A line of links needs more, where it is no heading.
const LINK_BAR: f32 = 0.72;

/// A line of links that a story sets between or beside its lines.
const STORY_LINK_BAR: f32 = 0.55;

/// One that is a paragraph of its own between two of the story.
const PARAGRAPH_LINK_BAR: f32 = 0.45;

/// A line of a quotation or a quoted post needs less: it stays as a whole.
const QUOTE_BAR: f32 = 0.25;

/// A row of a table amid the body needs less.
const ROW_BAR: f32 = 0.2;

/// A long line never needs less than this.
const LEAST_BAR: f32 = 0.25;

/// Lines with fewer words are short.
const LONG_WORDS: u32 = 12;

/// The lines of the body, and those between and right behind them for the rules to see.
pub(crate) fn draft_of(page: &Page, title: Option<&str>, model: Option<&BodyModel>) -> Draft {
    let scene = Scene::new(page, title);
    let probabilities = (!page.is_fragment).then(|| probabilities(&scene, model));
    let chosen = match &probabilities {
        Some(probabilities) => choose(&scene, probabilities),
        None => vec![true; page.lines.len()],
    };
    draft_from(&scene, &chosen, probabilities.as_deref())
}

/// The same for lines that were chosen without the model.
pub(crate) fn draft_of_lines(page: &Page, title: Option<&str>, chosen: &[bool]) -> Draft {
    draft_from(&Scene::new(page, title), chosen, None)
}

fn draft_from(scene: &Scene<'_>, chosen: &[bool], probabilities: Option<&[f32]>) -> Draft {
    let page = scene.page;
    let (Some(first), Some(last)) = (
        chosen.iter().position(|body| *body),
        chosen.iter().rposition(|body| *body),
    ) else {
        return Draft::default();
    };
    let mut draft = Draft::default();
    let end = (last + 1 + TAIL_LINES).min(page.lines.len());
    for (at, body) in chosen.iter().enumerate().take(end).skip(first) {
        let mut line = draft_line(scene, at);
        line.certainty = probabilities.map(|probabilities| probabilities[at]);
        if !body {
            let (rule, reason) = name_of(scene, at);
            line.fate = Fate::Outside {
                rule,
                reason,
                is_tail: at > last,
            };
        }
        draft.lines.push(line);
    }
    draft
}

/// Which lines are body. Where none is likely, the likeliest are better than nothing: a page that
/// was fetched for its story has one more often than not.
fn choose(scene: &Scene<'_>, probabilities: &[f32]) -> Vec<bool> {
    let highest = probabilities.iter().copied().fold(0.0, f32::max);
    if highest <= SHORT_BAR {
        return likeliest(scene, probabilities, highest);
    }
    let long_bar = best_bar(scene, probabilities);
    let is_chosen = |(at, probability): (usize, &f32)| {
        let (line, shape) = (&scene.page.lines[at], &scene.shapes[at]);
        let node = scene.page.node_of(line);
        let is_heading = || node.tag.heading_level().is_some();
        let bar = if is_within(scene, line, Tag::Blockquote) {
            QUOTE_BAR
        } else if shape.words >= LONG_WORDS {
            long_bar
        } else if shape.link_share > 0.85 && !is_heading() {
            link_bar(scene, probabilities, at)
        } else {
            SHORT_BAR
        };
        *probability > bar
    };
    let lines = probabilities.iter().enumerate();
    let mut chosen: Vec<bool> = lines.map(is_chosen).collect();
    add_rows(scene, probabilities, &mut chosen);
    annex::leave_out(scene, &mut chosen);
    chosen
}

/// The bar for a line of links. One that stands between lines of the body which are none, or beside
/// one, is more likely part of the story than one of a run of links; but what stands on the page more than
/// once is a button as often.
fn link_bar(scene: &Scene<'_>, probabilities: &[f32], at: usize) -> f32 {
    const BODY: f32 = 0.5;
    const PLAIN_SHARE: f32 = 0.6;
    let is_told = |other: usize| {
        let told = probabilities.get(other).is_some_and(|found| *found > BODY);
        told && scene.shapes[other].link_share <= PLAIN_SHARE
    };
    let before = [1, 2].map(|steps| at.checked_sub(steps).is_some_and(is_told));
    let after = [at + 1, at + 2].map(is_told);
    let is_unique = scene.repeats[at] == 1;
    let is_paragraph = scene.page.node_of(&scene.page.lines[at]).tag == Tag::P;
    if before[0] && after[0] && is_paragraph && is_unique {
        PARAGRAPH_LINK_BAR
    } else if before.contains(&true) && after.contains(&true)
        || (before[0] || after[0]) && is_unique
    {
        STORY_LINK_BAR
    } else {
        LINK_BAR
    }
}

/// Adds the rows of tables amid the body.
fn add_rows(scene: &Scene<'_>, probabilities: &[f32], chosen: &mut [bool]) {
    let first = chosen.iter().position(|body| *body).unwrap_or(0);
    let last = chosen.iter().rposition(|body| *body).unwrap_or(0);
    for at in first..last {
        let is_row = is_within(scene, &scene.page.lines[at], Tag::Tr);
        chosen[at] |= is_row && probabilities[at] > ROW_BAR;
    }
}

/// Whether a line stands in an element of a tag, or in one right below it.
fn is_within(scene: &Scene<'_>, line: &Line, tag: Tag) -> bool {
    let nodes = &scene.page.nodes;
    let node = scene.page.node_of(line);
    node.tag == tag
        || nodes
            .get(node.parent as usize)
            .is_some_and(|above| above.tag == tag)
}

/// The best lines of a page without likely ones: those that look like paragraphs; or any but links;
/// or any at all.
fn likeliest(scene: &Scene<'_>, probabilities: &[f32], highest: f32) -> Vec<bool> {
    type Accept = fn(&Shape) -> bool;
    let ways: [(Accept, f32); 3] = [
        (Shape::is_story, 0.3),
        (|shape| shape.link_share < 0.5, 0.6),
        (|_| true, 0.6),
    ];
    let chosen_by = |(accept, share): (Accept, f32)| -> Vec<bool> {
        let lines = scene.shapes.iter().zip(probabilities);
        lines
            .map(|(shape, probability)| accept(shape) && *probability >= highest * share)
            .collect()
    };
    ways.into_iter()
        .map(chosen_by)
        .find(|chosen| chosen.contains(&true))
        .unwrap_or_default()
}

/// The bar for long lines. The best expected balance of words won and words lost lies at half of
/// what that balance is: where the model is sure of a page it is about one half, and lower on
/// pages that it is less sure of.
fn best_bar(scene: &Scene<'_>, probabilities: &[f32]) -> f32 {
    let lines = probabilities.iter().zip(&scene.shapes);
    let lines = lines.map(|(probability, shape)| (*probability, shape.words as f32));
    let expected: f32 = lines
        .clone()
        .map(|(probability, words)| probability * words)
        .sum();
    // No balance that lifts the bar above the least is better with lines below it.
    let mut lines: Vec<(f32, f32)> = lines.filter(|line| line.0 > LEAST_BAR).collect();
    lines.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
    let (mut won, mut taken, mut best) = (0.0, 0.0, 0.0f32);
    for (probability, words) in lines {
        won += probability * words;
        taken += words;
        best = best.max(2.0 * won / (taken + expected));
    }
    (best / 2.0 * 0.8).max(LEAST_BAR)
}

fn draft_line(scene: &Scene<'_>, at: usize) -> DraftLine {
    let page = scene.page;
    let (line, shape) = (&page.lines[at], &scene.shapes[at]);
    let (kind, level) = kind_of(page, line);
    DraftLine {
        text: page.text_of(line).to_owned(),
        kind,
        level,
        cues: shape.cues,
        words: shape.words as usize,
        link_share: shape.link_share,
        source: (line.source_start, line.source_end),
        after_break: line.after_break,
        certainty: None,
        fate: Fate::Kept,
    }
}

/// What the nearest element with a meaning makes of the line.
fn kind_of(page: &Page, line: &Line) -> (BlockKind, Option<u8>) {
    const STEPS: usize = 4;
    let mut at = line.node;
    for _ in 0..STEPS {
        let Some(node) = page.nodes.get(at as usize) else {
            break;
        };
        let kind = match node.tag {
            Tag::Li | Tag::Dd | Tag::Dt => BlockKind::ListItem,
            Tag::Blockquote => BlockKind::Quote,
            Tag::Td | Tag::Th | Tag::Tr => BlockKind::TableRow,
            Tag::Pre => BlockKind::Preformatted,
            Tag::Figcaption | Tag::Caption => BlockKind::Caption,
            tag => match tag.heading_level() {
                Some(level) => return (BlockKind::Heading, Some(level)),
                None => {
                    at = node.parent;
                    continue;
                }
            },
        };
        return (kind, None);
    }
    (BlockKind::Paragraph, None)
}
