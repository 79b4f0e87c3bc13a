//! An item while it is being read, and what every wire item is made of in the end.

use std::collections::HashSet;

use wiredesk_model::{Enclosure, Extra, Item, Person, RoleText, WireFacts, WireTerm};

use super::advisory_words::mark_advisory;
use super::body::plain_text;
use super::el::El;
use super::media_topics;
use super::text_wire::{find_dateline, without_by};

/// An advisory says what it is in one of the first headlines.
const HEADLINES: usize = 4;
/// How far into a body its dateline is looked for, in characters of HTML.
const START_CHARS: usize = 4000;
/// And in paragraphs: notes and a byline may stand before it.
const START_LINES: usize = 6;

/// An item while it is being read.
#[derive(Debug, Default)]
pub struct Draft {
    /// What the wire says.
    pub facts: WireFacts,
    /// Id that is the same over all versions, where it differs from the guid.
    pub id: Option<String>,
    /// Title for items without a headline.
    pub title: Option<String>,
    /// The body as HTML.
    pub body: Option<String>,
    /// Declared language.
    pub language: Option<String>,
    /// Copyright line.
    pub copyright: Option<String>,
}

impl Draft {
    /// Keeps an element that has no field.
    pub fn keep(&mut self, path: &str, el: El<'_, '_>) {
        let is_plain = el.tree.attributes(el.id).next().is_none() && !el.tree.has_children(el.id);
        let value = if is_plain {
            el.text()
        } else {
            el.source().trim().to_owned()
        };
        if !value.is_empty() {
            let slash = if path.is_empty() { "" } else { "/" };
            self.keep_text(&format!("{path}{slash}{}", el.name()), value);
        }
    }

    /// Keeps a text that has no field.
    pub fn keep_text(&mut self, path: &str, value: String) {
        self.facts.extra.push(Extra {
            path: path.to_owned(),
            value,
        });
    }

    /// The finished item.
    pub fn finish(self) -> Item {
        let mut facts = self.facts;
        put_main_headline_first(&mut facts.headlines);
        media_topics::resolve(&mut facts.subjects);
        // A headline that shouts is enough; a body may quote one who does.
        for headline in facts
            .headlines
            .iter()
            .take(HEADLINES)
            .cloned()
            .collect::<Vec<_>>()
        {
            mark_advisory(&mut facts, &headline.text);
        }
        complete_from_body(&mut facts, self.body.as_deref().unwrap_or_default());
        let headline = facts
            .headlines
            .first()
            .map(|headline| headline.text.clone());
        let target_of = |link: &wiredesk_model::WireLink| {
            link.target
                .clone()
                .filter(|target| target.starts_with("http"))
        };
        let link = facts
            .links
            .iter()
            .find(|link| link.rel.as_deref() == Some("canonical"))
            .and_then(target_of);
        Item {
            id: self.id.or_else(|| facts.guid.clone()),
            title: headline.or(self.title),
            link,
            links: facts.links.iter().filter_map(target_of).collect(),
            published: facts
                .first_created
                .clone()
                .or_else(|| facts.version_created.clone()),
            updated: facts.version_created.clone(),
            authors: people(&facts, true),
            contributors: people(&facts, false),
            summary: summary(&facts, self.body.as_deref()),
            content: self.body.filter(|body| !body.trim().is_empty()),
            rights: self.copyright,
            categories: categories(&facts),
            enclosures: enclosures(&facts),
            language: self.language,
            wire: Some(Box::new(facts)),
            ..Item::default()
        }
    }
}

fn is_text(facts: &WireFacts) -> bool {
    matches!(facts.class.as_deref(), None | Some("text" | "composite"))
}

/// Whether it is files of one kind and nothing else, such as a sound with its caption.
fn is_only_files(facts: &WireFacts, body: Option<&str>) -> bool {
    let is_empty = body.is_none_or(|body| body.trim().is_empty());
    let mut classes = facts.members.iter().map(|member| member.class.as_deref());
    let first = classes.next().flatten();
    is_empty
        && first.is_some_and(|first| !matches!(first, "text" | "composite"))
        && classes.all(|class| class == first)
}

/// The teaser. The caption of a picture that goes with a text says nothing of the text.
fn summary(facts: &WireFacts, body: Option<&str>) -> Option<String> {
    let is_caption = |text: &RoleText| {
        let role = text.role.as_deref().unwrap_or_default();
        role.to_ascii_lowercase().contains("caption")
    };
    let is_text = is_text(facts) && !is_only_files(facts, body);
    let found = facts
        .descriptions
        .iter()
        .find(|text| !(is_text && is_caption(text)));
    found.map(|text| text.text.clone())
}

/// What is missing and stands at the start of the body: the dateline, and of a picture or film
/// the description.
fn complete_from_body(facts: &mut WireFacts, body: &str) {
    let is_text = is_text(facts);
    let wants_description = !is_text && facts.descriptions.is_empty();
    if facts.dateline.is_some() && !wants_description {
        return;
    }
    let end = body
        .char_indices()
        .nth(START_CHARS)
        .map_or(body.len(), |(at, _)| at);
    let Some(text) = plain_text(if wants_description {
        body
    } else {
        &body[..end]
    }) else {
        return;
    };
    if facts.dateline.is_none() {
        let found = text.lines().take(START_LINES).find_map(find_dateline);
        facts.dateline = found.map(|found| found.line.to_owned());
    }
    // A heading in the body that repeats the headline describes nothing.
    let headline = facts
        .headlines
        .first()
        .map_or("", |headline| headline.text.as_str());
    let lines: Vec<&str> = text.lines().filter(|line| *line != headline).collect();
    if wants_description && !lines.is_empty() {
        facts.descriptions.push(RoleText {
            text: lines.join("\n"),
            ..RoleText::default()
        });
    }
}

/// Lists longer than this are no longer searched for what is in them already, so that a document
/// with nothing but keywords takes no more time than its size asks for.
const SEARCHED: usize = 1_000;

/// Adds to a list what is not in it; components and vocabularies repeat each other.
pub fn push_new<T: PartialEq>(list: &mut Vec<T>, new: impl IntoIterator<Item = T>) {
    for new in new {
        if list.len() > SEARCHED || !list.contains(&new) {
            list.push(new);
        }
    }
}

/// Adds a headline or description unless its text is there.
pub fn push_new_text(list: &mut Vec<RoleText>, new: impl IntoIterator<Item = RoleText>) {
    for new in new {
        if list.len() > SEARCHED || list.iter().all(|known| known.text != new.text) {
            list.push(new);
        }
    }
}

/// The headline without a role, or with the role of the main one, stands first.
fn put_main_headline_first(headlines: &mut [RoleText]) {
    let is_main = |headline: &RoleText| {
        headline.role.as_deref().is_none_or(|role| {
            let role = role.to_ascii_lowercase();
            role.ends_with("main") || role.ends_with(":title") || role.ends_with(":headline")
        })
    };
    if let Some(place) = headlines.iter().position(is_main) {
        headlines[..=place].rotate_right(1);
    }
}

/// Roles of those who made the text.
const AUTHOR_ROLES: [&str; 4] = ["creator", "author", "writer", "reporter"];

fn people(facts: &WireFacts, authors: bool) -> Vec<Person> {
    let is_author = |credit: &&WireTerm| {
        let by_kind = credit
            .kind
            .as_deref()
            .filter(|kind| kind.ends_with("contributor"));
        let role = credit.role.as_deref().or(by_kind).unwrap_or("creator");
        AUTHOR_ROLES.iter().any(|known| role.contains(known))
    };
    let named = |name: &str| Person {
        name: Some(without_by(name).to_owned()),
        ..Person::default()
    };
    let credits = facts
        .credits
        .iter()
        .filter(|credit| is_author(credit) == authors);
    let names: Vec<&str> = credits
        .filter_map(|credit| credit.name.as_deref().or(credit.code.as_deref()))
        .collect();
    // Who signed counts more than who is named in the metadata, unless that is the same.
    let byline = facts
        .byline
        .as_deref()
        .filter(|byline| authors && !names.iter().any(|name| byline.contains(without_by(name))));
    byline.into_iter().chain(names).map(named).collect()
}

fn categories(facts: &WireFacts) -> Vec<String> {
    let names = facts
        .subjects
        .iter()
        .filter_map(|subject| subject.name.as_ref().or(subject.code.as_ref()));
    let mut seen = HashSet::new();
    let all = names.chain(&facts.keywords);
    all.filter(|name| seen.insert(name.as_str()))
        .cloned()
        .collect()
}

fn enclosures(facts: &WireFacts) -> Vec<Enclosure> {
    facts
        .renditions
        .iter()
        .filter_map(|rendition| {
            Some(Enclosure {
                url: rendition.href.clone()?,
                media_type: rendition.media_type.clone(),
                length: rendition.size_bytes.map(|bytes| bytes.to_string()),
                ..Enclosure::default()
            })
        })
        .collect()
}
