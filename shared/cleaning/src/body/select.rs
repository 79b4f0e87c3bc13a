//! From probabilities to the draft that the rules work on.

use wiredesk_model::BlockKind;

use super::judge::probabilities;
use super::name::name_of;
use super::scene::Scene;
use crate::draft::{Draft, DraftLine, Fate};
use crate::html::{Line, Page, Tag};

/// Lines behind the body that rules may still name.
const TAIL_LINES: usize = 12;

/// A line above this probability is part of the body.
const CHOSEN: f32 = 0.5;

/// The lines of the body, and those between and right behind them for the rules to see.
pub(crate) fn draft_of(page: &Page, title: Option<&str>) -> Draft {
    let scene = Scene::new(page, title);
    let chosen = if page.is_fragment {
        vec![true; page.lines.len()]
    } else {
        choose(&scene)
    };
    let (Some(first), Some(last)) = (
        chosen.iter().position(|body| *body),
        chosen.iter().rposition(|body| *body),
    ) else {
        return Draft::default();
    };
    let mut draft = Draft::default();
    let end = (last + 1 + TAIL_LINES).min(page.lines.len());
    for (at, body) in chosen.iter().enumerate().take(end).skip(first) {
        let mut line = draft_line(&scene, at);
        if !body {
            let (rule, reason) = name_of(&scene, at);
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
fn choose(scene: &Scene<'_>) -> Vec<bool> {
    let probabilities = probabilities(scene);
    let highest = probabilities.iter().copied().fold(0.0, f32::max);
    let bar = if highest > CHOSEN {
        CHOSEN
    } else {
        highest * 0.6
    };
    probabilities
        .iter()
        .map(|probability| *probability >= bar)
        .collect()
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
