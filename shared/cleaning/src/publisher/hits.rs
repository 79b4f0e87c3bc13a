//! Where the selectors of a rule hit a page, seen while it is read.

use super::rule::{PublisherRule, Purpose, STEPS};
use super::selector::{Link, Step};
use crate::html::{Element, Watch, value};

/// An element that a selector hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub purpose: Purpose,
    /// Place of the selector in the rule.
    pub selector: usize,
    /// First byte of the element.
    pub start: u32,
    /// Where its content ends.
    pub end: u32,
    /// The attribute that the selector wants, where it wants one.
    pub attr: Option<String>,
}

/// Hits of one page; a page with more is no story.
const HITS: usize = 10_000;

/// Steps that hold at an element, one bit each; those of a selector stand next to each other.
type Steps = u128;

const _: () = assert!(STEPS <= Steps::BITS as usize);

/// An element that is open.
struct Frame {
    /// Steps that it meets itself.
    own: Steps,
    /// Steps that it or an element above meets.
    above: Steps,
    /// Number of hits that begin with it.
    begun: usize,
}

/// Collects the hits of a rule. Each element costs as many tests as the rule has steps, however deep
/// it stands.
pub(super) struct Hits<'a> {
    html: &'a str,
    steps: Vec<(&'a Step, Option<(Purpose, usize)>)>,
    attrs: Vec<Option<&'a str>>,
    open: Vec<Frame>,
    /// Places in `found` of the hits that are open, the innermost last.
    unfinished: Vec<usize>,
    pub found: Vec<Hit>,
}

impl<'a> Hits<'a> {
    pub(super) fn new(html: &'a str, rule: &'a PublisherRule) -> Self {
        let mut steps = Vec::new();
        for (place, (purpose, selector)) in rule.selectors.iter().enumerate() {
            let last = selector.steps.len().saturating_sub(1);
            let of_selector = selector.steps.iter().enumerate();
            steps.extend(
                of_selector.map(|(at, step)| (step, (at == last).then_some((*purpose, place)))),
            );
        }
        Self {
            html,
            steps,
            attrs: rule
                .selectors
                .iter()
                .map(|(_, selector)| selector.attr.as_deref())
                .collect(),
            open: Vec::new(),
            unfinished: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Name of an element: the arena knows only those that matter to it.
    fn name_of(&self, element: &Element<'a>) -> &'a str {
        let known = element.tag.name();
        if !known.is_empty() {
            return known;
        }
        let rest = self
            .html
            .get(element.start as usize + 1..)
            .unwrap_or_default();
        let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
        &rest[..end.unwrap_or(rest.len())]
    }
}

impl<'a> Watch<'a> for Hits<'a> {
    fn opened(&mut self, element: Element<'a>) {
        let (parent_own, parent_above) = self
            .open
            .last()
            .map_or((0, 0), |frame| (frame.own, frame.above));
        let name = self.name_of(&element);
        let mut own: Steps = 0;
        let begun = self.found.len();
        for (at, (step, ends)) in self.steps.iter().enumerate() {
            let before = match step.link {
                Link::First => true,
                Link::Within => parent_above & 1 << (at - 1) != 0,
                Link::Child => parent_own & 1 << (at - 1) != 0,
            };
            if !before || !step.is_met(name, &element) {
                continue;
            }
            own |= 1 << at;
            if let Some((purpose, selector)) = ends
                && self.found.len() < HITS
            {
                self.unfinished.push(self.found.len());
                self.found.push(Hit {
                    purpose: *purpose,
                    selector: *selector,
                    start: element.start,
                    end: u32::MAX,
                    attr: self.attrs[*selector].and_then(|wanted| value(element.attrs, wanted)),
                });
            }
        }
        self.open.push(Frame {
            own,
            above: parent_above | own,
            begun: self.found.len() - begun,
        });
    }

    fn closed(&mut self, end: u32) {
        let Some(frame) = self.open.pop() else { return };
        for _ in 0..frame.begun {
            if let Some(place) = self.unfinished.pop() {
                self.found[place].end = end;
            }
        }
    }
}
