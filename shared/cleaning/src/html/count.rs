//! Numbers of list entries and places of cells, counted while a page is read: an entry without text
//! counts, too.

use super::attr;
use super::tag::Tag;

/// Columns that one cell can span at the most, as in the HTML standard.
const SPAN: i32 = 1000;

/// An element with its number: an entry of a numbered list, or a cell with its column, from 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbered {
    pub node: u32,
    pub number: i32,
    /// Which list or row it was counted in.
    group: u32,
}

/// The number of an element, where it was counted. `numbered` is in the order of the elements.
pub(crate) fn number_of(numbered: &[Numbered], node: u32) -> Option<i32> {
    let at = numbered.binary_search_by_key(&node, |one| one.node).ok()?;
    Some(numbered[at].number)
}

/// A list or a row that is open.
struct Group {
    /// Its place among the open elements.
    place: usize,
    tag: Tag,
    id: u32,
    /// Number of the entry or cell that is open.
    open: i32,
    next: i32,
    step: i32,
    /// Entries so far.
    entries: i32,
    /// Whether it counts down to 1, so that the first number shows only at its end.
    ends_at_one: bool,
    /// Elements that were numbered before it began.
    first: usize,
}

/// The lists and rows that are open.
#[derive(Default)]
pub(super) struct Counts {
    open: Vec<Group>,
    last_id: u32,
    pub(super) numbered: Vec<Numbered>,
}

impl Counts {
    /// An element opens at a place among the open ones.
    pub(super) fn opened(&mut self, tag: Tag, attrs: &str, place: usize) {
        match tag {
            Tag::Ol | Tag::Ul | Tag::Menu | Tag::Dir | Tag::Tr => self.begin(tag, attrs, place),
            Tag::Li => {
                if let Some(list) = self.open.last_mut().filter(|group| group.tag == Tag::Ol) {
                    let own = number(attrs, "value");
                    list.take(own, list.step);
                }
            }
            Tag::Td | Tag::Th => {
                if let Some(row) = self.open.last_mut().filter(|group| group.tag == Tag::Tr) {
                    let span = number(attrs, "colspan").map_or(1, |span| span.clamp(1, SPAN));
                    row.take(None, span);
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, tag: Tag, attrs: &str, place: usize) {
        let has_attrs = tag == Tag::Ol && !attrs.is_empty();
        let is_reversed = has_attrs && attr::raw_value(attrs, "reversed").is_some();
        let start = has_attrs.then(|| number(attrs, "start")).flatten();
        self.last_id += 1;
        self.open.push(Group {
            place,
            tag,
            id: self.last_id,
            open: 0,
            next: start.unwrap_or(i32::from(tag == Tag::Ol)),
            step: if is_reversed { -1 } else { 1 },
            entries: 0,
            ends_at_one: is_reversed && start.is_none(),
            first: self.numbered.len(),
        });
    }

    /// The element at a place among the open ones was closed.
    #[inline]
    pub(super) fn closed(&mut self, place: usize) {
        if self.open.last().is_some_and(|group| group.place == place) {
            self.end();
        }
    }

    fn end(&mut self) {
        let Some(group) = self.open.pop().filter(|group| group.ends_at_one) else {
            return;
        };
        // Counted down from 1 so far.
        for one in &mut self.numbered[group.first..] {
            if one.group == group.id {
                one.number = one.number.saturating_add(group.entries - 1);
            }
        }
    }

    /// The element at a place among the open ones has text, and is `node` from now on.
    pub(super) fn named(&mut self, tag: Tag, place: usize, node: u32) {
        let group = self.open.iter().rev().find(|group| group.place < place);
        let counts = match tag {
            Tag::Li => Tag::Ol,
            Tag::Td | Tag::Th => Tag::Tr,
            _ => return,
        };
        if let Some(group) = group.filter(|group| group.tag == counts) {
            self.numbered.push(Numbered {
                node,
                number: group.open,
                group: group.id,
            });
        }
    }
}

impl Group {
    /// Numbers one more, by `own` where it says so, and goes on `step` behind it.
    fn take(&mut self, own: Option<i32>, step: i32) {
        self.open = own.unwrap_or(self.next);
        self.next = self.open.saturating_add(step);
        self.entries = self.entries.saturating_add(1);
    }
}

fn number(attrs: &str, name: &str) -> Option<i32> {
    if attrs.is_empty() {
        return None;
    }
    attr::raw_value(attrs, name)?.trim().parse().ok()
}
