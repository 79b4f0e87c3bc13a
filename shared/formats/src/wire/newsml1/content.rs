//! `ContentItem`s: the body, captions, and files.

use wiredesk_model::{RoleText, WireRendition};

use super::component::{Story, is_title};
use super::envelope::formal_name;
use crate::wire::body::{escape_into, render, unpacked};
use crate::wire::draft::{Draft, push_new_text};
use crate::wire::el::El;
use crate::wire::habits::Habits;
use crate::wire::nitf;
use crate::wire::status::local_part;

/// Roles that say what a story is made of.
const MEDIA_ROLES: [&str; 6] = ["Photo", "Picture", "Video", "Audio", "Graphic", "Animation"];

/// Reads the content of a story, from all components inside it.
pub fn read(draft: &mut Draft, story: &Story<'_, '_>, habits: &Habits) {
    draft.facts.class = class_of_story(story);
    let mut body = String::new();
    for component in &story.components {
        let role = component
            .child("Role")
            .and_then(formal_name)
            .unwrap_or_default();
        let items = component.children().filter_map(|el| match el.name() {
            "ContentItem" => Some(el),
            "Encoding" => el.child("ContentItem"),
            _ => None,
        });
        for item in items {
            content_item(draft, item, &role, &mut body, habits);
        }
    }
    if !body.is_empty() {
        draft.body = Some(body);
    }
    let facts = &mut draft.facts;
    // What NewsML 1.x has for "by whom" where nobody signed.
    if facts.byline.is_none() {
        facts.byline.clone_from(&facts.credit_line);
    }
}

fn content_item(
    draft: &mut Draft,
    item: El<'_, '_>,
    role: &str,
    body: &mut String,
    habits: &Habits,
) {
    let media_type = item.child("MimeType").and_then(formal_name);
    if let Some(href) = item.attr("Href") {
        draft
            .facts
            .renditions
            .push(rendition(item, href, role, media_type.clone()));
    }
    let is_encoded = item.child("Encoding").is_some();
    let data = item
        .child("DataContent")
        .or_else(|| item.at("Encoding/DataContent"));
    let Some(data) = data else {
        return;
    };
    if is_encoded {
        let kind = media_type.or_else(|| item.child("MediaType").and_then(formal_name));
        return match unpacked(data, &kind.unwrap_or_default()) {
            Some(html) => place(draft, data, role, html, body),
            None => draft.keep("ContentItem", data),
        };
    }
    if is_style_sheet(item) {
        body.push_str("<style>");
        escape_into(&data.text(), body);
        body.push_str("</style>");
        return;
    }
    if let Some(nitf) = data.find("nitf") {
        nitf::merge_head(draft, nitf, habits);
    }
    let html = html_of(data);
    if html.is_empty() {
        return;
    }
    place(draft, data, role, html, body);
}

/// Whether a content item says how others look.
fn is_style_sheet(item: El<'_, '_>) -> bool {
    ["MimeType", "Format"].iter().any(|name| {
        let kind = item.child(name).and_then(formal_name).unwrap_or_default();
        kind.to_lowercase().contains("css")
    })
}

/// What the story is: what its main component holds, or else the first that is no caption.
fn class_of_story(story: &Story<'_, '_>) -> Option<String> {
    let mut first = None;
    for component in &story.components {
        let role = component
            .child("Role")
            .and_then(formal_name)
            .unwrap_or_default();
        let of_role = MEDIA_ROLES
            .iter()
            .any(|known| role.eq_ignore_ascii_case(known));
        let mut kinds = component
            .all("ContentItem")
            .filter_map(|item| item.child("MediaType"));
        let kind = kinds
            .next()
            .and_then(formal_name)
            .or_else(|| of_role.then(|| role.clone()));
        let Some(kind) = kind else {
            continue;
        };
        if role.eq_ignore_ascii_case("main") {
            return Some(class_of(&kind));
        }
        let is_caption = role.to_lowercase().contains("caption");
        first = first.or_else(|| (!is_caption).then(|| class_of(&kind)));
    }
    first
}

fn class_of(kind: &str) -> String {
    let class = local_part(kind).to_ascii_lowercase();
    if class == "photo" {
        "picture".to_owned()
    } else {
        class
    }
}

/// Puts the text of a content item where its role says.
fn place(draft: &mut Draft, data: El<'_, '_>, role: &str, html: String, body: &mut String) {
    let facts = &mut draft.facts;
    let text = || data.line().unwrap_or_default();
    match role.to_ascii_lowercase().as_str() {
        role if is_title(role) => {
            let text = text();
            body.push_str("<h1>");
            escape_into(&text, body);
            body.push_str("</h1>");
            let role = (!facts.headlines.is_empty()).then(|| role.to_owned());
            let title = RoleText {
                role,
                text,
                language: None,
            };
            push_new_text(&mut facts.headlines, [title]);
        }
        "caption" => {
            facts.descriptions.push(RoleText {
                role: Some(role.to_owned()),
                text: text(),
                language: None,
            });
            body.push_str("<figure><figcaption>");
            body.push_str(&html);
            body.push_str("</figcaption></figure>");
        }
        "lead" | "abstract" | "summary" => {
            facts.descriptions.push(RoleText {
                role: Some(role.to_owned()),
                text: text(),
                language: None,
            });
            body.push_str(&html);
        }
        _ => body.push_str(&html),
    }
}

fn html_of(data: El<'_, '_>) -> String {
    if data.find("nitf").is_some() || data.find("body.content").is_some() {
        let mut html = String::new();
        nitf::render_body(data, &mut html);
        return html;
    }
    let page = data.descendants().find(|el| el.is("body"));
    let html = render(page.unwrap_or(data));
    if html.trim().is_empty() {
        String::new()
    } else {
        html
    }
}

fn rendition(
    item: El<'_, '_>,
    href: String,
    role: &str,
    media_type: Option<String>,
) -> WireRendition {
    let characteristics = item.child("Characteristics");
    let number = |names: &[&str]| {
        let property = characteristics?.all("Property").find(|property| {
            let name = property.attr("FormalName").unwrap_or_default();
            names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted))
        })?;
        property.attr("Value")?.parse().ok()
    };
    let size = characteristics.and_then(|el| el.child_line("SizeInBytes"));
    WireRendition {
        name: (!role.is_empty()).then(|| role.to_owned()),
        href: Some(href),
        media_type: media_type.or_else(|| item.child("Format").and_then(formal_name)),
        size_bytes: size.and_then(|size| size.parse().ok()),
        width: number(&["Width", "PixelWidth"]),
        height: number(&["Height", "PixelHeight"]),
        caption: None,
    }
}
