//! Who wants to see the elements of a page while it is read: the arena keeps those with text alone.

use super::tag::Tag;

/// An element as its start tag has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub tag: Tag,
    /// Everything between name and `>`.
    pub attrs: &'a str,
    /// First byte of the start tag.
    pub start: u32,
}

/// Sees every element that is read, in order: each is opened once and closed once, the innermost
/// first.
pub(crate) trait Watch<'a> {
    /// An element begins inside of those that are open.
    fn opened(&mut self, element: Element<'a>);

    /// The innermost open element ends before `end`.
    fn closed(&mut self, end: u32);
}

/// Nobody looks.
pub(crate) struct Unwatched;

impl Watch<'_> for Unwatched {
    #[inline]
    fn opened(&mut self, _element: Element<'_>) {}

    #[inline]
    fn closed(&mut self, _end: u32) {}
}
