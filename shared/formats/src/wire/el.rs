//! An element of a wire document, by local names: prefixes and namespaces vary too much to matter.

use crate::xml::{NodeId, Piece, Tree};

/// One element with its tree.
#[derive(Clone, Copy)]
pub struct El<'t, 'a> {
    /// The tree that it is in.
    pub tree: &'t Tree<'a>,
    /// Which element it is.
    pub id: NodeId,
}

/// Elements that end the line that the text before them stands on.
const BLOCKS: [&str; 30] = [
    "p",
    "div",
    "section",
    "article",
    "header",
    "footer",
    "aside",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hl1",
    "hl2",
    "block",
    "blockquote",
    "bq",
    "pre",
    "br",
    "figure",
    "media",
];

/// Elements whose text nobody reads.
const ASIDES: [&str; 2] = ["script", "style"];

/// Ids and names are not longer.
const NAME_BYTES: usize = 1_000;

/// Elements whose text stands apart from that before it, on the same line.
const APART: [&str; 4] = ["td", "th", "story.date", "byttl"];

/// Whether text stops at the edges of an element of this name.
pub fn is_block(name: &str) -> bool {
    BLOCKS.iter().any(|block| name.eq_ignore_ascii_case(block))
}

impl<'t, 'a> El<'t, 'a> {
    /// Local name.
    pub fn name(self) -> &'a str {
        self.tree.name(self.id)
    }

    /// Whether it has this local name.
    pub fn is(self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// The elements directly inside.
    pub fn children(self) -> impl Iterator<Item = El<'t, 'a>> {
        let tree = self.tree;
        tree.children(self.id).map(move |id| El { tree, id })
    }

    /// The elements directly inside that have this name.
    pub fn all<'n>(self, name: &'n str) -> impl Iterator<Item = El<'t, 'a>> + use<'t, 'a, 'n> {
        let tree = self.tree;
        tree.children(self.id)
            .map(move |id| El { tree, id })
            .filter(move |child| child.is(name))
    }

    /// The first element directly inside with this name.
    pub fn child(self, name: &str) -> Option<El<'t, 'a>> {
        self.all(name).next()
    }

    /// The element at the end of a way down, taking the first at each step.
    pub fn at(self, path: &str) -> Option<El<'t, 'a>> {
        path.split('/').try_fold(self, |el, name| el.child(name))
    }

    /// Every element inside, at any depth, in document order.
    pub fn descendants(self) -> impl Iterator<Item = El<'t, 'a>> {
        let tree = self.tree;
        tree.pieces(self.id).filter_map(move |piece| match piece {
            Piece::Open(id) => Some(El { tree, id }),
            _ => None,
        })
    }

    /// The first element inside with this name, at any depth.
    pub fn find(self, name: &str) -> Option<El<'t, 'a>> {
        self.descendants().find(|el| el.is(name))
    }

    /// Value of an attribute, trimmed; an empty one counts as absent.
    pub fn attr(self, name: &str) -> Option<String> {
        let value = self.tree.attribute(self.id, name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The first of several attributes that is there.
    pub fn any_attr(self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.attr(name))
    }

    /// All its text: lines trimmed, white space folded, empty lines left out.
    pub fn text(self) -> String {
        folded_lines(&self.raw_text())
    }

    /// All its text; on one line where the lines of it come from how the document is laid out,
    /// which indents them. None where there is nothing.
    pub fn typed_text(self) -> Option<String> {
        let raw = self.raw_text();
        let is_laid_out = |line: &str| line.starts_with([' ', '\t']) && !line.trim().is_empty();
        let text = if raw.trim().lines().skip(1).any(is_laid_out) {
            fold(&raw)
        } else {
            folded_lines(&raw)
        };
        (!text.is_empty()).then_some(text)
    }

    /// Its text as it stands, with line breaks between blocks.
    fn raw_text(self) -> String {
        let mut raw = String::new();
        let mut in_aside = false;
        for piece in self.tree.pieces(self.id) {
            match piece {
                Piece::Text(text) if !in_aside => self.tree.resolve_into(text, &mut raw),
                Piece::Text(_) => {}
                Piece::Open(id) | Piece::Close(id) => {
                    let name = self.tree.name(id);
                    if ASIDES.iter().any(|aside| name.eq_ignore_ascii_case(aside)) {
                        in_aside = matches!(piece, Piece::Open(_));
                    }
                    if is_block(name) {
                        raw.push('\n');
                    } else if APART.iter().any(|apart| name.eq_ignore_ascii_case(apart)) {
                        raw.push(' ');
                    }
                }
            }
        }
        raw
    }

    /// All its text on one line; none where there is nothing.
    pub fn line(self) -> Option<String> {
        let line = fold(&self.text());
        (!line.is_empty()).then_some(line)
    }

    /// The one-line text of an id or a name: none where it is too long to be one. What is copied to
    /// every item of a message must not be as long as the message.
    pub fn name_line(self) -> Option<String> {
        self.line().filter(|line| line.len() <= NAME_BYTES)
    }

    /// All its text; none where there is nothing.
    pub fn some_text(self) -> Option<String> {
        let text = self.text();
        (!text.is_empty()).then_some(text)
    }

    /// The one-line text of the first element directly inside with this name.
    pub fn child_line(self, name: &str) -> Option<String> {
        self.all(name).find_map(El::line)
    }

    /// The element as it stands in the document.
    pub fn source(self) -> &'a str {
        self.tree.outer(self.id)
    }
}

/// Lines with white space folded, empty ones left out.
fn folded_lines(text: &str) -> String {
    let lines = text.lines().map(fold).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// White space folded to single spaces, none at the ends.
pub fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
