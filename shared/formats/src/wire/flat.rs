//! The facts of a wire item under the short names that JSON of news agencies uses.

use serde_json::{Map, Value, json};
use wiredesk_model::{Embargo, Item, RoleText, WireFacts, WireLink, WireTerm};

use super::body::plain_text;
use super::status::local_part;

/// The facts of an item from a wire as one flat object, with the names of ninjs 1.x; nothing for
/// items from elsewhere. What the item itself has a field for (dates, language, authors) is there.
///
/// ```
/// use wiredesk_formats::{Hints, flat_facts, parse};
/// let wire = br#"{"uri": "urn:example:1", "headline": "Bridge opens", "pubstatus": "usable"}"#;
/// let feed = parse(wire, &Hints::default())?;
/// let flat = flat_facts(&feed.items[0]).unwrap_or_default();
/// assert_eq!(flat["guid"], "urn:example:1");
/// assert_eq!(flat["headline"], "Bridge opens");
/// # Ok::<(), wiredesk_formats::FormatError>(())
/// ```
pub fn flat_facts(item: &Item) -> Option<Map<String, Value>> {
    let facts = item.wire.as_deref()?;
    let mut flat = Map::new();
    let mut put = |name: &str, value: Value| {
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => false,
        };
        if !is_empty {
            flat.insert(name.to_owned(), value);
        }
    };
    management(facts, &mut put);
    lines(facts, &mut put);
    terms(facts, &mut put);
    put("copyrightholder", json!(facts.copyright_holder));
    put("copyrightnotice", json!(item.rights));
    put("usageterms", json!(facts.usage_terms));
    put("relations", links(&facts.links));
    put("refs", links(&facts.members));
    put("renditions", json!(facts.renditions));
    put("transmission", json!(facts.transmission));
    put(
        "sequence",
        json!(
            facts
                .transmission
                .as_ref()
                .and_then(|sent| sent.sequence.clone())
        ),
    );
    put("extra", json!(facts.extra));
    put("body_html", json!(item.content));
    let text = item.content.as_deref().and_then(plain_text);
    let counted = text
        .as_deref()
        .map(|text| text.split_whitespace().count() as u64);
    put("words", json!(facts.words.or(counted)));
    put("body_text", json!(text));
    Some(flat)
}

fn management(facts: &WireFacts, put: &mut impl FnMut(&str, Value)) {
    put("guid", json!(facts.guid));
    put("version", json!(facts.version));
    put("kind", json!(facts.kind));
    put("type", json!(facts.class));
    let word = facts.status_word.clone().filter(|word| !word.is_empty());
    put(
        "pubstatus",
        word.map_or_else(|| json!(facts.status), |word| known_word(facts, word)),
    );
    put("embargo", json!(facts.embargo));
    match &facts.embargo {
        Embargo::Absent => {}
        Embargo::Until { at } => put("embargoed", json!(at)),
        Embargo::Unknown { .. } => put("embargoed", json!("unknown")),
    }
    put("urgency", json!(facts.urgency));
    put("priority", json!(facts.priority));
    put("firstcreated", json!(facts.first_created));
    put("versioncreated", json!(facts.version_created));
    put("contentcreated", json!(facts.content_created));
    put("contentmodified", json!(facts.content_modified));
    put("expiry", json!(facts.expires));
    put("signal", json!(facts.signals));
}

/// The three words of the standard in its own spelling; any other as it was sent.
fn known_word(facts: &WireFacts, word: String) -> Value {
    match facts.status {
        wiredesk_model::WireStatus::Unknown => json!(word),
        known => json!(known),
    }
}

fn lines(facts: &WireFacts, put: &mut impl FnMut(&str, Value)) {
    put(
        "headline",
        json!(facts.headlines.first().map(|headline| &headline.text)),
    );
    put("headlines", json!(facts.headlines));
    let sub = facts.headlines.iter().skip(1).find(|headline| {
        let role = headline.role.as_deref().unwrap_or_default().to_lowercase();
        role.contains("sub") || role == "hl2"
    });
    put("subheadline", json!(sub.map(|headline| &headline.text)));
    put("slugline", json!(facts.slugline));
    put("byline", json!(facts.byline));
    put("creditline", json!(facts.credit_line));
    put("dateline", json!(facts.dateline));
    put(
        "description_text",
        json!(facts.descriptions.first().map(|text| &text.text)),
    );
    put("descriptions", json!(facts.descriptions));
    put("ednote", json!(open_notes(&facts.ed_notes)));
    put("ednotes", json!(facts.ed_notes));
    put("keywords", json!(facts.keywords));
}

/// The notes as one text; where some are marked as public, without those marked as private.
fn open_notes(notes: &[RoleText]) -> String {
    let has_role = |note: &RoleText, wanted: &str| {
        let role = note.role.as_deref().unwrap_or_default();
        local_part(role) == wanted
    };
    let some_are_public = notes.iter().any(|note| has_role(note, "public"));
    let open = notes
        .iter()
        .filter(|note| !(some_are_public && has_role(note, "private")));
    open.map(|note| note.text.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

fn terms(facts: &WireFacts, put: &mut impl FnMut(&str, Value)) {
    let name = |term: &WireTerm| term.name.clone().or_else(|| term.code.clone());
    put("located", json!(facts.located.first().and_then(name)));
    put("locations", list(&facts.located));
    // The same subject in another vocabulary is a subject too.
    let subjects = facts.subjects.iter();
    let same = subjects.clone().flat_map(|subject| &subject.same_as);
    put(
        "subject",
        subjects.clone().chain(same).map(flat_term).collect(),
    );
    put("genre", list(&facts.genres));
    put("credits", list(&facts.credits));
    put("series", list(&facts.series));
    let code = |term: &WireTerm| term.code.clone().or_else(|| term.name.clone());
    put("provider", json!(facts.provider.as_ref().and_then(code)));
    put("source", json!(facts.sources.first().and_then(name)));
    put("sources", list(&facts.sources));
}

/// Terms with their code under `qcode`, the name that wires have for it.
fn list(terms: &[WireTerm]) -> Value {
    terms.iter().map(flat_term).collect()
}

fn flat_term(term: &WireTerm) -> Value {
    let mut value = json!(term);
    if let Some(object) = value.as_object_mut() {
        if let Some(code) = object.remove("code") {
            object.insert("qcode".to_owned(), code);
        }
        for (key, terms) in [("broader", &term.broader), ("same_as", &term.same_as)] {
            if !terms.is_empty() {
                object.insert(key.to_owned(), list(terms));
            }
        }
    }
    value
}

fn links(links: &[WireLink]) -> Value {
    json!(links)
}
