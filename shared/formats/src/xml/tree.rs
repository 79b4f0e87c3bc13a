//! The flat tree: elements in document order, each knowing where its bytes stand.

use std::borrow::Cow;

use super::attributes::Attributes;
use super::entities::decode_into;
use super::{Ns, builder};
use crate::{FormatError, Limits};

/// One element of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

pub(super) const NONE: u32 = u32::MAX;

/// Where an element stands in the source, and how it hangs in the tree.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub name: (u32, u32),
    pub attributes: (u32, u32),
    pub outer: (u32, u32),
    pub inner: (u32, u32),
    pub ns: Ns,
    pub parent: u32,
    pub first_child: u32,
    pub last_child: u32,
    pub next: u32,
}

/// A document as elements.
#[derive(Debug)]
pub struct Tree<'a> {
    pub(super) source: &'a str,
    pub(super) nodes: Vec<Node>,
    /// Entities that the document declares, name and plain text.
    pub(super) entities: Vec<(&'a str, &'a str)>,
}

impl<'a> Tree<'a> {
    /// Reads a document; only limits can fail.
    ///
    /// # Errors
    /// `OverLimit` for too many elements, or too many inside each other.
    pub fn read(source: &'a str, limits: &Limits) -> Result<Self, FormatError> {
        builder::build(source, limits)
    }

    /// Every element, in document order.
    pub fn all(&self) -> impl Iterator<Item = NodeId> + use<> {
        (1..self.nodes.len() as u32).map(NodeId)
    }

    /// The elements directly inside.
    pub fn children(&self, id: NodeId) -> Children<'_, 'a> {
        Children {
            tree: self,
            next: self.node(id).first_child,
        }
    }

    /// The first element directly inside with this name.
    pub fn child(&self, id: NodeId, ns: Ns, name: &str) -> Option<NodeId> {
        self.children(id).find(|child| self.is(*child, ns, name))
    }

    /// The element around it.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        Some(self.node(id).parent)
            .filter(|parent| *parent != NONE && *parent != 0)
            .map(NodeId)
    }

    /// Whether an element for which `matches` holds is around it.
    pub fn is_inside(&self, id: NodeId, matches: impl Fn(NodeId) -> bool) -> bool {
        std::iter::successors(self.parent(id), |around| self.parent(*around)).any(matches)
    }

    /// Name without prefix, as written.
    pub fn name(&self, id: NodeId) -> &'a str {
        let name = self.slice(self.node(id).name);
        // Names are short: a plain loop is faster than a search.
        let colon = name.bytes().rposition(|byte| byte == b':');
        colon.map_or(name, |colon| &name[colon + 1..])
    }

    /// Name without prefix, in small letters.
    pub fn lower_name(&self, id: NodeId) -> Cow<'a, str> {
        let name = self.name(id);
        match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(name.to_ascii_lowercase()),
            false => Cow::Borrowed(name),
        }
    }

    /// Name as written, with its prefix.
    pub fn written_name(&self, id: NodeId) -> &'a str {
        self.slice(self.node(id).name)
    }

    /// What it belongs to.
    pub fn ns(&self, id: NodeId) -> Ns {
        self.node(id).ns
    }

    /// Whether it is `name` of `ns`; the case of letters is not held against it.
    pub fn is(&self, id: NodeId, ns: Ns, name: &str) -> bool {
        self.ns(id) == ns && self.name(id).eq_ignore_ascii_case(name)
    }

    /// Value of an attribute, by its name as written, references resolved.
    pub fn attribute(&self, id: NodeId, name: &str) -> Option<Cow<'a, str>> {
        let raw = Attributes::new(self.slice(self.node(id).attributes))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))?
            .1;
        if !raw.contains('&') {
            return Some(Cow::Borrowed(raw));
        }
        let mut value = String::with_capacity(raw.len());
        decode_into(raw, &self.entities, &mut value);
        Some(Cow::Owned(value))
    }

    /// What stands between an element's name and the end of its tag.
    pub(super) fn attribute_source(&self, id: NodeId) -> &'a str {
        self.slice(self.node(id).attributes)
    }

    /// Whether its tag says more than its name.
    pub fn has_attributes(&self, id: NodeId) -> bool {
        Attributes::new(self.attribute_source(id)).next().is_some()
    }

    /// Whether there are elements inside.
    pub fn has_children(&self, id: NodeId) -> bool {
        self.node(id).first_child != NONE
    }

    /// The element as it stands in the source, tags included.
    pub fn outer(&self, id: NodeId) -> &'a str {
        self.slice(self.node(id).outer)
    }

    /// What stands between its tags in the source.
    pub fn inner(&self, id: NodeId) -> &'a str {
        self.slice(self.node(id).inner)
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    fn slice(&self, (from, to): (u32, u32)) -> &'a str {
        self.source
            .get(from as usize..to as usize)
            .unwrap_or_default()
    }
}

/// The elements directly inside another.
pub struct Children<'t, 'a> {
    tree: &'t Tree<'a>,
    next: u32,
}

impl Iterator for Children<'_, '_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        if self.next == NONE {
            return None;
        }
        let id = NodeId(self.next);
        self.next = self.tree.node(id).next;
        Some(id)
    }
}
