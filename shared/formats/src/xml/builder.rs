//! One pass over the source that opens and closes elements, and repairs on the way.

use memchr::memmem;

use super::attributes::Attributes;
use super::namespace::{Ns, of_prefix, of_uri};
use super::text::{CDATA, CDATA_END, find_cdata_end};
use super::tree::{NONE, Node, Tree};
use crate::{FormatError, Limits};

/// Entities that one document may declare.
const MAX_ENTITIES: usize = 64;
/// Characters that a declared entity may stand for.
const MAX_ENTITY_CHARS: usize = 200;
/// What an element takes in a feed, tags and text, at the usual: room is made for so many.
const BYTES_PER_ELEMENT: usize = 128;
/// Elements of HTML that have no end tag. `link` is missing: feeds have one that does.
const VOID: [&str; 9] = [
    "br", "hr", "img", "input", "wbr", "area", "col", "embed", "meta",
];

struct Builder<'a, 'l> {
    tree: Tree<'a>,
    limits: &'l Limits,
    /// Open elements, the virtual root first.
    open: Vec<u32>,
    /// Declared prefixes: how many elements were open, prefix, meaning.
    prefixes: Vec<(usize, &'a str, Ns)>,
    /// Looks for declarations of prefixes.
    xmlns: memmem::Finder<'static>,
    /// The next `]]>` as far as looked for; `usize::MAX` where there is none ahead.
    cdata_end: Option<usize>,
    /// Ends that were looked for and are nowhere ahead; never looked for again.
    no_comment_end: bool,
    no_instruction_end: bool,
}

pub(super) fn build<'a>(source: &'a str, limits: &Limits) -> Result<Tree<'a>, FormatError> {
    limits.check_bytes(source.len())?;
    let root = Node {
        name: (0, 0),
        attributes: (0, 0),
        outer: (0, source.len() as u32),
        inner: (0, source.len() as u32),
        ns: Ns::Other,
        parent: NONE,
        first_child: NONE,
        last_child: NONE,
        next: NONE,
    };
    let mut nodes = Vec::with_capacity(1 + source.len() / BYTES_PER_ELEMENT);
    nodes.push(root);
    let mut builder = Builder {
        tree: Tree {
            source,
            nodes,
            entities: Vec::new(),
        },
        limits,
        open: vec![0],
        prefixes: Vec::new(),
        xmlns: memmem::Finder::new("xmlns"),
        cdata_end: None,
        no_comment_end: false,
        no_instruction_end: false,
    };
    let end = builder.run()?;
    builder.close_down_to(1, end, end);
    Ok(builder.tree)
}

impl<'a> Builder<'a, '_> {
    /// Reads to the end; the answer is where the text ends (a half tag is left out).
    fn run(&mut self) -> Result<usize, FormatError> {
        let source = self.tree.source;
        let bytes = source.as_bytes();
        let mut at = 0;
        while let Some(found) = memchr::memchr(b'<', &bytes[at..]) {
            let start = at + found;
            at = match bytes.get(start + 1) {
                Some(b'/') => self.end_tag(start),
                Some(b'!') => self.declaration(start),
                Some(b'?') => self.instruction(start),
                Some(byte) if is_name_start(*byte) => match tag_end(bytes, start + 1) {
                    TagEnd::At(end) => {
                        self.start_tag(start, end)?;
                        end + 1
                    }
                    TagEnd::Text => start + 1,
                    TagEnd::CutOff => return Ok(start),
                },
                Some(_) => start + 1,
                None => return Ok(start),
            };
        }
        Ok(source.len())
    }

    fn start_tag(&mut self, start: usize, end: usize) -> Result<(), FormatError> {
        let source = self.tree.source;
        let inside = &source[start + 1..end];
        let name_length = inside.bytes().take_while(|byte| is_name(*byte)).count();
        let name = &inside[..name_length];
        let closes_itself = inside.ends_with('/');
        let attributes = &inside[name_length..inside.len() - usize::from(closes_itself)];
        self.declare_prefixes(attributes);
        let ns = self.namespace(name);
        self.close_item_before(name, ns, start);
        self.close_twin_before(name, start);
        self.limits.check_depth(self.open.len())?;
        self.limits.check_elements(self.tree.nodes.len())?;
        let id = self.tree.nodes.len() as u32;
        let parent = self.open.last().copied().unwrap_or(0);
        let name_start = start + 1;
        let attributes_start = name_start + name_length;
        self.tree.nodes.push(Node {
            name: (name_start as u32, attributes_start as u32),
            attributes: (
                attributes_start as u32,
                (attributes_start + attributes.len()) as u32,
            ),
            outer: (start as u32, (end + 1) as u32),
            inner: ((end + 1) as u32, (end + 1) as u32),
            ns,
            parent,
            first_child: NONE,
            last_child: NONE,
            next: NONE,
        });
        self.hang(parent, id);
        if closes_itself || VOID.iter().any(|void| name.eq_ignore_ascii_case(void)) {
            self.forget_prefixes();
        } else {
            self.open.push(id);
        }
        Ok(())
    }

    fn hang(&mut self, parent: u32, id: u32) {
        let last = std::mem::replace(&mut self.tree.nodes[parent as usize].last_child, id);
        if last == NONE {
            self.tree.nodes[parent as usize].first_child = id;
        } else {
            self.tree.nodes[last as usize].next = id;
        }
    }

    /// Items do not stand inside each other: one that was not closed ends where the next begins.
    fn close_item_before(&mut self, name: &str, ns: Ns, start: usize) {
        let is_item = (ns == Ns::Plain && name.eq_ignore_ascii_case("item"))
            || (ns == Ns::Atom && name.eq_ignore_ascii_case("entry"));
        let open = if is_item { self.find_open(name) } else { None };
        let Some(place) = open else {
            return;
        };
        // Inside an extension an item is part of it: Simple Sharing keeps old versions there.
        let in_extension = self.open[place..]
            .iter()
            .any(|id| self.tree.nodes[*id as usize].ns == Ns::Other);
        if !in_extension {
            self.close_down_to(place, start, start);
        }
    }

    /// HTML that is left open on purpose: a paragraph ends where the next begins.
    fn close_twin_before(&mut self, name: &str, start: usize) {
        let ends_at_its_like = matches!(name, "p" | "P" | "li" | "LI" | "td" | "TD" | "tr" | "TR");
        if ends_at_its_like
            && self
                .find_open(name)
                .is_some_and(|place| place + 1 == self.open.len())
        {
            self.close_down_to(self.open.len() - 1, start, start);
        }
    }

    fn end_tag(&mut self, start: usize) -> usize {
        let bytes = self.tree.source.as_bytes();
        let length = bytes[start + 2..]
            .iter()
            .take_while(|byte| is_name(**byte))
            .count();
        if length == 0 {
            return start + 2;
        }
        let name_end = start + 2 + length;
        let name = &self.tree.source[start + 2..name_end];
        let end = match memchr::memchr2(b'>', b'<', &bytes[name_end..]) {
            Some(found) if bytes[name_end + found] == b'>' => name_end + found + 1,
            Some(found) => name_end + found,
            None => bytes.len(),
        };
        if let Some(place) = self.find_open(name) {
            self.close_down_to(place, start, end);
        }
        end
    }

    /// Place among the open elements of the innermost one with this name.
    fn find_open(&self, name: &str) -> Option<usize> {
        (1..self.open.len()).rev().find(|place| {
            let (from, to) = self.tree.nodes[self.open[*place] as usize].name;
            self.tree.source[from as usize..to as usize].eq_ignore_ascii_case(name)
        })
    }

    /// Closes the open elements from `place` on: their text ends at `text_end`, and the outermost
    /// of them ends at `end`.
    fn close_down_to(&mut self, place: usize, text_end: usize, end: usize) {
        for (depth, id) in self.open.drain(place..).enumerate() {
            let node = &mut self.tree.nodes[id as usize];
            node.inner.1 = text_end as u32;
            node.outer.1 = if depth == 0 {
                end as u32
            } else {
                text_end as u32
            };
        }
        self.forget_prefixes();
    }

    /// Comments, CDATA and the document type.
    fn declaration(&mut self, start: usize) -> usize {
        let source = self.tree.source;
        let rest = &source[start..];
        if rest.starts_with(CDATA) {
            return self.cdata(start + CDATA.len());
        }
        if rest.starts_with("<!--") {
            if self.no_comment_end {
                return start + 4;
            }
            return match memmem::find(&rest.as_bytes()[4..], b"-->") {
                Some(found) => start + 4 + found + 3,
                None => {
                    self.no_comment_end = true;
                    start + 4
                }
            };
        }
        if rest
            .get(..9)
            .is_some_and(|word| word.eq_ignore_ascii_case("<!doctype"))
            && self.open.len() == 1
        {
            return self.document_type(start);
        }
        start + 2
    }

    /// The end of a CDATA section that begins at `from`. One without end stops where the element
    /// around it is closed.
    fn cdata(&mut self, from: usize) -> usize {
        let bytes = self.tree.source.as_bytes();
        let Some(end) = self.next_cdata_end(from) else {
            return self
                .close_of_innermost(from, bytes.len())
                .unwrap_or(bytes.len());
        };
        // Where another section begins before the end, the end may be that one's.
        match memmem::find(&bytes[from..end], CDATA.as_bytes()) {
            Some(next) => self
                .close_of_innermost(from, from + next)
                .unwrap_or(end + CDATA_END.len()),
            None => end + CDATA_END.len(),
        }
    }

    /// Where the next `]]>` stands; each stretch of the source is searched once.
    fn next_cdata_end(&mut self, from: usize) -> Option<usize> {
        if self.cdata_end.is_none_or(|known| known < from) {
            let found = find_cdata_end(&self.tree.source.as_bytes()[from..]);
            self.cdata_end = Some(found.map_or(usize::MAX, |found| from + found));
        }
        self.cdata_end.filter(|end| *end != usize::MAX)
    }

    /// Where `</name` of the innermost open element stands between `from` and `to`.
    fn close_of_innermost(&self, from: usize, to: usize) -> Option<usize> {
        let (name_from, name_to) = self.tree.nodes[*self.open.last()? as usize].name;
        let name = &self.tree.source[name_from as usize..name_to as usize];
        let bytes = &self.tree.source.as_bytes()[from..to];
        let close = format!("</{name}");
        memmem::find(bytes, close.as_bytes()).map(|found| from + found)
    }

    fn instruction(&mut self, start: usize) -> usize {
        let rest = &self.tree.source.as_bytes()[start..];
        if !self.no_instruction_end {
            if let Some(found) = memmem::find(rest, b"?>") {
                return start + found + 2;
            }
            self.no_instruction_end = true;
        }
        // Without any `>` ahead nothing but text can follow.
        memchr::memchr(b'>', rest).map_or(self.tree.source.len(), |found| start + found + 1)
    }

    /// Skips the document type, and keeps the entities in it that stand for plain text.
    fn document_type(&mut self, start: usize) -> usize {
        let source = self.tree.source;
        let bytes = source.as_bytes();
        let Some(stop) = memchr::memchr2(b'[', b'>', &bytes[start..]).map(|found| start + found)
        else {
            return start + 2;
        };
        if bytes[stop] == b'>' {
            return stop + 1;
        }
        let Some(subset_end) = memchr::memchr(b']', &bytes[stop..]).map(|found| stop + found)
        else {
            return source.len();
        };
        for declaration in source[stop + 1..subset_end]
            .split("<!ENTITY")
            .skip(1)
            .take(MAX_ENTITIES)
        {
            self.tree.entities.extend(plain_entity(declaration));
        }
        memchr::memchr(b'>', &bytes[subset_end..])
            .map_or(subset_end + 1, |found| subset_end + found + 1)
    }

    fn declare_prefixes(&mut self, attributes: &'a str) {
        if self.xmlns.find(attributes.as_bytes()).is_none() {
            return;
        }
        let depth = self.open.len();
        for (name, uri) in Attributes::new(attributes) {
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(prefixed) => prefixed.strip_prefix(':').unwrap_or(prefixed),
                None => continue,
            };
            let ns = of_uri(uri).unwrap_or_else(|| of_prefix(prefix));
            self.prefixes.push((depth, prefix, ns));
        }
    }

    fn forget_prefixes(&mut self) {
        let depth = self.open.len();
        while self
            .prefixes
            .last()
            .is_some_and(|(declared, ..)| *declared >= depth)
        {
            self.prefixes.pop();
        }
    }

    fn namespace(&self, name: &str) -> Ns {
        // Names are short: a plain loop is faster than a search.
        let colon = name.bytes().position(|byte| byte == b':');
        let prefix = &name[..colon.unwrap_or_default()];
        self.prefixes
            .iter()
            .rev()
            .find(|(_, declared, _)| *declared == prefix)
            .map_or_else(|| of_prefix(prefix), |(.., ns)| *ns)
    }
}

/// Name and value of an entity declaration whose value is plain text.
fn plain_entity(declaration: &str) -> Option<(&str, &str)> {
    let declaration = declaration.trim_start();
    let (name, rest) = declaration.split_once(|c: char| c.is_ascii_whitespace())?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, _) = rest[1..].split_once(quote)?;
    let is_plain = !value.contains(['&', '<', '%']) && value.len() <= MAX_ENTITY_CHARS;
    is_plain.then_some((name, value))
}

enum TagEnd {
    /// The `>` of the tag.
    At(usize),
    /// No tag: the `<` is text.
    Text,
    /// The document ends inside the tag.
    CutOff,
}

/// Finds the `>` of the tag whose name begins at `from`. A `<` never stands inside a tag, so
/// where one comes first, the quotes or the tag itself are broken.
fn tag_end(bytes: &[u8], from: usize) -> TagEnd {
    let mut at = from
        + bytes[from..]
            .iter()
            .take_while(|byte| is_name(**byte))
            .count();
    match bytes.get(at) {
        Some(byte) if byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>') => {}
        Some(_) => return TagEnd::Text,
        None => return TagEnd::CutOff,
    }
    let mut first_gt = None;
    while let Some(found) = memchr::memchr3(b'>', b'<', b'=', &bytes[at..]) {
        at += found;
        match bytes[at] {
            b'>' => return TagEnd::At(at),
            b'<' => return first_gt.map_or(TagEnd::Text, TagEnd::At),
            _ => at += 1,
        }
        at += bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let Some(quote) = bytes
            .get(at)
            .copied()
            .filter(|byte| matches!(byte, b'"' | b'\''))
        else {
            continue;
        };
        at += 1;
        let Some(value) =
            memchr::memchr2(quote, b'<', &bytes[at..]).map(|found| &bytes[at..at + found])
        else {
            return first_gt
                .or_else(|| memchr::memchr(b'>', &bytes[at..]).map(|found| at + found))
                .map_or(TagEnd::CutOff, TagEnd::At);
        };
        first_gt = first_gt.or_else(|| memchr::memchr(b'>', value).map(|found| at + found));
        at += value.len();
        if bytes[at] == quote {
            at += 1;
        }
    }
    TagEnd::CutOff
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-' | b'.') || byte >= 0x80
}
