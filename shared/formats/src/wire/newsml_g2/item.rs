//! One item: its frame, and which part of it says what.

use wiredesk_model::{Item, WireKind, WireLink, WireRendition};

use super::Header;
use super::term::Schemes;
use super::{content, meta, package};
use crate::wire::dates::read_date;
use crate::wire::draft::Draft;
use crate::wire::el::El;
use crate::wire::habits::Habits;

/// Classes of items that are files.
const MEDIA: [&str; 5] = ["picture", "photo", "video", "audio", "graphic"];

/// What every part of an item is read with.
pub struct Reading<'r> {
    /// What the agency does differently.
    pub habits: &'r Habits,
    /// The vocabularies that the item declares.
    pub schemes: Schemes,
    /// The item so far.
    pub draft: Draft,
}

/// Reads one item.
pub fn read(el: El<'_, '_>, kind: WireKind, header: &Header, habits: &Habits) -> Item {
    let provider = el.at("itemMeta/provider");
    let provider = provider.and_then(|provider| {
        let code = provider.any_attr(&["literal", "qcode", "uri"]);
        code.or_else(|| provider.child_line("name"))
    });
    let habits = habits.of_provider(provider.as_deref());
    let mut reading = Reading {
        habits: &habits,
        schemes: Schemes::read(el),
        draft: Draft::default(),
    };
    let facts = &mut reading.draft.facts;
    facts.kind = kind;
    facts.guid = el.attr("guid");
    // The schema's default for an item that numbers none.
    facts.version = Some(el.attr("version").unwrap_or_else(|| "1".to_owned()));
    facts.transmission.clone_from(&header.transmission);
    facts.priority.clone_from(&header.priority);
    reading.draft.language = el.attr("xml:lang");
    for child in el.children() {
        reading.part(child);
    }
    reading.complete();
    reading.draft.finish()
}

impl Reading<'_> {
    fn part(&mut self, el: El<'_, '_>) {
        match el.name() {
            "catalogRef" | "catalog" => {}
            "rightsInfo" => self.rights(el),
            "itemMeta" => meta::item_meta(self, el),
            "contentMeta" => meta::content_meta(self, el),
            "contentSet" => content::read(self, el),
            "groupSet" => package::read(self, el),
            "derivedFrom" => self.link(el, Some("derivedFrom".to_owned())),
            _ => self.draft.keep("", el),
        }
    }

    fn rights(&mut self, rights: El<'_, '_>) {
        for el in rights.children() {
            match el.name() {
                "copyrightHolder" => {
                    let term = self.schemes.term(el);
                    let holder = term.name.or(term.code);
                    let facts = &mut self.draft.facts;
                    facts.copyright_holder = facts.copyright_holder.take().or(holder);
                }
                // Said again in another language, it is kept beside the first.
                "copyrightNotice" if self.draft.copyright.is_none() => {
                    self.draft.copyright = el.some_text();
                }
                "usageTerms" if self.draft.facts.usage_terms.is_none() => {
                    // `None` is what some exporters write for nothing.
                    let terms = el.some_text().filter(|terms| terms != "None");
                    self.draft.facts.usage_terms = terms;
                }
                _ => self.draft.keep("rightsInfo", el),
            }
        }
    }

    /// Notes a relation; `rel` stands in where the element names none. An address beside the id of
    /// a picture or film leads to its file.
    pub fn link(&mut self, el: El<'_, '_>, rel: Option<String>) {
        let class = el.child("itemClass").and_then(|class| class.attr("qcode"));
        let class = class.map(|class| crate::wire::status::local_part(&class).to_owned());
        let is_file = el.attr("residref").is_some()
            && class.as_deref().is_some_and(|class| MEDIA.contains(&class));
        if let Some(href) = el.attr("href").filter(|_| is_file) {
            self.draft.facts.renditions.push(WireRendition {
                href: Some(href),
                media_type: el.attr("contenttype"),
                ..WireRendition::default()
            });
        }
        let link = WireLink {
            rel: el.attr("rel").or(rel),
            target: el.any_attr(&["residref", "guidref", "href", "literal", "uri", "idrefs"]),
            version: el.attr("version"),
            class,
            title: el.child_line("title").or_else(|| el.child_line("headline")),
            group: None,
            media_type: el.attr("contenttype"),
        };
        self.draft.facts.links.push(link);
    }

    /// A date of an element, where it can be read.
    pub fn date(&self, el: El<'_, '_>) -> Option<String> {
        read_date(&el.line()?, self.habits)
    }

    /// Fills what another part of the item can say as well.
    fn complete(&mut self) {
        let draft = &mut self.draft;
        let facts = &mut draft.facts;
        if draft.language.is_none() {
            draft.language.clone_from(&self.habits.default_language);
        }
        let version = facts.version_created.take();
        let content = || {
            facts
                .content_modified
                .clone()
                .or_else(|| facts.content_created.clone())
        };
        facts.version_created = version.or_else(content);
        let first = facts.first_created.take();
        facts.first_created = first.or_else(|| facts.content_created.clone());
    }
}

/// Adds a text on a new line.
pub fn append(to: &mut Option<String>, text: Option<String>) {
    let Some(text) = text else {
        return;
    };
    match to {
        Some(before) if !before.contains(&text) => {
            before.push('\n');
            before.push_str(&text);
        }
        Some(_) => {}
        None => *to = Some(text),
    }
}
