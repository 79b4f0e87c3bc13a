//! An item while it is being read, and what every wire item is made of in the end.

use wiredesk_model::{Enclosure, Item, Person, RoleText, WireExtra, WireFacts, WireTerm};

use super::el::El;

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
            self.keep_text(&format!("{path}/{}", el.name()), value);
        }
    }

    /// Keeps a text that has no field.
    pub fn keep_text(&mut self, path: &str, value: String) {
        self.facts.extra.push(WireExtra {
            path: path.to_owned(),
            value,
        });
    }

    /// The finished item.
    pub fn finish(self) -> Item {
        let mut facts = self.facts;
        put_main_headline_first(&mut facts.headlines);
        let headline = facts.headlines.first().map(|headline| headline.text.clone());
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
            summary: facts.descriptions.first().map(|text| text.text.clone()),
            content: self.body.filter(|body| !body.trim().is_empty()),
            rights: self.copyright,
            categories: categories(&facts),
            enclosures: enclosures(&facts),
            comments: None,
            language: self.language,
            wire: Some(Box::new(facts)),
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

fn people(facts: &WireFacts, authors: bool) -> Vec<Person> {
    let is_author = |credit: &WireTerm| {
        let role = credit.role.as_deref().unwrap_or("creator");
        role.contains("creator") || role.contains("author") || role.contains("byline")
    };
    facts
        .credits
        .iter()
        .filter(|credit| is_author(credit) == authors)
        .filter_map(|credit| {
            Some(Person {
                name: Some(credit.name.clone().or_else(|| credit.code.clone())?),
                ..Person::default()
            })
        })
        .collect()
}

fn categories(facts: &WireFacts) -> Vec<String> {
    let names = facts
        .subjects
        .iter()
        .filter_map(|subject| subject.name.clone().or_else(|| subject.code.clone()));
    let mut categories: Vec<String> = Vec::new();
    for name in names.chain(facts.keywords.iter().cloned()) {
        if !categories.contains(&name) {
            categories.push(name);
        }
    }
    categories
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
            })
        })
        .collect()
}
