//! `/`: the newest records, live.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use wiredesk_model::{ArticleRecord, ChangeClass, Incoming, Topic};
use wiredesk_pipeline::{Phase, StatusSnapshot};

use super::html::{page, query};
use super::records::newest_of;
use super::state::DeskState;
use super::status::says;
use crate::envelope::time_text;
use crate::escape::escape;
use crate::marked::headline;

/// Records on the page at first; the script keeps as many.
const SHOWN: usize = 60;

/// The newest records of the enriched topic, and how the services are doing.
pub(crate) async fn front_page(State(state): State<DeskState>) -> Response {
    let services: String = state.health.snapshots().iter().map(service).collect();
    let (rows, note) = match newest_of(&state, Topic::Enriched, SHOWN).await {
        Ok(records) => {
            let rows: String = records.iter().rev().filter_map(row).collect();
            (rows, String::new())
        }
        Err(error) => (
            String::new(),
            format!("<p class=\"trouble\">{}</p>", escape(&error.to_string())),
        ),
    };
    let body = format!(
        "<main id=\"main\" data-topic=\"{topic}\" data-shown=\"{SHOWN}\">\n\
         <h1>Newest records</h1>\n\
         <ul class=\"services\" id=\"services\" aria-label=\"Services\">{services}</ul>\n{note}\n\
         <div class=\"bar\"><p id=\"live\" role=\"status\" aria-live=\"polite\">Live updates need JavaScript.</p>\n\
         <label class=\"find\">Find <input id=\"find\" type=\"search\" autocomplete=\"off\" placeholder=\"headline, source or language\"></label>\n\
         <button id=\"pause\" type=\"button\" aria-pressed=\"false\" hidden>Pause</button></div>\n\
         <table class=\"records\"><caption class=\"hidden\">Newest article records, newest first</caption>\n\
         <thead><tr><th scope=\"col\">Time</th><th scope=\"col\">Headline</th><th scope=\"col\">Source</th>\
         <th scope=\"col\">Language</th><th scope=\"col\" class=\"number\">Words</th>\
         <th scope=\"col\" class=\"number\">Removed</th></tr></thead>\n\
         <tbody id=\"records\">{rows}</tbody></table>\n\
         <p id=\"empty\"{hide_empty}>No records yet. They appear here as soon as the first feed has been read.</p>\n\
         <section class=\"how\"><h2>Read them yourself</h2>\n\
         <p><code>wiredesk tail enriched --json</code></p>\n\
         <p><code>curl -N http://<span id=\"host\">127.0.0.1:8080</span>/v1/topics/enriched/stream?from=-10</code></p>\n\
         </section></main>",
        topic = Topic::Enriched.name(),
        hide_empty = if rows.is_empty() { "" } else { " hidden" },
    );
    page(StatusCode::OK, "Wiredesk: newest records", &body)
}

fn service(status: &StatusSnapshot) -> String {
    let (phase, detail) = phase_words(&status.phase);
    format!(
        "<li class=\"service {phase}\"><strong>{name}</strong> <span class=\"phase\">{phase}</span> \
         <span class=\"counts\">{says}</span>{detail}</li>",
        name = escape(status.name),
        says = escape(&says(status)),
    )
}

fn phase_words(phase: &Phase) -> (&'static str, String) {
    let detail = |text: &str| format!(" <span class=\"detail\">{}</span>", escape(text));
    match phase {
        Phase::Starting => ("starting", String::new()),
        Phase::Running => ("running", String::new()),
        Phase::Waiting(why) => ("waiting", detail(why)),
        Phase::Draining => ("draining", String::new()),
        Phase::Stopped => ("stopped", String::new()),
        Phase::Failed(why) => ("failed", detail(why)),
    }
}

/// One row of the table; the script builds the same.
fn row(record: &Incoming) -> Option<String> {
    let article: ArticleRecord = serde_json::from_slice(record.value.as_ref()?).ok()?;
    let wire = &article.wire;
    let language = article.article.language.as_deref().unwrap_or("");
    let change = match wire.change {
        ChangeClass::Created => "",
        ChangeClass::Update => "<span class=\"change update\">update</span> ",
        ChangeClass::Correction => "<span class=\"change correction\">correction</span> ",
        ChangeClass::Repeat => "<span class=\"change repeat\">repeat</span> ",
    };
    let time = time_text(record.timestamp_ms);
    Some(format!(
        "<tr><td class=\"time\"><time datetime=\"{time}\">{clock}</time></td>\
         <td class=\"headline\" lang=\"{language}\">{change}<a href=\"/story?id={id}&amp;at={partition}:{offset}\">{title}</a></td>\
         <td class=\"source\">{source}</td><td class=\"language\">{language}</td>\
         <td class=\"number\">{words}</td><td class=\"number\">{removed}</td></tr>\n",
        time = escape(&time),
        clock = escape(time.get(11..19).unwrap_or(&time)),
        language = escape(language),
        id = query(&record.key),
        partition = record.at.partition,
        offset = record.offset,
        title = escape(headline(&article)),
        source = escape(wire.source.as_str()),
        words = wire.words,
        removed = wire.removed.len(),
    ))
}
