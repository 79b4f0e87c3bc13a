//! The body of a wire story as HTML, whatever markup it was sent in.
//!
//! All of the text is kept. Elements that HTML has no name for become the nearest that it has;
//! where there is none, they become a `span` or `div` whose class is their name.

use super::el::{El, is_block};
use super::lines::paragraphs;
use crate::Limits;
use crate::base64::base64_text;
use crate::xml::{Piece, Tree};

/// Elements of HTML that pass as they are.
#[rustfmt::skip]
const HTML: [&str; 62] = [
    "a", "abbr", "article", "aside", "audio", "b", "blockquote", "br", "caption", "cite", "code",
    "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li",
    "main", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small", "source", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "u",
    "ul", "video",
];

/// Elements of NITF and the HTML that stands for them.
const NITF: [(&str, &str); 16] = [
    ("tagline", "p"),
    ("bibliography", "p"),
    ("note", "aside"),
    ("fn", "div"),
    ("hl1", "h1"),
    ("hl2", "h2"),
    ("block", "div"),
    ("bq", "blockquote"),
    ("credit", "cite"),
    ("media", "figure"),
    ("media-caption", "figcaption"),
    ("media-reference", "img"),
    ("nitf-col", "col"),
    ("nitf-colgroup", "colgroup"),
    ("nitf-table", "table"),
    ("abstract", "div"),
];

/// Elements without text of the story in them.
const DROPPED: [&str; 5] = ["script", "style", "head", "template", "noscript"];

/// A paragraph of fewer lines is not taken for a text that was typed as lines.
const TYPED_LINES: usize = 3;

/// Attributes that pass.
const ATTRIBUTES: [&str; 16] = [
    "href", "src", "alt", "title", "class", "id", "lang", "dir", "colspan", "rowspan", "datetime",
    "width", "height", "cite", "type", "start",
];

/// Elements of HTML that have no end tag.
const VOID: [&str; 5] = ["br", "hr", "img", "col", "source"];

/// Appends what is inside `el` as HTML.
pub fn render_into(el: El<'_, '_>, out: &mut String) {
    let is_text = el.children().next().is_none();
    if is_text {
        return render_text(&resolved(el), out);
    }
    let mut open: Vec<Option<&str>> = Vec::new();
    // How deep inside an element that is dropped the walk is.
    let mut dropped = 0_usize;
    for piece in el.tree.pieces(el.id) {
        match piece {
            Piece::Text(raw) if dropped == 0 => {
                let mut text = String::with_capacity(raw.len());
                el.tree.resolve_into(raw, &mut text);
                escape_into(&text, out);
            }
            Piece::Text(_) => {}
            Piece::Open(id) => {
                let child = El { tree: el.tree, id };
                if dropped > 0 || DROPPED.iter().any(|name| child.is(name)) {
                    dropped += 1;
                } else if let Some(text) = typed_text(child) {
                    paragraphs(&text, out);
                    dropped += 1;
                } else {
                    open.push(open_tag(child, out));
                }
            }
            Piece::Close(_) if dropped > 0 => dropped -= 1,
            Piece::Close(_) => {
                if let Some(Some(name)) = open.pop() {
                    out.push_str("</");
                    out.push_str(name);
                    out.push('>');
                }
            }
        }
    }
}

/// The text of a paragraph that was typed as lines, as on a text wire: some begin at the margin,
/// and those that begin a paragraph are indented. Markup that was merely laid out nicely has all
/// its lines indented.
fn typed_text(el: El<'_, '_>) -> Option<String> {
    if !el.is("p") || el.children().next().is_some() {
        return None;
    }
    let text = resolved(el);
    let lines = || text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let at_margin = lines()
        .filter(|line| !line.starts_with(char::is_whitespace))
        .count();
    let indented = lines().filter(|line| line.starts_with("  ")).count();
    (at_margin > 0 && indented > 0 && at_margin + indented >= TYPED_LINES).then_some(text)
}

/// What is inside `el` as HTML.
pub fn render(el: El<'_, '_>) -> String {
    let mut out = String::new();
    render_into(el, &mut out);
    out
}

/// Text that was packed as base64, as HTML; none where `kind`, its media type, is not one of text.
pub fn unpacked(el: El<'_, '_>, kind: &str) -> Option<String> {
    let kind = kind.to_ascii_lowercase();
    let is_text = ["text", "html", "xml"]
        .iter()
        .any(|part| kind.contains(part));
    let text = is_text.then(|| base64_text(&el.text())).flatten()?;
    let mut html = String::new();
    render_text(&text, &mut html);
    Some(html)
}

/// Text without elements around it: HTML that was sent as text stays HTML, anything else becomes
/// paragraphs.
pub fn render_text(text: &str, out: &mut String) {
    if looks_like_html(text) {
        out.push_str(text.trim());
    } else {
        paragraphs(text, out);
    }
}

/// The text of HTML, a line for each block; none where it passes a limit.
pub fn plain_text(html: &str) -> Option<String> {
    let source = format!("<body>{html}</body>");
    let limits = Limits {
        document_bytes: usize::MAX,
        ..Limits::default()
    };
    let tree = Tree::read(&source, &limits).ok()?;
    let id = tree.all().next()?;
    Some(El { tree: &tree, id }.text())
}

/// Whether a text has tags of HTML in it.
pub fn looks_like_html(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let tag = rest.strip_prefix('/').unwrap_or(rest);
        let name: String = tag
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let ends = tag[name.len()..].starts_with(['>', ' ', '/']);
        if ends && (is_block(&name) || name.eq_ignore_ascii_case("a")) {
            return true;
        }
    }
    false
}

/// Appends text with what markup reserves escaped.
pub fn escape_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
}

fn resolved(el: El<'_, '_>) -> String {
    let mut text = String::new();
    for piece in el.tree.pieces(el.id) {
        if let Piece::Text(raw) = piece {
            el.tree.resolve_into(raw, &mut text);
        }
    }
    text
}

/// Writes the start tag of an element; the answer is the name that its end tag needs.
fn open_tag<'a>(el: El<'_, 'a>, out: &mut String) -> Option<&'a str> {
    let own = el.name();
    let same = HTML.iter().find(|name| el.is(name)).copied();
    let nitf = || {
        NITF.iter()
            .find(|(name, _)| el.is(name))
            .map(|(_, html)| *html)
    };
    let name = same.or_else(nitf);
    let html = name.unwrap_or_else(|| if holds_blocks(el) { "div" } else { "span" });
    out.push('<');
    out.push_str(html);
    if name.is_none() {
        attribute("class", own, out);
    }
    for (written, value) in el.tree.attributes(el.id) {
        let local = written.rsplit_once(':').map_or(written, |(_, local)| local);
        let local = local.to_ascii_lowercase();
        let as_html = match (html, local.as_str()) {
            ("img", "source") => "src",
            ("img", "alternate-text") => "alt",
            (_, "class") if name.is_none() => continue,
            _ => local.as_str(),
        };
        let is_declaration = written.starts_with("xmlns");
        if !is_declaration && ATTRIBUTES.contains(&as_html) {
            attribute(as_html, &value, out);
        }
    }
    out.push('>');
    if VOID.contains(&html) {
        return None;
    }
    Some(html)
}

fn attribute(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    escape_into(value, out);
    out.push('"');
}

fn holds_blocks(el: El<'_, '_>) -> bool {
    el.children()
        .any(|child| is_block(child.name()) || child.children().next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(source: &str) -> String {
        let tree = Tree::read(source, &Limits::default()).unwrap();
        let id = tree.all().next().unwrap();
        render(El { tree: &tree, id })
    }

    #[test]
    fn markup_of_every_wire_becomes_html() {
        let cases = [
            (
                "<body><p class='x'>A &amp; <b>B</b></p></body>",
                "<p class=\"x\">A &amp; <b>B</b></p>",
            ),
            ("<x><h:p xmlns:h='u'>A<h:br/>B</h:p></x>", "<p>A<br>B</p>"),
            (
                "<body.content><hl2>A</hl2><p><org value='1'>B</org></p></body.content>",
                "<h2>A</h2><p><span class=\"org\">B</span></p>",
            ),
            (
                "<b.c><p>A</p><script>x()</script><p>B</p></b.c>",
                "<p>A</p><p>B</p>",
            ),
            (
                "<b.c><media><media-reference source='a.jpg' mime-type='x'/><media-caption>C</media-caption></media></b.c>",
                "<figure><img src=\"a.jpg\"><figcaption>C</figcaption></figure>",
            ),
            ("<d><![CDATA[<p>A</p>]]></d>", "<p>A</p>"),
            ("<d>&lt;p&gt;A&lt;/p&gt;</d>", "<p>A</p>"),
            (
                "<x><p>(Adds detail)\n    By A. Writer\n    PORT LORNE (NB) - The harbour was closed for the whole\nof Tuesday.\n    It opened again.</p></x>",
                "<p>(Adds detail)</p><p>By A. Writer</p><p>PORT LORNE (NB) - The harbour was closed for the whole of Tuesday.</p><p>It opened again.</p>",
            ),
            ("<d>3 &lt; 4</d>", "<p>3 &lt; 4</p>"),
        ];
        for (source, expected) in cases {
            assert_eq!(rendered(source), expected, "{source}");
        }
    }
}
