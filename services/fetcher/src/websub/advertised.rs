//! The hub that a feed names, and the address by which it names itself.
//!
//! `Link` headers come first (WebSub, 4), then what the feed says of itself.

use url::Url;
use wiredesk_model::{Feed, HubSubscription};

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
pub fn advertised(link_headers: &[String], feed: &Feed, url: &str) -> Option<Advertised> {
    let by_header: Vec<Link> = link_headers
        .iter()
        .flat_map(|text| in_header(text))
        .collect();
    found(&by_header, url).or_else(|| found(&in_document(feed), url))
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

fn in_document(feed: &Feed) -> Vec<Link> {
    let link = |relation: &str, address: &String| Link {
        relations: vec![relation.to_owned()],
        address: address.clone(),
    };
    let hubs = feed.hubs.iter().map(|hub| link("hub", hub));
    let own = feed.self_link.iter().map(|own| link("self", own));
    hubs.chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://post.example/feed";

    fn seen(headers: &[&str], hubs: &[&str]) -> Option<(String, String)> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let headers: Vec<String> = owned(headers);
        let feed = Feed {
            hubs: owned(hubs),
            ..Feed::default()
        };
        advertised(&headers, &feed, URL).map(|found| (found.hub, found.topic))
    }

    fn pair(hub: &str, topic: &str) -> Option<(String, String)> {
        Some((hub.to_owned(), topic.to_owned()))
    }

    #[test]
    fn headers_come_before_the_document() {
        let other = ["https://other.example/"];
        let both = "<https://hub.example/>; rel=\"hub\", </self>; rel=\"self\"";
        let expected = pair("https://hub.example/", "https://post.example/self");
        assert_eq!(seen(&[both], &other), expected);
        let apart = [
            "<https://hub.example/>;rel=hub",
            "</self>; title=x; rel=\"Self x\"",
        ];
        assert_eq!(seen(&apart, &other), expected);
        assert_eq!(seen(&["<https://x.example/>; rel=next"], &[]), None);
        let by_document = pair("https://other.example/", URL);
        assert_eq!(seen(&[], &other), by_document);
    }

    #[test]
    fn broken_and_foreign_addresses_name_no_hub() {
        assert_eq!(seen(&["<", "<a>; rel"], &["mailto:a@b.example"]), None);
    }
}
