//! The body as XHTML, written from the blocks alone: no markup of the source comes through.

use wiredesk_model::{Block, BlockKind, Media, MediaKind};

use crate::list_markup::OpenLists;

const XHTML_NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Writes the blocks as one well-formed `div` of XHTML.
///
/// Every character of the text is escaped or, where XML 1.0 has no place for it, left out. The
/// elements are `h1` to `h6`, `p`, `br`, `ul`, `ol`, `li`, `blockquote`, `table`, `tbody`, `tr`, `th`,
/// `td`, `pre`, `figure` and `figcaption`, without attributes but for the `value` of an entry out of
/// its turn; pictures are `img` with `src` and `alt`, and what other sites show is a link to it. Both
/// stand in their place, and only with an address of the web.
///
/// ```
/// use wiredesk_model::Block;
/// let xhtml = wiredesk_enrichment::to_xhtml(&[Block::paragraph("Rock & Roll <script>")], &[]);
/// assert!(xhtml.ends_with("<p>Rock &amp; Roll &lt;script&gt;</p></div>"));
/// ```
pub fn to_xhtml(blocks: &[Block], media: &[Media]) -> String {
    let text_bytes: usize = blocks.iter().map(|block| block.text.len()).sum();
    let mut out = String::with_capacity(text_bytes + text_bytes / 8 + 64);
    out.push_str("<div xmlns=\"");
    out.push_str(XHTML_NAMESPACE);
    out.push_str("\">");
    let mut open = Group::None;
    let mut lists = OpenLists::default();
    let shown = media.iter().filter(|one| is_of_the_web(&one.url));
    let mut shown = shown.peekable();
    for (at, block) in blocks.iter().enumerate() {
        while let Some(one) = shown.next_if(|one| one.after_block as usize <= at) {
            lists.close(&mut out);
            out.push_str(std::mem::replace(&mut open, Group::None).end_tags());
            write_media(&mut out, one);
        }
        if block.text.trim().is_empty() {
            continue;
        }
        if block.kind != BlockKind::ListItem {
            lists.close(&mut out);
        }
        let group = Group::of(block.kind);
        if group != open {
            out.push_str(open.end_tags());
            out.push_str(group.start_tags());
            open = group;
        }
        write_block(&mut out, block, &mut lists);
    }
    lists.close(&mut out);
    out.push_str(open.end_tags());
    shown.for_each(|one| write_media(&mut out, one));
    out.push_str("</div>");
    out
}

/// What holds neighbouring blocks of a kind together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    None,
    Quote,
    Table,
}

impl Group {
    fn of(kind: BlockKind) -> Self {
        match kind {
            BlockKind::Quote => Group::Quote,
            BlockKind::TableRow => Group::Table,
            _ => Group::None,
        }
    }

    fn start_tags(self) -> &'static str {
        match self {
            Group::None => "",
            Group::Quote => "<blockquote>",
            Group::Table => "<table><tbody>",
        }
    }

    fn end_tags(self) -> &'static str {
        match self {
            Group::None => "",
            Group::Quote => "</blockquote>",
            Group::Table => "</tbody></table>",
        }
    }
}

/// Whether a browser that follows an address stays on the web: no script, no file.
fn is_of_the_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn write_media(out: &mut String, media: &Media) {
    if media.kind != MediaKind::Picture {
        out.push_str("<p><a href=\"");
        escape_into(out, &media.url);
        out.push_str("\">");
        escape_into(out, &media.url);
        out.push_str("</a></p>");
        return;
    }
    out.push_str("<figure><img src=\"");
    escape_into(out, &media.url);
    out.push_str("\" alt=\"");
    escape_into(out, media.alt.as_deref().unwrap_or_default());
    out.push_str("\"/>");
    let parts = [media.caption.as_deref(), media.credit.as_deref()];
    let told: Vec<&str> = parts.into_iter().flatten().collect();
    if !told.is_empty() {
        write_element(out, "figcaption", &told.join(" "));
    }
    out.push_str("</figure>");
}

fn write_block(out: &mut String, block: &Block, lists: &mut OpenLists) {
    match block.kind {
        BlockKind::Heading => write_element(out, heading_tag(block.level), &block.text),
        BlockKind::Paragraph | BlockKind::Quote => write_element(out, "p", &block.text),
        // The lists close the entry, which may hold more.
        BlockKind::ListItem if lists.enter(out, block.list) => write_element(out, "p", &block.text),
        BlockKind::ListItem => write_lines(out, &block.text),
        BlockKind::Preformatted => {
            // Stanzas of one text.
            let goes_on = out.ends_with("</pre>");
            if goes_on {
                out.truncate(out.len() - "</pre>".len());
            }
            out.push_str(if goes_on { "\n\n" } else { "<pre>" });
            escape_into(out, &block.text);
            out.push_str("</pre>");
        }
        BlockKind::Caption => {
            out.push_str("<figure>");
            write_element(out, "figcaption", &block.text);
            out.push_str("</figure>");
        }
        BlockKind::TableRow => {
            out.push_str("<tr>");
            for (at, cell) in block.text.split('\t').enumerate() {
                let is_heading = block
                    .heading_cells
                    .iter()
                    .any(|one| usize::from(*one) == at);
                write_element(out, if is_heading { "th" } else { "td" }, cell);
            }
            out.push_str("</tr>");
        }
    }
}

fn heading_tag(level: Option<u8>) -> &'static str {
    match level {
        Some(0 | 1) => "h1",
        Some(3) => "h3",
        Some(4) => "h4",
        Some(5) => "h5",
        Some(6..) => "h6",
        Some(2) | None => "h2",
    }
}

fn write_element(out: &mut String, tag: &str, text: &str) {
    out.push('<');
    out.push_str(tag);
    out.push('>');
    write_lines(out, text);
    out.push_str("</");
    out.push_str(tag);
    out.push('>');
}

fn write_lines(out: &mut String, text: &str) {
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push_str("<br/>");
        }
        escape_into(out, line);
    }
}

fn escape_into(out: &mut String, text: &str) {
    for letter in text.chars().filter(|letter| is_xml_character(*letter)) {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // A bare carriage return would be read back as a line feed (XML 1.0, 2.11).
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

/// The characters that XML 1.0 allows (production `Char`).
pub(crate) fn is_xml_character(letter: char) -> bool {
    !matches!(letter, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use wiredesk_model::ListPlace;

    use super::*;

    fn inner(blocks: &[Block]) -> String {
        inner_with(blocks, &[])
    }

    fn inner_with(blocks: &[Block], media: &[Media]) -> String {
        let xhtml = to_xhtml(blocks, media);
        xhtml
            .strip_prefix("<div xmlns=\"http://www.w3.org/1999/xhtml\">")
            .and_then(|rest| rest.strip_suffix("</div>"))
            .expect("one root element")
            .to_owned()
    }

    #[test]
    fn neighbours_of_a_kind_share_their_parent() {
        let blocks = [
            Block::paragraph("a"),
            Block::new(BlockKind::ListItem, "b"),
            Block::new(BlockKind::ListItem, "c"),
            Block::new(BlockKind::TableRow, "1\t2"),
            Block::new(BlockKind::TableRow, "3\t"),
            Block::new(BlockKind::Quote, "d"),
        ];
        assert_eq!(
            inner(&blocks),
            "<p>a</p><ul><li>b</li><li>c</li></ul>\
             <table><tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td><td></td></tr></tbody></table>\
             <blockquote><p>d</p></blockquote>"
        );
    }

    #[test]
    fn lists_keep_their_numbers_and_nesting() {
        let entry = |text: &str, depth, number, goes_on| {
            let list = Some(ListPlace {
                depth,
                number,
                goes_on,
            });
            Block {
                list,
                ..Block::new(BlockKind::ListItem, text)
            }
        };
        let blocks = [
            entry("a", 2, Some(1), false),
            entry("b", 3, None, false),
            entry("c", 5, None, false),
            entry("d", 2, Some(1), true),
            entry("e", 2, Some(2), false),
            entry("f", 2, Some(7), false),
            entry("g", 2, Some(8), false),
            entry("h", 2, None, false),
            Block::paragraph("i"),
            entry("j", 1, Some(8), true),
        ];
        assert_eq!(
            inner(&blocks),
            "<ol><li>a<ul><li>b<ul><li>c</li></ul></li></ul><p>d</p></li><li>e</li>\
             <li value=\"7\">f</li><li>g</li></ol><ul><li>h</li></ul><p>i</p>\
             <ol><li value=\"8\">j</li></ol>"
        );
    }

    #[test]
    fn line_breaks_and_headings_of_tables_come_through() {
        let row = Block {
            heading_cells: vec![0],
            ..Block::new(BlockKind::TableRow, "Eider\t9:41\n9:52")
        };
        let blocks = [
            Block::paragraph("in,\nout"),
            Block::new(BlockKind::Preformatted, "a\n  b"),
            Block::new(BlockKind::Preformatted, "c"),
            row,
        ];
        assert_eq!(
            inner(&blocks),
            "<p>in,<br/>out</p><pre>a\n  b\n\nc</pre>\
             <table><tbody><tr><th>Eider</th><td>9:41<br/>9:52</td></tr></tbody></table>"
        );
    }

    #[test]
    fn pictures_and_references_stand_in_their_place() {
        let media = |kind, url: &str, after_block| Media {
            kind,
            url: url.to_owned(),
            alt: Some("The \"wall\"".to_owned()),
            caption: Some("At noon.".to_owned()),
            credit: Some("Ida Holm".to_owned()),
            after_block,
        };
        let list = |text: &str| Block::new(BlockKind::ListItem, text);
        let shown = [
            media(MediaKind::Picture, "https://paper.example/a.jpg?x=1&y=2", 1),
            media(MediaKind::Embed, "javascript:alert(1)", 1),
            media(MediaKind::Video, "https://video.example/x", 9),
        ];
        assert_eq!(
            inner_with(&[list("a"), list("b")], &shown),
            "<ul><li>a</li></ul><figure><img src=\"https://paper.example/a.jpg?x=1&amp;y=2\" \
             alt=\"The &quot;wall&quot;\"/><figcaption>At noon. Ida Holm</figcaption></figure>\
             <ul><li>b</li></ul><p><a href=\"https://video.example/x\">https://video.example/x</a></p>"
        );
    }

    #[test]
    fn levels_stay_between_one_and_six() {
        let heading = |level| Block {
            level,
            ..Block::new(BlockKind::Heading, "x")
        };
        assert_eq!(inner(&[heading(None)]), "<h2>x</h2>");
        assert_eq!(inner(&[heading(Some(0))]), "<h1>x</h1>");
        assert_eq!(inner(&[heading(Some(200))]), "<h6>x</h6>");
    }

    #[test]
    fn markup_in_the_text_stays_text() {
        assert_eq!(
            inner(&[Block::paragraph(
                "</p><script>alert('1')</script>&nbsp;\u{0}\u{ffff}"
            )]),
            "<p>&lt;/p&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;nbsp;</p>"
        );
    }

    #[test]
    fn empty_blocks_leave_nothing() {
        assert_eq!(
            inner(&[Block::paragraph("  "), Block::new(BlockKind::ListItem, "")]),
            ""
        );
    }
}
