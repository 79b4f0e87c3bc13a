//! The body among several: HTML before text, the main one before others.

use serde_json::Value;

use super::concept::{text_at, text_of};
use super::path::Found;
use crate::Limits;
use crate::wire::body::{plain_text, render_text};
use crate::wire::el::El;
use crate::wire::nitf;
use crate::xml::Tree;

/// A body that a document offers.
pub struct Body {
    role: String,
    media_type: String,
    value: String,
    /// Words, where declared.
    pub words: Option<u64>,
}

/// Reads what may be a body.
pub fn of(found: &Found<'_>) -> Option<Body> {
    if let Some(value) = text_of(found.value) {
        return Some(Body {
            role: String::new(),
            media_type: found.tail.clone().unwrap_or_default().to_lowercase(),
            value,
            words: None,
        });
    }
    let value = found.value;
    let words = text_at(value, &["wordcount"]).and_then(|words| words.parse().ok());
    Some(Body {
        role: text_at(value, &["role"]).unwrap_or_default().to_lowercase(),
        media_type: text_at(value, &["contenttype", "type"])
            .unwrap_or_default()
            .to_lowercase(),
        value: text_at(value, &["value"])?,
        words,
    })
}

impl Body {
    /// How well it serves as the body of the story; the lowest is best.
    pub fn rank(&self) -> (bool, bool) {
        let is_side = !(self.role.is_empty() || self.role.contains("main") || self.role == "body");
        (is_side, !self.is_markup())
    }

    fn is_markup(&self) -> bool {
        self.value.trim_start().starts_with('<')
    }

    /// It as HTML.
    pub fn html(&self, limits: &Limits) -> String {
        let is_nitf = self.media_type.contains("nitf")
            || self.value.contains("<nitf")
            || self.value.contains("<body.content");
        if is_nitf && let Some(html) = nitf_html(&self.value, limits) {
            return html;
        }
        let mut html = String::new();
        render_text(&self.value, &mut html);
        html
    }

    /// Its text without markup and white space, to compare by.
    pub fn words_only(&self) -> String {
        let mut html = String::new();
        render_text(&self.value, &mut html);
        let text = plain_text(&html).unwrap_or_default();
        text.split_whitespace().collect()
    }

    /// It as it was, to be kept where another was chosen.
    pub fn as_json(&self) -> Value {
        serde_json::json!({"role": self.role, "contentType": self.media_type, "value": self.value})
    }
}

fn nitf_html(source: &str, limits: &Limits) -> Option<String> {
    let tree = Tree::read(source, limits).ok()?;
    let mut html = String::new();
    let mut roots = tree.all().map(|id| El { tree: &tree, id });
    let root = roots.find(|el| el.is("nitf") || el.is("body"))?;
    nitf::render_body(root, &mut html);
    (!html.is_empty()).then_some(html)
}
