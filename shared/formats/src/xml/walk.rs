//! Everything inside an element in its order: text and the elements in it.

use std::borrow::Cow;

use super::attributes::Attributes;
use super::entities::decode_into;
use super::tree::{NONE, NodeId, Tree};

/// One piece of the content of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text as it stands in the source; [`Tree::resolve_into`] makes it readable.
    Text(&'a str),
    /// An element begins.
    Open(NodeId),
    /// The element that began last ends.
    Close(NodeId),
}

impl<'a> Tree<'a> {
    /// Walks everything inside `id`, without recursion.
    pub fn pieces(&self, id: NodeId) -> Pieces<'_, 'a> {
        let mut pieces = Pieces {
            tree: self,
            open: Vec::new(),
        };
        pieces.enter(id);
        pieces
    }

    /// Appends text of the source with references resolved, CDATA unwrapped and comments left out.
    pub fn resolve_into(&self, raw: &str, out: &mut String) {
        self.append(raw, false, out);
    }

    /// Names as written and values of all attributes.
    pub fn attributes(&self, id: NodeId) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        let entities = &self.entities;
        Attributes::new(self.attribute_source(id)).map(move |(name, raw)| {
            if !raw.contains('&') {
                return (name, Cow::Borrowed(raw));
            }
            let mut value = String::with_capacity(raw.len());
            decode_into(raw, entities, &mut value);
            (name, Cow::Owned(value))
        })
    }
}

/// The walk of [`Tree::pieces`].
pub struct Pieces<'t, 'a> {
    tree: &'t Tree<'a>,
    open: Vec<Place>,
}

/// How far the walk is inside one element.
struct Place {
    id: NodeId,
    next_child: u32,
    at: u32,
}

impl Pieces<'_, '_> {
    fn enter(&mut self, id: NodeId) {
        let node = &self.tree.nodes[id.0 as usize];
        self.open.push(Place {
            id,
            next_child: node.first_child,
            at: node.inner.0,
        });
    }
}

impl<'a> Iterator for Pieces<'_, 'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let tree = self.tree;
        let place = self.open.last_mut()?;
        let child = (place.next_child != NONE).then(|| &tree.nodes[place.next_child as usize]);
        let text_end = child.map_or(tree.nodes[place.id.0 as usize].inner.1, |child| {
            child.outer.0
        });
        if place.at < text_end {
            let text = tree.source.get(place.at as usize..text_end as usize);
            place.at = text_end;
            return Some(Piece::Text(text.unwrap_or_default()));
        }
        if let Some(child) = child {
            let id = NodeId(place.next_child);
            place.at = child.outer.1;
            place.next_child = child.next;
            self.enter(id);
            return Some(Piece::Open(id));
        }
        let left = self.open.pop()?;
        (!self.open.is_empty()).then_some(Piece::Close(left.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn text_and_elements_come_in_their_order() {
        let source = "<p>a &amp; <b x='1'>b<![CDATA[<i>]]></b><br/>c<!-- d --></p>";
        let tree = Tree::read(source, &Limits::default()).unwrap();
        let root = tree.all().next().unwrap();
        let mut out = String::new();
        for piece in tree.pieces(root) {
            match piece {
                Piece::Text(raw) => tree.resolve_into(raw, &mut out),
                Piece::Open(id) => out.push_str(&format!("[{}", tree.name(id))),
                Piece::Close(_) => out.push(']'),
            }
        }
        assert_eq!(out, "a & [bb<i>][br]c");
        let b = tree.all().nth(1).unwrap();
        let attributes: Vec<_> = tree.attributes(b).collect();
        assert_eq!(attributes, [("x", Cow::Borrowed("1"))]);
    }
}
