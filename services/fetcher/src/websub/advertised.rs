//! The hub that a feed names, and the address by which it names itself.
//!
//! `Link` headers come first (WebSub, 4), then what stands in the document outside of its items:
//! `link` elements of Atom and RSS, `hubs` and `feed_url` of a JSON Feed.

use serde::Deserialize;
use url::Url;
use wiredesk_model::HubSubscription;

/// Bytes of a document that are looked at.
const LOOKED_AT_BYTES: usize = 64 * 1024;

/// What a feed says of its hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advertised {
    /// The hub.
    pub hub: String,
    /// The topic to subscribe to.
    pub topic: String,
}

impl Advertised {
    /// What a subscription is for.
    pub fn of(hub: &HubSubscription) -> Self {
        Self {
            hub: hub.hub.clone(),
            topic: hub.topic.clone(),
        }
    }
}

/// A link with its relation.
struct Link {
    relations: Vec<String>,
    address: String,
}

/// The hub that the answer from `url` names, where it names one and itself.
pub fn advertised(link_headers: &[String], body: &[u8], url: &str) -> Option<Advertised> {
    let by_header: Vec<Link> = link_headers
        .iter()
        .flat_map(|text| in_header(text))
        .collect();
    found(&by_header, url).or_else(|| found(&in_document(body), url))
}

fn found(links: &[Link], url: &str) -> Option<Advertised> {
    let base = Url::parse(url).ok()?;
    let first = |relation: &str| {
        let link = links
            .iter()
            .find(|link| link.relations.iter().any(|known| known == relation))?;
        let address = base.join(link.address.trim()).ok()?;
        matches!(address.scheme(), "http" | "https").then(|| address.to_string())
    };
    Some(Advertised {
        hub: first("hub")?,
        // The topic is what the feed calls itself; where it calls itself nothing, what was asked.
        topic: first("self").unwrap_or_else(|| url.to_owned()),
    })
}

fn relations(text: &str) -> Vec<String> {
    text.split_ascii_whitespace()
        .map(str::to_ascii_lowercase)
        .collect()
}

/// The links of a `Link` header (RFC 8288), one or several.
fn in_header(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = text;
    while let Some((_, from)) = rest.split_once('<') {
        let Some((address, behind)) = from.split_once('>') else {
            break;
        };
        // Parameters end where the next address begins.
        let end = behind.find(",<").or_else(|| behind.find(", <"));
        let parameters = &behind[..end.unwrap_or(behind.len())];
        let relation = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("rel")
                .then(|| value.trim().trim_matches(['"', ',', ' ']))
        });
        links.push(Link {
            relations: relations(relation.unwrap_or_default()),
            address: address.to_owned(),
        });
        rest = behind;
    }
    links
}

fn in_document(body: &[u8]) -> Vec<Link> {
    let head = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT_BYTES)]);
    if head
        .trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t'])
        .starts_with('{')
    {
        return in_json(body);
    }
    let items = ["<item>", "<item ", "<entry>", "<entry "];
    let end = items.iter().filter_map(|tag| head.find(tag)).min();
    in_markup(&head[..end.unwrap_or(head.len())])
}

fn in_markup(head: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for piece in head.split('<').skip(1) {
        let Some((tag, _)) = piece.split_once('>') else {
            continue;
        };
        let name = tag
            .split([' ', '\t', '\n', '\r', '/'])
            .next()
            .unwrap_or_default();
        let plain = name.rsplit(':').next().unwrap_or_default();
        if !plain.eq_ignore_ascii_case("link") {
            continue;
        }
        if let Some((relation, address)) = attribute(tag, "rel").zip(attribute(tag, "href")) {
            links.push(Link {
                relations: relations(&relation),
                address,
            });
        }
    }
    links
}

/// The value of an attribute, with its ampersands written out.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let is_start = rest[..at].ends_with(|before: char| before.is_ascii_whitespace());
        let behind = rest[at + name.len()..].trim_start();
        if let Some(value) = behind.strip_prefix('=').filter(|_| is_start) {
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let inside = value[1..].split(quote).next()?;
            return Some(inside.replace("&amp;", "&").replace("&#38;", "&"));
        }
        rest = &rest[at + name.len()..];
    }
}

/// `hubs` and `feed_url` of a JSON Feed (1.1, "Subscribing to Real-time Notifications").
fn in_json(body: &[u8]) -> Vec<Link> {
    #[derive(Deserialize)]
    struct JsonHub {
        #[serde(rename = "type")]
        kind: String,
        url: String,
    }
    #[derive(Deserialize)]
    struct JsonFeed {
        feed_url: Option<String>,
        #[serde(default)]
        hubs: Vec<JsonHub>,
    }
    let Ok(feed) = serde_json::from_slice::<JsonFeed>(body) else {
        return Vec::new();
    };
    let link = |relation: &str, address| Link {
        relations: vec![relation.to_owned()],
        address,
    };
    let hubs = feed.hubs.into_iter();
    hubs.filter(|hub| hub.kind.eq_ignore_ascii_case("websub"))
        .map(|hub| link("hub", hub.url))
        .chain(feed.feed_url.map(|url| link("self", url)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://post.example/feed";

    fn seen(headers: &[&str], body: &str) -> Option<(String, String)> {
        let headers: Vec<String> = headers.iter().map(|text| (*text).to_owned()).collect();
        advertised(&headers, body.as_bytes(), URL).map(|found| (found.hub, found.topic))
    }

    fn pair(hub: &str, topic: &str) -> Option<(String, String)> {
        Some((hub.to_owned(), topic.to_owned()))
    }

    #[test]
    fn headers_come_before_the_document() {
        let atom = "<feed><link rel='hub' href='https://other.example/'/></feed>";
        let both = "<https://hub.example/>; rel=\"hub\", </self>; rel=\"self\"";
        let expected = pair("https://hub.example/", "https://post.example/self");
        assert_eq!(seen(&[both], atom), expected);
        let apart = [
            "<https://hub.example/>;rel=hub",
            "</self>; title=x; rel=\"Self x\"",
        ];
        assert_eq!(seen(&apart, atom), expected);
        assert_eq!(seen(&["<https://x.example/>; rel=next"], "<feed/>"), None);
    }

    #[test]
    fn documents_of_each_kind_name_their_hub() {
        let rss = "<rss><channel><link>https://post.example/</link>\
            <atom:link href=\"https://hub.example/?a=1&amp;b=2\" rel=\"hub\" />\
            <atom10:link xmlns:atom10='x' rel='self' type='a' href='https://post.example/rss'/><item>\
            <link rel='hub' href='https://wrong.example/'/></item></channel></rss>";
        let expected = pair("https://hub.example/?a=1&b=2", "https://post.example/rss");
        assert_eq!(seen(&[], rss), expected);
        let atom = "<?xml version='1.0'?><feed><link\n rel='hub'\n href='https://hub.example/'></link><entry/></feed>";
        assert_eq!(seen(&[], atom), pair("https://hub.example/", URL));
        let json = "{\"feed_url\":\"https://post.example/j\",\"hubs\":[{\"type\":\"rssCloud\",\"url\":\"https://a.example/\"},\
            {\"type\":\"WebSub\",\"url\":\"https://hub.example/\"}],\"items\":[]}";
        assert_eq!(
            seen(&[], json),
            pair("https://hub.example/", "https://post.example/j")
        );
    }

    #[test]
    fn broken_and_foreign_addresses_name_no_hub() {
        for body in [
            "",
            "{",
            "<feed><link rel=hub href=https://hub.example/>",
            "<feed><link rel='hub' href='mailto:a@b.example'/>",
            "<feed><link rel='hub'",
            "<rss><channel><item><link rel='hub' href='https://hub.example/'/></item>",
        ] {
            assert_eq!(seen(&["<", "<a>; rel"], body), None, "{body}");
        }
    }
}
