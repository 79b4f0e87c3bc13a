//! Finding the body: which lines of a page tell the story.

use wiredesk_model::BlockKind;

use crate::draft::{Draft, DraftLine, Fate};
use crate::html::{Line, Page, Tag};

/// Lines behind the body that rules may still name.
const TAIL_LINES: usize = 12;

/// The lines of the body, and those between and right behind them for the rules to see.
pub(crate) fn draft_of(page: &Page, _title: Option<&str>) -> Draft {
    let chosen: Vec<bool> = page.lines.iter().map(|line| is_body(page, line)).collect();
    let (Some(first), Some(last)) = (
        chosen.iter().position(|body| *body),
        chosen.iter().rposition(|body| *body),
    ) else {
        return Draft::default();
    };
    let mut draft = Draft::default();
    let end = (last + 1 + TAIL_LINES).min(page.lines.len());
    for at in first..end {
        let mut line = draft_line(page, &page.lines[at]);
        if !chosen[at] {
            line.fate = Fate::Outside;
        }
        draft.lines.push(line);
    }
    draft
}

fn is_body(page: &Page, line: &Line) -> bool {
    let text = page.text_of(line);
    let link_share = line.link_bytes as f32 / text.len().max(1) as f32;
    text.split_whitespace().count() >= 10 && link_share < 0.4
}

fn draft_line(page: &Page, line: &Line) -> DraftLine {
    let text = page.text_of(line).to_owned();
    let link_share = line.link_bytes as f32 / text.len().max(1) as f32;
    let (kind, level) = kind_of(page, line);
    let mut made = DraftLine::new(text, kind, (line.source_start, line.source_end));
    made.level = level;
    made.link_share = link_share;
    made.after_break = line.after_break;
    made
}

fn kind_of(page: &Page, line: &Line) -> (BlockKind, Option<u8>) {
    let mut at = line.node;
    for _ in 0..4 {
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
