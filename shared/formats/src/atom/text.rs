//! Text and content constructs (RFC 4287, 3.1 and 4.1.3; Atom 0.3, 3.1).

use std::borrow::Cow;

use crate::base64::base64_text;
use crate::links::Base;
use crate::xml::{NodeId, Tree};

/// The text or markup of a construct, with its links completed.
pub(super) fn construct<'a>(tree: &Tree<'a>, node: NodeId, base: &Base) -> Cow<'a, str> {
    let text = as_sent(tree, node);
    let kind = tree.attribute(node, "type").unwrap_or_default();
    if text.contains('<')
        && (kind.contains("html") || kind.contains("octet") || tree.has_children(node))
    {
        return base
            .within(tree.attribute(node, "xml:base").as_deref())
            .complete(text);
    }
    text
}

/// The text or markup of a construct, whatever `type` and `mode` it names; an unknown type is
/// text.
fn as_sent<'a>(tree: &Tree<'a>, node: NodeId) -> Cow<'a, str> {
    let mode = tree.attribute(node, "mode");
    let is_packed =
        mode.is_some_and(|mode| mode.eq_ignore_ascii_case("base64")) || is_binary(tree, node);
    if is_packed && let Some(text) = base64_text(&tree.text(node)) {
        return Cow::Owned(text);
    }
    // XHTML stands in a `div` that is not part of it (RFC 4287, 3.1.1.3).
    let mut children = tree.children(node);
    match (children.next(), children.next()) {
        (Some(only), None)
            if tree.name(only) == "div" && tree.inner(node).trim() == tree.outer(only) =>
        {
            tree.text(only)
        }
        _ => tree.text(node),
    }
}

/// A media type that is neither text nor XML comes in base64.
fn is_binary(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.attribute(node, "type").is_some_and(|kind| {
        let kind = kind.to_ascii_lowercase();
        kind.contains('/')
            && !kind.starts_with("text/")
            && !kind.contains("xml")
            && !kind.contains("html")
    }) && !tree.has_children(node)
}
