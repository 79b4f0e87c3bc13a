//! The documents that the demo wire serves: RSS, Atom, JSON Feed and pages.

use serde_json::json;

use super::body;
use super::clutter::Clutter;
use super::paper::{Paper, Shape};
use super::timeline::Edition;
use crate::escape::escape;

/// A document with its media type.
pub(crate) struct Document {
    pub(crate) media_type: &'static str,
    pub(crate) text: String,
}

/// The feed of `paper` at `now_ms`; `base` is the address of the server.
pub(crate) fn feed(paper: &Paper, base: &str, now_ms: i64) -> Document {
    let editions = Edition::window(paper, now_ms);
    match paper.shape {
        Shape::Rss => Document {
            media_type: "application/rss+xml; charset=utf-8",
            text: rss(paper, base, &editions),
        },
        Shape::Atom => Document {
            media_type: "application/atom+xml; charset=utf-8",
            text: atom(paper, base, &editions),
        },
        Shape::JsonFeed => Document {
            media_type: "application/feed+json",
            text: json_feed(paper, base, &editions),
        },
    }
}

fn rss(paper: &Paper, base: &str, editions: &[Edition]) -> String {
    let items: String = editions
        .iter()
        .map(|edition| {
            format!(
                "<item>\n<title>{title}</title>\n<link>{link}</link>\n\
                 <guid isPermaLink=\"false\">{id}</guid>\n<pubDate>{published}</pubDate>\n\
                 <dc:creator>{author}</dc:creator>\n<category>{section}</category>\n\
                 <description>{teaser}</description>\n\
                 <content:encoded><![CDATA[{content}]]></content:encoded>\n</item>\n",
                title = escape(&edition.title()),
                link = link(edition, base),
                id = edition.slug(),
                published = rfc2822(edition.published_ms),
                author = escape(&edition.story.author),
                section = escape(&edition.story.section),
                teaser = escape(&body::teaser(edition)),
                content = body::html(edition, base),
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel>\n<title>{title}</title>\n\
         <link>{base}/{id}</link>\n<description>News from Port Aldermoor and the bay</description>\n\
         <language>{language}</language>\n{items}</channel>\n</rss>\n",
        title = escape(paper.title),
        id = paper.id,
        language = paper.language,
    )
}

fn atom(paper: &Paper, base: &str, editions: &[Edition]) -> String {
    let updated = editions.iter().map(Edition::changed_ms).max().unwrap_or(0);
    let entries: String = editions
        .iter()
        .map(|edition| {
            format!(
                "<entry xml:lang=\"{language}\">\n<title>{title}</title>\n\
                 <link rel=\"alternate\" type=\"text/html\" href=\"{link}\"/>\n\
                 <id>tag:nordlicht.example,2026:{slug}</id>\n<published>{published}</published>\n\
                 <updated>{updated}</updated>\n<author><name>{author}</name></author>\n\
                 <category term=\"{section}\"/>\n<summary>{teaser}</summary>\n</entry>\n",
                language = edition.story.language,
                title = escape(&edition.title()),
                link = link(edition, base),
                slug = edition.slug(),
                published = rfc3339(edition.published_ms),
                updated = rfc3339(edition.changed_ms()),
                author = escape(&edition.story.author),
                section = escape(&edition.story.section),
                teaser = escape(&body::teaser(edition)),
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{language}\">\n\
         <title>{title}</title>\n<id>tag:nordlicht.example,2026:feed</id>\n\
         <link href=\"{base}/{id}\"/>\n<updated>{updated}</updated>\n{entries}</feed>\n",
        language = paper.language,
        title = escape(paper.title),
        id = paper.id,
        updated = rfc3339(updated),
    )
}

fn json_feed(paper: &Paper, base: &str, editions: &[Edition]) -> String {
    let items: Vec<serde_json::Value> = editions
        .iter()
        .map(|edition| {
            json!({
                "id": link(edition, "https://correo.example"),
                "url": link(edition, base),
                "title": edition.title(),
                "content_html": body::html(edition, base),
                "summary": body::teaser(edition),
                "date_published": rfc3339(edition.published_ms),
                "date_modified": rfc3339(edition.changed_ms()),
                "authors": [{ "name": edition.story.author }],
                "tags": [edition.story.section],
                "language": edition.story.language,
            })
        })
        .collect();
    json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": paper.title,
        "home_page_url": format!("{base}/{}", paper.id),
        "language": paper.language,
        "items": items,
    })
    .to_string()
}

/// The page of a story, with the navigation, boxes and footers that pages have.
pub(crate) fn page(edition: &Edition, base: &str) -> Document {
    let clutter = Clutter::of(&edition.story.language);
    let (paper, home) = (edition.paper, format!("{base}/{}", edition.paper.id));
    let text = format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{title} | {name}</title>\n<link rel=\"canonical\" href=\"{link}\">\n\
         <meta property=\"og:title\" content=\"{title}\">\n\
         <meta name=\"author\" content=\"{author}\">\n\
         <meta property=\"article:published_time\" content=\"{published}\">\n\
         <style>body {{ max-width: 40rem; margin: auto; font: 1rem/1.5 serif }}</style>\n</head>\n<body>\n\
         <header><a href=\"{home}\">{name}</a><nav><ul>{nav}</ul></nav></header>\n\
         <main><article>\n<h1>{title}</h1>\n\
         <p class=\"byline\">{author} · <time datetime=\"{published}\">{published}</time></p>\n\
         {body}</article>\n<aside class=\"most-read\"><h2>{related}</h2><ol>{most_read}</ol></aside></main>\n\
         <footer><p>© {name} {rights}</p></footer>\n\
         <script>document.documentElement.className = \"ready\";</script>\n</body>\n</html>\n",
        language = edition.story.language,
        title = escape(&edition.title()),
        name = escape(paper.title),
        link = link(edition, base),
        author = escape(&edition.story.author),
        published = rfc3339(edition.published_ms),
        nav = list(paper, &home, |story| &story.section),
        body = body::html(edition, base),
        related = escape(clutter.related),
        most_read = list(paper, &home, |story| &story.author),
        rights = escape(clutter.rights),
    );
    Document {
        media_type: "text/html; charset=utf-8",
        text,
    }
}

/// The front page of a paper: the links of its feed.
pub(crate) fn front_page(paper: &Paper, base: &str, now_ms: i64) -> Document {
    let links: String = Edition::window(paper, now_ms)
        .iter()
        .map(|edition| {
            let title = escape(&edition.title());
            format!("<li><a href=\"{}\">{title}</a></li>\n", link(edition, base))
        })
        .collect();
    let text = format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\
         <link rel=\"alternate\" href=\"{base}{feed}\"></head>\n<body><h1>{title}</h1>\n<ul>\n{links}</ul>\n\
         </body>\n</html>\n",
        language = paper.language,
        title = escape(paper.title),
        feed = paper.feed_path(),
    );
    Document {
        media_type: "text/html; charset=utf-8",
        text,
    }
}

fn list(paper: &Paper, home: &str, word: impl Fn(&super::story::Story) -> &String) -> String {
    let mut words: Vec<&String> = paper.stories.iter().map(word).collect();
    words.sort();
    words.dedup();
    words
        .iter()
        .map(|word| format!("<li><a href=\"{home}\">{}</a></li>", escape(word)))
        .collect()
}

fn link(edition: &Edition, base: &str) -> String {
    format!("{base}/{}/{}", edition.paper.id, edition.slug())
}

fn rfc3339(ms: i64) -> String {
    time(ms).to_string()
}

fn rfc2822(ms: i64) -> String {
    time(ms).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn time(ms: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default()
}
