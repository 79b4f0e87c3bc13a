//! `/feeds`: how each feed stands, and its last polls. `/v1/feeds` says the same as JSON.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use wiredesk_model::{PollNote, Timestamp};

use super::answers::{refuse, transport_failed};
use super::html::{outside_link, page, query};
use super::state::DeskState;
use crate::escape::escape;
use crate::standing::{Standing, Verdict, ago, read_states, standings_of_log, until};

/// Which feed is asked for; all of them where none is named.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    feed: Option<String>,
}

/// The page of all feeds, or of one.
pub(crate) async fn feeds_page(State(state): State<DeskState>, asked: Query<Asked>) -> Response {
    let now = Timestamp::now();
    let all = match state.blocking(read_states).await {
        Ok(states) => standings_of_log(states, now),
        Err(error) => return transport_failed(&error),
    };
    let Some(feed) = &asked.feed else {
        return page(StatusCode::OK, "Wiredesk: feeds", &list(&all, now));
    };
    match all.iter().find(|one| one.feed == *feed) {
        Some(one) => page(StatusCode::OK, "Wiredesk: feed", &detail(one, now)),
        None => refuse(StatusCode::NOT_FOUND, format!("there is no feed {feed}")),
    }
}

/// All feeds as JSON, each with its last polls.
pub(crate) async fn feeds_json(State(state): State<DeskState>) -> Response {
    let all = match state.blocking(read_states).await {
        Ok(states) => standings_of_log(states, Timestamp::now()),
        Err(error) => return transport_failed(&error),
    };
    let feeds: Vec<_> = all
        .iter()
        .map(|one| {
            let cursor = one.state.as_ref();
            json!({
                "standing": one,
                "health": cursor.map(|cursor| &cursor.health),
                "polls": cursor.map(|cursor| &cursor.history),
            })
        })
        .collect();
    Json(json!({ "feeds": feeds })).into_response()
}

fn list(all: &[Standing], now: Timestamp) -> String {
    let mut sorted: Vec<&Standing> = all.iter().collect();
    sorted.sort_by_key(|one| one.verdict);
    let rows: String = sorted.iter().map(|one| row(one, now)).collect();
    let counts = Verdict::ALL.iter().map(|verdict| {
        let count = all.iter().filter(|one| one.verdict == *verdict).count();
        (verdict, count)
    });
    let counts: Vec<String> = counts
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {}", verdict.as_str()))
        .collect();
    format!(
        "<main id=\"main\"><h1>Feeds</h1><p>{} feeds: {}</p>\n\
         <table class=\"records\"><caption class=\"hidden\">Feeds, those in trouble first</caption>\
         <thead><tr><th scope=\"col\">State</th><th scope=\"col\">Feed</th><th scope=\"col\">Last poll</th>\
         <th scope=\"col\">Next</th><th scope=\"col\" class=\"number\">Status</th>\
         <th scope=\"col\" class=\"number\">Items a day</th></tr></thead>\n<tbody>{rows}</tbody></table></main>",
        all.len(),
        if counts.is_empty() {
            "none was polled yet".to_owned()
        } else {
            counts.join(", ")
        },
    )
}

fn row(one: &Standing, now: Timestamp) -> String {
    let trouble = one.trouble().map_or(String::new(), |trouble| {
        format!("<br><span class=\"trouble\">{}</span>", escape(trouble))
    });
    format!(
        "<tr><td>{verdict}</td><td class=\"headline\"><a href=\"/feeds?feed={id}\">{feed}</a>{trouble}</td>\
         <td>{last}</td><td>{next}</td><td class=\"number\">{status}</td><td class=\"number\">{rate:.1}</td></tr>\n",
        verdict = one.verdict.as_str(),
        id = query(&one.feed),
        feed = escape(&one.feed),
        last = ago(one.last_poll, now),
        next = until(one.next_poll, now),
        status = one
            .status()
            .map_or(String::new(), |status| status.to_string()),
        rate = one.items_a_day,
    )
}

fn detail(one: &Standing, now: Timestamp) -> String {
    let history = one
        .state
        .as_ref()
        .map_or(&[][..], |state| state.history.as_slice());
    let polls: String = history.iter().rev().map(poll).collect();
    let facts = [
        ("State", one.verdict.as_str().to_owned()),
        ("Address", outside_link(&one.place)),
        ("Last poll", ago(one.last_poll, now)),
        ("Next poll", until(one.next_poll, now)),
        ("Items a day", format!("{:.1}", one.items_a_day)),
        ("Items in the document", one.listed_items.to_string()),
        ("Trouble", one.trouble().map_or("none".to_owned(), escape)),
    ];
    let facts: String = facts
        .iter()
        .map(|(name, text)| format!("<dt>{name}</dt><dd>{text}</dd>"))
        .collect();
    format!(
        "<main id=\"main\"><p><a href=\"/feeds\">All feeds</a></p><h1>{}</h1><dl class=\"facts\">{facts}</dl>\n\
         <h2>Last polls</h2><table class=\"records\"><caption class=\"hidden\">Last polls, newest first</caption>\
         <thead><tr><th scope=\"col\">When</th><th scope=\"col\">Outcome</th><th scope=\"col\" class=\"number\">Status</th>\
         <th scope=\"col\" class=\"number\">New</th><th scope=\"col\" class=\"number\">Updated</th></tr></thead>\
         <tbody>{polls}</tbody></table></main>",
        escape(&one.feed),
    )
}

fn poll(note: &PollNote) -> String {
    let time = escape(&note.at.to_string());
    format!(
        "<tr><td class=\"time\"><time datetime=\"{time}\">{time}</time></td><td>{}</td>\
         <td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
        escape(&note.outcome),
        note.status
            .map_or(String::new(), |status| status.to_string()),
        note.new,
        note.updated,
    )
}
