//! `/search` and `/v1/search`: stories, found.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use wiredesk_indexer::{Ask, Found, Hit, IndexError, Piece, Search, Sort, time_of};
use wiredesk_model::Timestamp;
use wiredesk_settings::nearest;

use super::answers::refuse;
use super::html::{page, query};
use super::state::DeskState;
use crate::escape::escape;

/// Names of the parameters of a question.
const PARAMETERS: [&str; 12] = [
    "q", "source", "lang", "subject", "place", "person", "since", "until", "sort", "limit",
    "offset", "fold",
];
/// Filters that a facet leads to, by the name of the facet.
const FILTERS: [(&str, &str); 5] = [
    ("source", "source"),
    ("language", "lang"),
    ("subject", "subject"),
    ("place", "place"),
    ("person", "person"),
];

type Pairs = Vec<(String, String)>;

/// The answer as JSON.
pub(crate) async fn search_json(
    State(state): State<DeskState>,
    Query(pairs): Query<Pairs>,
) -> Response {
    match answer(&state, &pairs).await {
        Ok((_, found)) => Json(found).into_response(),
        Err(error) => refuse(status_of(&error), error.to_string()),
    }
}

/// The answer as a page.
pub(crate) async fn search_page(
    State(state): State<DeskState>,
    Query(pairs): Query<Pairs>,
) -> Response {
    let text = value_of(&pairs, "q").unwrap_or_default();
    let (status, results) = match answer(&state, &pairs).await {
        Ok((ask, found)) => (StatusCode::OK, shown(&pairs, &ask, &found)),
        Err(error) => {
            let trouble = escape(&error.to_string());
            (
                status_of(&error),
                format!("<p class=\"trouble\">{trouble}</p>"),
            )
        }
    };
    let body = format!(
        "<main id=\"main\">\n<h1>Search</h1>\n\
         <form class=\"bar\" action=\"/search\" role=\"search\">\n\
         <label class=\"find wide\">Find <input name=\"q\" type=\"search\" value=\"{text}\" maxlength=\"1000\" \
         placeholder=\"harbour wall, &quot;in this order&quot;, headline:wall, -storm\"></label>\n\
         <label class=\"find\">Order <select name=\"sort\">{orders}</select></label>\n\
         <button type=\"submit\">Search</button></form>\n{results}</main>",
        text = escape(text),
        orders = orders(value_of(&pairs, "sort")),
    );
    page(status, "Wiredesk: search", &body)
}

async fn answer(state: &DeskState, pairs: &Pairs) -> Result<(Ask, Found), IndexError> {
    let ask = asked(pairs, Timestamp::now())?;
    let search = Arc::clone(&state.search);
    let asked = ask.clone();
    let work = tokio::task::spawn_blocking(move || search.open()?.ask(&asked));
    match work.await {
        Ok(found) => Ok((ask, found?)),
        Err(error) => Err(IndexError::Defect(error.to_string())),
    }
}

fn status_of(error: &IndexError) -> StatusCode {
    match error {
        IndexError::Query(_) => StatusCode::BAD_REQUEST,
        IndexError::Missing(_) | IndexError::Format { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The question in the parameters of a request. One that is not known is refused: a filter that is
/// not applied misleads.
fn asked(pairs: &Pairs, now: Timestamp) -> Result<Ask, IndexError> {
    let mut ask = Ask::default();
    for (name, value) in pairs {
        if value.is_empty() {
            continue;
        }
        match name.as_str() {
            "q" => ask.text.clone_from(value),
            "source" => ask.sources.push(value.clone()),
            "lang" => ask.languages.push(value.clone()),
            "subject" => ask.subjects.push(value.clone()),
            "place" => ask.places.push(value.clone()),
            "person" => ask.people.push(value.clone()),
            "since" => ask.since = Some(time_of(value, now)?),
            "until" => ask.until = Some(time_of(value, now)?),
            "sort" => ask.sort = Some(sort_of(value)?),
            "limit" => ask.limit = number_of(name, value)?,
            "offset" => ask.offset = number_of(name, value)?,
            "fold" => ask.fold = value != "false",
            other => return Err(unknown(other)),
        }
    }
    Ok(ask)
}

fn unknown(name: &str) -> IndexError {
    IndexError::Query(match nearest(name, PARAMETERS) {
        Some(near) => format!("there is no parameter `{name}`; did you mean `{near}`?"),
        None => format!(
            "there is no parameter `{name}`; there are {}",
            PARAMETERS.join(", ")
        ),
    })
}

fn sort_of(value: &str) -> Result<Sort, IndexError> {
    match value {
        "relevance" => Ok(Sort::Relevance),
        "newest" => Ok(Sort::Newest),
        "oldest" => Ok(Sort::Oldest),
        other => Err(IndexError::Query(format!(
            "sort is `{other}`; choose relevance, newest or oldest"
        ))),
    }
}

fn number_of(name: &str, value: &str) -> Result<usize, IndexError> {
    value
        .parse()
        .map_err(|_| IndexError::Query(format!("{name} is `{value}`; write a number")))
}

fn value_of<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

fn orders(chosen: Option<&str>) -> String {
    let orders = [
        ("", "as fits"),
        ("relevance", "best first"),
        ("newest", "newest first"),
        ("oldest", "oldest first"),
    ];
    let option = |(value, text): &(&str, &str)| {
        let selected = if chosen == Some(value) {
            " selected"
        } else {
            ""
        };
        format!("<option value=\"{value}\"{selected}>{text}</option>")
    };
    orders.iter().map(option).collect()
}

fn shown(pairs: &Pairs, ask: &Ask, found: &Found) -> String {
    let hits: String = found.hits.iter().map(hit).collect();
    format!(
        "<p class=\"byline\" role=\"status\">{}</p>\n<div class=\"story\"><ol class=\"hits\" start=\"{}\">{hits}</ol>\n\
         <aside>{}{}</aside></div>\n{}",
        summary(found),
        ask.offset + 1,
        chosen(pairs),
        facets(pairs, found),
        pages(pairs, ask, found),
    )
}

fn summary(found: &Found) -> String {
    match (found.total, found.respelt) {
        (0, _) => format!("No story found among {}.", found.stories),
        (total, false) => format!("{total} of {} stories found.", found.stories),
        (total, true) => format!("None as it is written; {total} spelt nearly so."),
    }
}

fn hit(hit: &Hit) -> String {
    let shown = &hit.shown;
    let headline = match hit.headline_pieces.is_empty() {
        true => "(no headline)".to_owned(),
        false => marked(&hit.headline_pieces),
    };
    let mut facts = vec![shown.updated.as_str(), &shown.source];
    facts.extend(shown.language.as_deref());
    facts.extend(shown.place.as_deref());
    if shown.change != "created" {
        facts.push(&shown.change);
    }
    let same = match hit.same_count {
        0 => String::new(),
        count => {
            let sources: Vec<&str> = hit.same.iter().map(|same| same.source.as_str()).collect();
            format!(
                "<p class=\"byline\">and {count} that tell the same: {}</p>",
                escape(&sources.join(", "))
            )
        }
    };
    format!(
        "<li><p class=\"headline\" lang=\"{language}\"><a href=\"/story?id={id}\">{headline}</a></p>\
         <p class=\"byline\">{facts}</p><p lang=\"{language}\">{snippet}</p>{same}</li>\n",
        language = escape(shown.language.as_deref().unwrap_or("")),
        id = query(&shown.story),
        facts = escape(&facts.join(" · ")),
        snippet = marked(&hit.snippet),
    )
}

fn marked(pieces: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece.marked {
        true => format!("<mark>{}</mark>", escape(&piece.text)),
        false => escape(&piece.text),
    };
    pieces.iter().map(piece).collect()
}

/// The filters that hold, each with a link that lifts it.
fn chosen(pairs: &Pairs) -> String {
    let is_filter = |name: &str| !["q", "sort", "offset", "limit", "fold"].contains(&name);
    let mut lines = String::new();
    for (at, (name, value)) in pairs.iter().enumerate() {
        if is_filter(name) && !value.is_empty() {
            let mut others = pairs.clone();
            others.remove(at);
            lines.push_str(&format!(
                "<dd>{}: {} <a href=\"{}\">lift</a></dd>",
                escape(name),
                escape(value),
                address(&others, None),
            ));
        }
    }
    match lines.is_empty() {
        true => String::new(),
        false => format!("<dl><dt>Only</dt>{lines}</dl>"),
    }
}

fn facets(pairs: &Pairs, found: &Found) -> String {
    let mut lists = String::new();
    for (facet, filter) in FILTERS {
        let values = found
            .facets
            .get(facet)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if values.is_empty() {
            continue;
        }
        lists.push_str(&format!("<dt>{facet}</dt>"));
        for value in values {
            let more = Some((filter, value.value.as_str()));
            lists.push_str(&format!(
                "<dd><a href=\"{}\">{}</a> <small>{}</small></dd>",
                address(pairs, more),
                escape(&value.value),
                value.count
            ));
        }
    }
    format!("<dl>{lists}</dl>")
}

fn pages(pairs: &Pairs, ask: &Ask, found: &Found) -> String {
    let mut links = Vec::new();
    if ask.offset > 0 {
        let before = ask.offset.saturating_sub(ask.limit).to_string();
        links.push(format!(
            "<a href=\"{}\" rel=\"prev\">Before</a>",
            address(pairs, Some(("offset", &before)))
        ));
    }
    if found.hits.len() == ask.limit && ask.limit > 0 {
        let next = (ask.offset + ask.limit).to_string();
        links.push(format!(
            "<a href=\"{}\" rel=\"next\">Next</a>",
            address(pairs, Some(("offset", &next)))
        ));
    }
    format!(
        "<nav class=\"bar\" aria-label=\"Pages\">{}</nav>",
        links.join(" ")
    )
}

/// The address of the page with these parameters and one more, from the first hit on unless told.
fn address(pairs: &Pairs, more: Option<(&str, &str)>) -> String {
    let kept = pairs
        .iter()
        .filter(|(name, value)| name != "offset" && !value.is_empty());
    let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
    let all: Vec<String> = kept
        .chain(more)
        .map(|(name, value)| format!("{}={}", query(name), query(value)))
        .collect();
    format!("/search?{}", all.join("&amp;"))
}

/// The index of this machine, opened when it is first asked.
pub(crate) struct SearchPlace {
    place: std::path::PathBuf,
    opened: std::sync::Mutex<Option<Arc<Search>>>,
}

impl SearchPlace {
    /// The index at `place`, which may be made later.
    pub(crate) fn new(place: std::path::PathBuf) -> Self {
        Self {
            place,
            opened: std::sync::Mutex::default(),
        }
    }

    fn open(&self) -> Result<Arc<Search>, IndexError> {
        let mut opened = self
            .opened
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(search) = opened.as_ref() {
            return Ok(Arc::clone(search));
        }
        let search = Arc::new(Search::open(&self.place)?);
        *opened = Some(Arc::clone(&search));
        Ok(search)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(given: &[(&str, &str)]) -> Pairs {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        given.iter().map(pair).collect()
    }

    #[test]
    fn questions_are_read_whole_or_refused() {
        let now = Timestamp::UNIX_EPOCH;
        let ask = asked(
            &pairs(&[
                ("q", "tide"),
                ("source", "a"),
                ("source", "b"),
                ("since", "2026-11-01"),
            ]),
            now,
        );
        let ask = ask.expect("a question");
        assert_eq!((ask.text.as_str(), ask.sources.len()), ("tide", 2));
        for (given, told) in [
            (("sourec", "a"), "did you mean `source`?"),
            (("sort", "best"), "choose relevance"),
            (("limit", "ten"), "write a number"),
            (("since", "soon"), "is no time"),
        ] {
            let error = asked(&pairs(&[given]), now).expect_err("refused");
            assert!(error.to_string().contains(told), "{error}");
        }
    }

    #[test]
    fn addresses_are_encoded_whole() {
        let pairs = pairs(&[("q", "\"a&b\""), ("offset", "10")]);
        assert_eq!(
            address(&pairs, Some(("lang", "en"))),
            "/search?q=%22a%26b%22&amp;lang=en"
        );
    }
}
