//! From tokens to the arena, with the end tags that authors leave out.

use super::attr;
use super::count::Counts;
use super::entity;
use super::hint::{FAR, HINTS, KnownHints, is_card, nearer, own_hints};
use super::page::{Line, NONE, Node, Page};
use super::row::join_cells;
use super::tag::{Role, TAGS, Tag};
use super::token::{Token, Tokenizer};
use super::watch::{Element, Unwatched, Watch};

/// Open elements at the most; deeper ones are read as if their tags were not there.
const DEPTH: usize = 512;

/// Lines of a page at the most; what stands behind is one more. No story has as many, and so a page
/// of millions of empty boxes takes bounded memory.
const LINES: usize = 100_000;

/// Reads a page.
pub(crate) fn read_page(html: &str) -> Page {
    read_watched(html, &mut Unwatched)
}

/// Reads a page, and shows its elements to `watch` on the way.
pub(crate) fn read_watched<'a>(html: &'a str, watch: &mut impl Watch<'a>) -> Page {
    let mut builder = Builder::new(watch);
    let mut tokens = Tokenizer::new(html);
    while let Some(token) = tokens.next() {
        let span = (tokens.start() as u32, tokens.end() as u32);
        builder.at = span;
        match token {
            Token::Text(text) => builder.text(text, span),
            Token::Open { tag, attrs } => builder.open(tag, attrs),
            Token::Close(tag) => builder.close(tag),
            Token::Skipped {
                tag,
                attrs,
                content,
            } => builder.skipped(tag, attrs, content),
        }
    }
    builder.at = (html.len() as u32, html.len() as u32);
    builder.end_line();
    builder.pop_to(0);
    builder.page.is_fragment = !builder.is_whole;
    builder.page.numbered = builder.counts.numbered;
    join_cells(&mut builder.page);
    builder.page
}

/// An element that is open.
struct Open<'a> {
    tag: Tag,
    attrs: &'a str,
    /// Its place in the arena, once it holds text.
    node: u32,
    /// Whether it is a link that leads somewhere.
    is_link: bool,
}

/// The inline element that the line began in.
#[derive(Clone, Copy)]
struct Wrap {
    depth: usize,
    hints: u64,
    /// Length of the text when it was closed; none while it is open.
    closed_at: Option<usize>,
}

struct Builder<'a, 'w, W> {
    watch: &'w mut W,
    /// Where the token under work begins, and where it ends.
    at: (u32, u32),
    page: Page,
    stack: Vec<Open<'a>>,
    /// Open elements by tag.
    open_count: [u16; TAGS],
    /// Start tags beyond the depth limit whose end tags are still to come.
    too_deep: usize,
    links_open: u16,
    bold_open: u16,
    italic_open: u16,
    line: Line,
    known_hints: KnownHints<'a>,
    space_pending: bool,
    wrap: Option<Wrap>,
    /// Depth of the card amid a sentence whose text is not read.
    card: Option<usize>,
    counts: Counts,
    /// Whether `html`, `head` or `body` was seen.
    is_whole: bool,
}

/// Bytes that stand for themselves in text, whatever is around them.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < 128 {
        plain[byte] = !(byte as u8).is_ascii_whitespace();
        byte += 1;
    }
    plain[b'&' as usize] = false;
    // A space that does not break begins with it.
    plain[0xc2] = false;
    plain
};

/// Whether the byte at a place belongs to the run of text before it as it stands: one space between
/// two words does.
fn goes_on(bytes: &[u8], at: usize) -> bool {
    let byte = bytes[at];
    let next = bytes.get(at + 1);
    PLAIN[usize::from(byte)]
        || byte == b' ' && next.is_some_and(|next| PLAIN[usize::from(*next)])
        || byte == 0xc2 && next != Some(&0xa0)
}

const EMPTY_LINE: Line = Line {
    node: NONE,
    start: 0,
    end: 0,
    source_start: 0,
    source_end: 0,
    link_bytes: 0,
    links: 0,
    bold_bytes: 0,
    italic_bytes: 0,
    wrap: 0,
    after_break: false,
    after_media: false,
};

impl<'a, 'w, W: Watch<'a>> Builder<'a, 'w, W> {
    fn new(watch: &'w mut W) -> Self {
        Self {
            watch,
            at: (0, 0),
            page: Page::default(),
            stack: Vec::with_capacity(64),
            open_count: [0; TAGS],
            too_deep: 0,
            links_open: 0,
            bold_open: 0,
            italic_open: 0,
            line: EMPTY_LINE,
            known_hints: KnownHints::new(),
            space_pending: false,
            wrap: None,
            card: None,
            counts: Counts::default(),
            is_whole: false,
        }
    }

    fn line_is_empty(&self) -> bool {
        self.page.text.len() == self.line.start as usize
    }

    /// Adds text to the line, white space folded and references decoded.
    fn text(&mut self, raw: &str, (start, end): (u32, u32)) {
        if self.card.is_some() {
            return;
        }
        let before = self.page.text.len();
        let was_empty = self.line_is_empty();
        self.fold(raw);
        let added = (self.page.text.len() - before) as u32;
        if added == 0 {
            return;
        }
        if was_empty {
            self.line.source_start = start;
        }
        self.line.source_end = end;
        if self.links_open > 0 {
            self.line.link_bytes += added;
        }
        if self.bold_open > 0 {
            self.line.bold_bytes += added;
        }
        if self.italic_open > 0 {
            self.line.italic_bytes += added;
        }
    }

    fn fold(&mut self, raw: &str) {
        let bytes = raw.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            if byte.is_ascii_whitespace() {
                self.space_pending = true;
                at += 1;
                continue;
            }
            if byte == b'&' {
                at += self.reference(&raw[at..]);
                continue;
            }
            if raw[at..].starts_with('\u{a0}') {
                self.space_pending = true;
                at += 2;
                continue;
            }
            let run = at;
            while at < bytes.len() && goes_on(bytes, at) {
                at += 1;
            }
            self.settle_space();
            self.page.text.push_str(&raw[run..at]);
        }
    }

    /// Decodes a reference; tells how many bytes it takes.
    fn reference(&mut self, raw: &str) -> usize {
        let mut decoded = String::new();
        let taken = entity::decode_reference(raw, false, &mut decoded).unwrap_or_else(|| {
            decoded.push('&');
            1
        });
        for c in decoded.chars() {
            if c.is_whitespace() {
                self.space_pending = true;
            } else {
                self.settle_space();
                self.page.text.push(c);
            }
        }
        taken
    }

    fn settle_space(&mut self) {
        if self.space_pending && !self.line_is_empty() {
            self.page.text.push(' ');
        }
        self.space_pending = false;
    }

    /// Ends the line at the edge of a block; in a page with too many lines the last one goes on.
    fn flush(&mut self) {
        self.card = None;
        if self.page.lines.len() < LINES {
            self.end_line();
        } else {
            self.space_pending = true;
        }
    }

    /// Ends the line, and keeps it where it holds anything.
    fn end_line(&mut self) {
        self.space_pending = false;
        if self.line_is_empty() {
            self.wrap = None;
            return;
        }
        let end = self.page.text.len();
        self.line.end = end as u32;
        self.line.node = self.ensure_node();
        if let Some(wrap) = self.wrap.take()
            && wrap.closed_at.is_none_or(|closed| closed == end)
        {
            self.line.wrap = wrap.hints;
        }
        self.page.lines.push(self.line);
        // Belongs to no line; where cells are joined to a row it stands between them.
        self.page.text.push('\t');
        self.line = EMPTY_LINE;
        self.line.start = end as u32 + 1;
    }

    /// The innermost open block in the arena, put there with all that is above it.
    fn ensure_node(&mut self) -> u32 {
        let mut first = self.stack.len();
        let mut above = NONE;
        while first > 0 {
            let open = &self.stack[first - 1];
            if open.node != NONE {
                above = open.node;
                break;
            }
            first -= 1;
        }
        for at in first..self.stack.len() {
            let Open { tag, attrs, .. } = self.stack[at];
            if tag.role() == Role::Inline {
                continue;
            }
            above = self.add_node(above, tag, attrs);
            self.stack[at].node = above;
            self.counts.named(tag, at, above);
        }
        if above == NONE {
            // Text outside of every element.
            above = self.add_node(NONE, Tag::Body, "");
        }
        above
    }

    fn add_node(&mut self, parent: u32, tag: Tag, attrs: &'a str) -> u32 {
        let own = own_hints(tag, attrs, &mut self.known_hints);
        let node = match self.page.nodes.get(parent as usize) {
            Some(above) => Node {
                parent,
                tag,
                depth: above.depth + 1,
                signature: own.signature ^ above.signature.rotate_left(11) & 0xffff_f800,
                is_hidden: own.is_hidden || above.is_hidden,
                near: nearer(&above.near, own.hints),
            },
            None => Node {
                parent: NONE,
                tag,
                depth: 0,
                signature: own.signature,
                is_hidden: own.is_hidden,
                near: nearer(&[FAR; HINTS], own.hints),
            },
        };
        self.page.nodes.push(node);
        self.page.nodes.len() as u32 - 1
    }

    fn open(&mut self, tag: Tag, attrs: &'a str) {
        match tag.role() {
            Role::Void => return self.void(tag, attrs),
            // A skipped element without an end: its content is read as text of the page.
            Role::Skip => return,
            Role::Block => {
                self.flush();
                self.end_implied(tag);
            }
            Role::Inline => self.end_implied(tag),
        }
        self.is_whole |= matches!(tag, Tag::Html | Tag::Head | Tag::Body);
        if tag == Tag::Html {
            self.page.meta.read_html(attrs);
        }
        if self.stack.len() >= DEPTH {
            self.too_deep += 1;
            return;
        }
        let is_link = tag == Tag::A && attr::raw_value(attrs, "href").is_some();
        if tag.role() == Role::Inline
            && self.line_is_empty()
            && self.wrap.is_none()
            && !attrs.is_empty()
        {
            self.wrap = Some(Wrap {
                depth: self.stack.len(),
                hints: own_hints(tag, attrs, &mut self.known_hints).hints,
                closed_at: None,
            });
        }
        if tag == Tag::Span && self.card.is_none() && !self.line_is_empty() && is_card(attrs) {
            self.card = Some(self.stack.len());
        }
        if is_link {
            self.links_open += 1;
            self.line.links = self.line.links.saturating_add(1);
        }
        match tag {
            Tag::B | Tag::Strong => self.bold_open += 1,
            Tag::I | Tag::Em => self.italic_open += 1,
            _ => {}
        }
        self.open_count[tag as usize] += 1;
        self.counts.opened(tag, attrs, self.stack.len());
        self.watch.opened(self.element(tag, attrs));
        self.stack.push(Open {
            tag,
            attrs,
            node: NONE,
            is_link,
        });
    }

    /// The element whose start tag is under work.
    fn element(&self, tag: Tag, attrs: &'a str) -> Element<'a> {
        Element {
            tag,
            attrs,
            start: self.at.0,
        }
    }

    fn void(&mut self, tag: Tag, attrs: &'a str) {
        self.watch.opened(self.element(tag, attrs));
        self.watch.closed(self.at.1);
        match tag {
            Tag::Br => {
                let had_text = !self.line_is_empty();
                self.flush();
                // Two breaks in a row set paragraphs apart, one does not.
                self.line.after_break = had_text;
            }
            Tag::Hr => self.flush(),
            Tag::Img | Tag::Embed => self.line.after_media |= self.line_is_empty(),
            Tag::Meta => self.page.meta.read_meta(attrs),
            Tag::Link => self.page.meta.read_link(attrs),
            _ => {}
        }
    }

    fn skipped(&mut self, tag: Tag, attrs: &'a str, content: &str) {
        self.watch.opened(self.element(tag, attrs));
        self.watch.closed(self.at.1);
        match tag {
            Tag::Title => self.page.meta.read_title(content),
            Tag::Script => self.page.meta.read_script(attrs, content),
            Tag::Noscript => self.page.noscripts.push(self.at),
            Tag::Iframe | Tag::Video | Tag::Audio | Tag::Object => {
                self.line.after_media |= self.line_is_empty();
            }
            _ => {}
        }
    }

    /// Closes what an opening `next` ends without an end tag.
    fn end_implied(&mut self, next: Tag) {
        loop {
            let inline_above = |open: &&Open<'a>| open.tag.role() == Role::Inline;
            if next == Tag::A {
                let run = self.stack.iter().rev().take_while(inline_above);
                let Some(depth) = run.enumerate().find(|(_, open)| open.tag == Tag::A) else {
                    return;
                };
                let keep = self.stack.len() - 1 - depth.0;
                return self.pop_to(keep);
            }
            if next.role() == Role::Inline {
                return;
            }
            let inlines = self.stack.iter().rev().take_while(inline_above).count();
            let Some(place) = (self.stack.len() - inlines).checked_sub(1) else {
                return;
            };
            if !self.stack[place].tag.ends_before(next) {
                return;
            }
            self.pop_to(place);
        }
    }

    fn close(&mut self, tag: Tag) {
        if tag == Tag::Br {
            return self.void(Tag::Br, "");
        }
        if tag.role() == Role::Block {
            self.flush();
        }
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        if self.open_count[tag as usize] == 0 {
            return;
        }
        let is_table_part = matches!(
            tag,
            Tag::Table | Tag::Td | Tag::Th | Tag::Tr | Tag::Tbody | Tag::Thead | Tag::Tfoot
        );
        for place in (0..self.stack.len()).rev() {
            let open = self.stack[place].tag;
            if open == tag {
                return self.pop_to(place);
            }
            // An end tag inside a cell closes nothing outside of it, and the end of an inline
            // element no block.
            let is_wall = matches!(open, Tag::Td | Tag::Th | Tag::Table) && !is_table_part;
            if is_wall || tag.role() == Role::Inline && open.role() == Role::Block {
                return;
            }
        }
    }

    /// Closes every element from `place` of the stack on. The line was ended before, where one of
    /// them is a block.
    fn pop_to(&mut self, place: usize) {
        while self.stack.len() > place {
            let Some(open) = self.stack.pop() else { return };
            self.open_count[open.tag as usize] -= 1;
            self.watch.closed(self.at.0);
            self.counts.closed(self.stack.len());
            self.links_open -= u16::from(open.is_link);
            if self.card == Some(self.stack.len()) {
                self.card = None;
            }
            match open.tag {
                Tag::B | Tag::Strong => self.bold_open -= 1,
                Tag::I | Tag::Em => self.italic_open -= 1,
                _ => {}
            }
            if let Some(wrap) = &mut self.wrap
                && wrap.depth == self.stack.len()
                && wrap.closed_at.is_none()
            {
                wrap.closed_at = Some(self.page.text.len());
            }
        }
    }
}
