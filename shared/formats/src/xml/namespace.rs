//! The vocabularies that feeds are made of.

/// What an element belongs to, whatever prefix the document chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ns {
    /// No namespace, or one of those that RSS has had.
    Plain,
    /// Atom 1.0 and 0.3.
    Atom,
    /// RSS content module.
    Content,
    /// Dublin Core, elements and terms.
    Dc,
    /// Media RSS.
    Media,
    /// Podcasts.
    Itunes,
    /// RSS syndication module.
    Syndication,
    /// RDF.
    Rdf,
    /// XHTML.
    Xhtml,
    /// Anything else.
    Other,
}

/// The namespace of a URI, where it is one of ours.
pub fn of_uri(uri: &str) -> Option<Ns> {
    let uri = uri.trim();
    let place = uri.split_once("://").map_or(uri, |(_, place)| place);
    let place = place.strip_prefix("www.").unwrap_or(place);
    let begins = |start: &str| {
        let head = place.as_bytes().get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
    };
    let known = [
        ("w3.org/2005/atom", Ns::Atom),
        ("purl.org/atom/", Ns::Atom),
        ("purl.org/rss/1.0/modules/content", Ns::Content),
        ("purl.org/rss/1.0/modules/syndication", Ns::Syndication),
        ("purl.org/dc/", Ns::Dc),
        ("search.yahoo.com/mrss", Ns::Media),
        ("itunes.com/dtds/podcast", Ns::Itunes),
        ("w3.org/1999/02/22-rdf-syntax-ns", Ns::Rdf),
        ("w3.org/1999/xhtml", Ns::Xhtml),
        ("my.netscape.com/rdf/simple/0.9", Ns::Plain),
        ("channel.netscape.com/rdf/simple/0.9", Ns::Plain),
        ("backend.userland.com/rss", Ns::Plain),
        ("blogs.law.harvard.edu/tech/rss", Ns::Plain),
        ("purl.org/net/rss1.1", Ns::Plain),
    ];
    if place
        .trim_end_matches('/')
        .eq_ignore_ascii_case("purl.org/rss/1.0")
    {
        return Some(Ns::Plain);
    }
    known
        .iter()
        .find(|(start, _)| begins(start))
        .map(|(_, ns)| *ns)
}

/// What a prefix means by custom, for documents that never declare it.
pub fn of_prefix(prefix: &str) -> Ns {
    if prefix.is_empty() {
        return Ns::Plain;
    }
    match prefix.to_ascii_lowercase().as_str() {
        "rss" => Ns::Plain,
        "atom" | "atom10" | "atom03" | "a10" => Ns::Atom,
        "content" => Ns::Content,
        "dc" | "dcterms" => Ns::Dc,
        "media" => Ns::Media,
        "itunes" => Ns::Itunes,
        "sy" => Ns::Syndication,
        "rdf" => Ns::Rdf,
        "xhtml" => Ns::Xhtml,
        _ => Ns::Other,
    }
}
