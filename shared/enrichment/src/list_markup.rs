//! Lists as XHTML: nested as they were, with the numbers that they had.

use wiredesk_model::ListPlace;

/// A list that is open, and an entry of it.
struct Level {
    depth: u8,
    is_numbered: bool,
    /// The number that a browser gives the next entry.
    next: i32,
}

/// The lists that are open, the outermost first.
#[derive(Default)]
pub(crate) struct OpenLists {
    levels: Vec<Level>,
}

impl OpenLists {
    /// Writes the tags in front of an entry. Tells whether it goes on with the one before, and so is
    /// a paragraph within it.
    pub(crate) fn enter(&mut self, out: &mut String, place: Option<ListPlace>) -> bool {
        let depth = place.map_or(1, |place| place.depth);
        let number = place.and_then(|place| place.number);
        let fits = |level: &Level| {
            level.depth < depth || level.depth == depth && level.is_numbered == number.is_some()
        };
        while self.levels.last().is_some_and(|level| !fits(level)) {
            self.leave(out);
        }
        let is_same_list = self.levels.last().is_some_and(|last| last.depth == depth);
        if is_same_list && place.is_some_and(|place| place.goes_on) {
            return true;
        }
        if is_same_list {
            out.push_str("</li>");
        } else {
            out.push_str(if number.is_some() { "<ol>" } else { "<ul>" });
            self.levels.push(Level {
                depth,
                is_numbered: number.is_some(),
                next: 1,
            });
        }
        if let (Some(number), Some(level)) = (number, self.levels.last_mut()) {
            let is_next = number == level.next;
            level.next = number.saturating_add(1);
            if !is_next {
                out.push_str(&format!("<li value=\"{number}\">"));
                return false;
            }
        }
        out.push_str("<li>");
        false
    }

    /// Closes every list.
    pub(crate) fn close(&mut self, out: &mut String) {
        while !self.levels.is_empty() {
            self.leave(out);
        }
    }

    fn leave(&mut self, out: &mut String) {
        if let Some(level) = self.levels.pop() {
            let end = if level.is_numbered {
                "</li></ol>"
            } else {
                "</li></ul>"
            };
            out.push_str(end);
        }
    }
}
