//! `NewsComponent`s: which of them make one story, and what each says of it.

use wiredesk_model::WireTerm;

use super::envelope::formal_name;
use super::lines;
use crate::wire::draft::{Draft, push_new};
use crate::wire::el::El;
use crate::wire::habits::Habits;
use crate::xml::NodeId;

/// A news item with more components beside each other carries no translations.
const MAX_LANGUAGES: usize = 16;

/// Components that tell one story.
pub struct Story<'t, 'a> {
    /// The components inside it, in the document's order.
    pub components: Vec<El<'t, 'a>>,
    /// All components in the order in which they are asked: from the one that holds the text
    /// outwards, then the others inside it, then those around it.
    pub asked: Vec<El<'t, 'a>>,
    /// `Duid` of its own component.
    pub duid: Option<String>,
    /// Whether the news item carries the story in other languages too.
    pub is_one_of_many: bool,
    language: Option<String>,
}

impl Story<'_, '_> {
    /// What tells it from the others of its news item.
    pub fn name(&self) -> Option<&str> {
        self.duid.as_deref().or(self.language.as_deref())
    }
}

/// The stories of a news item: one, or one for each language.
pub fn stories<'t, 'a>(item: El<'t, 'a>) -> Vec<Story<'t, 'a>> {
    let mut around: Vec<El<'t, 'a>> = Vec::new();
    let mut level = item;
    loop {
        let inner: Vec<_> = level.all("NewsComponent").collect();
        if inner.len() <= MAX_LANGUAGES && languages(&inner) > 1 {
            let one = |own: &El<'t, 'a>| story(*own, &around, true);
            return inner.iter().map(one).collect();
        }
        match inner.as_slice() {
            [only] => {
                around.push(*only);
                level = *only;
            }
            _ => break,
        }
    }
    let Some(top) = item.child("NewsComponent") else {
        return vec![story_of_all(item)];
    };
    if item.all("NewsComponent").nth(1).is_some() {
        return vec![story_of_all(item)];
    }
    vec![story(top, &[], false)]
}

/// How many languages components beside each other are in, where each has lines of its own.
fn languages(components: &[El<'_, '_>]) -> usize {
    let mut found: Vec<String> = Vec::new();
    for component in components {
        if component.child("NewsLines").is_none() {
            return 0;
        }
        let language = component.attr("xml:lang");
        found.extend(language.filter(|language| !found.contains(language)));
    }
    found.len()
}

fn story<'t, 'a>(own: El<'t, 'a>, around: &[El<'t, 'a>], is_one_of_many: bool) -> Story<'t, 'a> {
    let components: Vec<_> = std::iter::once(own).chain(components_in(own)).collect();
    Story {
        duid: components
            .iter()
            .find_map(|component| component.attr("Duid")),
        asked: in_asking_order(&components, around),
        components,
        is_one_of_many,
        language: own.attr("xml:lang"),
    }
}

/// A news item whose content hangs on it without one component around it.
fn story_of_all<'t, 'a>(item: El<'t, 'a>) -> Story<'t, 'a> {
    let components: Vec<_> = components_in(item).collect();
    Story {
        duid: components
            .iter()
            .find_map(|component| component.attr("Duid")),
        asked: in_asking_order(&components, &[]),
        components,
        is_one_of_many: false,
        language: None,
    }
}

fn in_asking_order<'t, 'a>(components: &[El<'t, 'a>], around: &[El<'t, 'a>]) -> Vec<El<'t, 'a>> {
    let text = components.iter().find(|component| holds_text(**component));
    let outwards = std::iter::successors(text.map(|component| component.id), |id| {
        components.first()?.tree.parent(*id)
    });
    let outwards: Vec<NodeId> = outwards.collect();
    let place = |component: &El<'t, 'a>| outwards.iter().position(|id| *id == component.id);
    let mut chain: Vec<_> = components
        .iter()
        .filter(|component| place(component).is_some())
        .collect();
    chain.sort_by_key(|component| place(component));
    let others = components
        .iter()
        .filter(|component| place(component).is_none());
    chain
        .into_iter()
        .chain(others)
        .chain(around.iter().rev())
        .copied()
        .collect()
}

fn holds_text(component: El<'_, '_>) -> bool {
    let role = component
        .child("Role")
        .and_then(formal_name)
        .unwrap_or_default();
    let has_text = |item: El<'_, '_>| {
        item.child("DataContent")
            .is_some_and(|data| data.line().is_some())
    };
    !is_title(&role) && component.all("ContentItem").any(has_text)
}

/// The components inside `el`, but not those that someone put into a text.
fn components_in<'t, 'a>(el: El<'t, 'a>) -> impl Iterator<Item = El<'t, 'a>> {
    el.descendants()
        .filter(|inner| inner.is("NewsComponent"))
        .filter(|component| {
            let tree = component.tree;
            !tree.is_inside(component.id, |id| El { tree, id }.is("DataContent"))
        })
}

/// Whether a component of this role repeats the headline.
pub fn is_title(role: &str) -> bool {
    role.eq_ignore_ascii_case("title") || role.eq_ignore_ascii_case("headline")
}

impl Story<'_, '_> {
    /// Whether the lines of a component are in the story's language.
    fn shares_language(&self, component: El<'_, '_>) -> bool {
        !self.is_one_of_many
            || component
                .attr("xml:lang")
                .is_none_or(|tag| Some(tag) == self.language)
    }

    /// Reads what the components say, each for itself.
    pub fn read_components(&self, draft: &mut Draft, habits: &Habits) {
        for component in &self.asked {
            if let Some(lines) = component.child("NewsLines")
                && self.shares_language(*component)
            {
                lines::read(draft, lines);
            }
            read(draft, *component, habits);
        }
    }
}

/// Reads what a component says itself beside its lines.
fn read(draft: &mut Draft, component: El<'_, '_>, habits: &Habits) {
    if draft.language.is_none() {
        draft.language = component.attr("xml:lang");
    }
    for el in component.children() {
        match el.name() {
            "NewsComponent" | "NewsLines" | "ContentItem" | "Role" | "Catalog"
            | "BasisForChoice" | "Encoding" => {}
            "AdministrativeMetadata" => administrative(draft, el),
            "RightsMetadata" => rights(draft, el),
            // TASS writes DescriptiveMetada.
            name if name.starts_with("DescriptiveMeta") => descriptive(draft, el, habits),
            "NewsItemRef" | "NewsItem" => {
                let target = el.any_attr(&["NewsItem", "Duid"]);
                draft.facts.members.push(wiredesk_model::WireLink {
                    target,
                    title: el.find("HeadLine").and_then(El::line),
                    ..wiredesk_model::WireLink::default()
                });
            }
            _ => draft.keep("NewsComponent", el),
        }
    }
}

fn administrative(draft: &mut Draft, metadata: El<'_, '_>) {
    for el in metadata.children() {
        let parties = || {
            el.all("Party")
                .filter_map(|party| Some((party, party.attr("FormalName")?)))
        };
        match el.name() {
            "Provider" => {
                let name = parties().map(|(_, name)| name).next();
                let provider = draft.facts.provider.get_or_insert_default();
                provider.name = provider.name.take().or(name);
            }
            "Source" => draft
                .facts
                .sources
                .extend(parties().map(|(party, name)| WireTerm {
                    role: party.attr("Topic"),
                    ..named(name)
                })),
            "Creator" | "Contributor" => {
                let part = el.name().to_ascii_lowercase();
                draft
                    .facts
                    .credits
                    .extend(parties().map(|(party, name)| WireTerm {
                        role: Some(part.clone()),
                        kind: party.attr("Topic"),
                        ..named(name)
                    }));
            }
            "Property" if is_empty(el) => {}
            _ => {
                // What a desk files a story under, where it has no line for it.
                let is_topic = el.attr("FormalName").as_deref() == Some("Topic");
                if is_topic && draft.facts.slugline.is_none() {
                    draft.facts.slugline = el.attr("Value");
                }
                draft.keep("AdministrativeMetadata", el);
            }
        }
    }
}

fn is_empty(property: El<'_, '_>) -> bool {
    property.attr("Value").is_none() && property.children().next().is_none()
}

fn rights(draft: &mut Draft, metadata: El<'_, '_>) {
    for el in metadata.children() {
        match el.name() {
            "Copyright" => {
                let facts = &mut draft.facts;
                let holder = el.child("CopyrightHolder").and_then(formal_or_party);
                facts.copyright_holder = facts.copyright_holder.take().or(holder);
            }
            "UsageRights" => {
                let facts = &mut draft.facts;
                let terms = el.find("UsageType").and_then(formal_name);
                facts.usage_terms = facts.usage_terms.take().or(terms);
                if el.children().count() > 1 {
                    draft.keep("RightsMetadata", el);
                }
            }
            _ => draft.keep("RightsMetadata", el),
        }
    }
}

fn formal_or_party(el: El<'_, '_>) -> Option<String> {
    let party = el.find("Party").and_then(|party| party.attr("FormalName"));
    party.or_else(|| formal_name(el))
}

fn descriptive(draft: &mut Draft, metadata: El<'_, '_>, habits: &Habits) {
    for el in metadata.children() {
        match el.name() {
            "Language" => draft.language = el.attr("FormalName").or(draft.language.take()),
            "Genre" => {
                let genre = formal_name(el).map(named);
                push_new(&mut draft.facts.genres, genre);
            }
            "SubjectCode" => {
                for code in el.children() {
                    let subject = subject(code, el);
                    push_new(&mut draft.facts.subjects, subject);
                }
            }
            "Location" => {
                let place = location(el);
                push_new(&mut draft.facts.located, place);
            }
            "DateLineDate" => {
                let date = el
                    .line()
                    .and_then(|date| crate::wire::dates::read_date(&date, habits));
                draft.facts.content_created = draft.facts.content_created.take().or(date);
            }
            "TopicOccurrence" => {
                let topic = el.any_attr(&["Topic"]).or_else(|| el.line()).map(named);
                push_new(&mut draft.facts.subjects, topic);
            }
            "Property" => property(draft, el),
            _ => draft.keep("DescriptiveMetadata", el),
        }
    }
}

fn property(draft: &mut Draft, el: El<'_, '_>) {
    let name = el.attr("FormalName").unwrap_or_default();
    let value = el.any_attr(&["Value", "ValueRef"]);
    match value {
        Some(value) if name.eq_ignore_ascii_case("keyword") => {
            push_new(&mut draft.facts.keywords, [value]);
        }
        Some(value) if el.children().next().is_none() => {
            draft.keep_text(&format!("DescriptiveMetadata/Property/{name}"), value);
        }
        None if is_empty(el) => {}
        _ => draft.keep("DescriptiveMetadata", el),
    }
}

fn subject(code: El<'_, '_>, around: El<'_, '_>) -> Option<WireTerm> {
    Some(WireTerm {
        code: Some(code.attr("FormalName")?),
        scheme: code
            .any_attr(&["Scheme", "Vocabulary"])
            .or_else(|| around.any_attr(&["Scheme", "Vocabulary"])),
        name: code.line(),
        kind: Some(code.name().to_owned()),
        ..WireTerm::default()
    })
}

fn location(el: El<'_, '_>) -> Option<WireTerm> {
    let value = |wanted: &str| {
        let property = el.all("Property").find(|property| {
            let name = property.attr("FormalName").unwrap_or_default();
            name.eq_ignore_ascii_case(wanted)
        })?;
        property.any_attr(&["Value", "ValueRef"])
    };
    let mut names = [
        "SubLocation",
        "City",
        "CountryArea",
        "Country",
        "WorldRegion",
    ]
    .iter()
    .skip(1)
    .filter_map(|wanted| value(wanted));
    let name = names
        .next()
        .or_else(|| value("SubLocation"))
        .or_else(|| formal_name(el))?;
    Some(WireTerm {
        role: el.attr("HowPresent"),
        broader: names.map(named).collect(),
        ..named(name)
    })
}

/// A term of which only the name is known.
pub fn named(name: String) -> WireTerm {
    WireTerm {
        name: Some(name),
        ..WireTerm::default()
    }
}
