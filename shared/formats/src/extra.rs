//! What a web feed says that has no field: kept by its name, within limits. What is beyond them
//! stands in the item's own bytes, which are kept whole.

use std::borrow::Cow;

use serde_json::Value;
use wiredesk_model::Extra;

use crate::xml::{NodeId, Tree};

/// Entries of one item, or of the feed itself.
const MAX_ENTRIES: usize = 64;
/// Bytes of their values together.
const MAX_BYTES: usize = 16 * 1024;

/// Keeps an element: its text where that is all, otherwise as it stands in the document.
pub(crate) fn keep_element(extra: &mut Vec<Extra>, tree: &Tree<'_>, node: NodeId) {
    let is_text = !tree.has_children(node) && !tree.has_attributes(node);
    let value = match is_text {
        true => tree.text(node),
        false => tree.outer(node).trim_end().into(),
    };
    keep(extra, tree.written_name(node), value);
}

/// Keeps a member of a JSON object.
pub(crate) fn keep_member(extra: &mut Vec<Extra>, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::String(text) => keep(extra, name, text.into()),
        other => keep(extra, name, other.to_string().into()),
    }
}

fn keep(extra: &mut Vec<Extra>, path: &str, value: Cow<'_, str>) {
    let bytes: usize = extra.iter().map(|one| one.value.len()).sum();
    let has_room = extra.len() < MAX_ENTRIES && bytes + value.len() <= MAX_BYTES;
    if has_room && !value.is_empty() {
        extra.push(Extra {
            path: path.to_owned(),
            value: value.into_owned(),
        });
    }
}
