//! Reading a page: one pass from bytes to an arena of lines, no browser tree.

mod attr;
mod build;
mod count;
mod entity;
mod hint;
mod json_ld;
mod json_objects;
mod meta;
mod microdata;
mod near;
mod page;
mod row;
mod tag;
mod token;
mod watch;

pub(crate) use attr::{Attrs, raw_value, value};
pub(crate) use build::{read_page, read_watched};
pub(crate) use count::number_of;
pub(crate) use entity::decode;
pub(crate) use hint::{FAR, HINTS, Near, hint_names};
pub(crate) use meta::Meta;
pub(crate) use microdata::fill_from_microdata;
pub(crate) use page::{Cell, Line, NONE, Page};
pub(crate) use tag::Tag;
pub(crate) use token::{Token, Tokenizer};
pub(crate) use watch::{Element, Watch};
