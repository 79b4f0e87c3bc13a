//! Element names, as numbers with the few properties that matter here.

/// How an element takes part in building blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Starts and ends lines.
    Block,
    /// Stays inside a line.
    Inline,
    /// Has no content.
    Void,
    /// Its content is never text of the page.
    Skip,
}

macro_rules! tags {
    ($($variant:ident $name:literal $role:ident,)+) => {
        /// An element name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub(crate) enum Tag {
            $($variant,)+
            /// A name with a hyphen in it, taken for a block as such elements mostly are.
            Custom,
            /// Any other name.
            Unknown,
        }

        impl Tag {
            /// The element of a lower-case name packed by [`pack`].
            #[allow(non_upper_case_globals)]
            fn from_packed(packed: u128) -> Option<Tag> {
                $(const $variant: u128 = pack($name.as_bytes());)+
                match packed {
                    $($variant => Some(Tag::$variant),)+
                    _ => None,
                }
            }

            /// How the element takes part in building blocks.
            pub(crate) fn role(self) -> Role {
                match self {
                    $(Tag::$variant => Role::$role,)+
                    Tag::Custom => Role::Block,
                    Tag::Unknown => Role::Inline,
                }
            }

            /// The name, lower case; empty for names that are not known here.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Tag::$variant => $name,)+
                    Tag::Custom | Tag::Unknown => "",
                }
            }
        }
    };
}

tags! {
    Html "html" Block, Head "head" Block, Body "body" Block, Title "title" Skip,
    Meta "meta" Void, Link "link" Void, Base "base" Void, Br "br" Void, Hr "hr" Void,
    Img "img" Void, Input "input" Void, Wbr "wbr" Void, Col "col" Void, Source "source" Void,
    Track "track" Void, Area "area" Void, Embed "embed" Void, Param "param" Void,
    Script "script" Skip, Style "style" Skip, Noscript "noscript" Skip, Template "template" Skip,
    Svg "svg" Skip, Iframe "iframe" Skip, Canvas "canvas" Skip, Object "object" Skip,
    Select "select" Skip, Textarea "textarea" Skip, Noembed "noembed" Skip,
    Noframes "noframes" Skip, Audio "audio" Skip, Video "video" Skip, Math "math" Skip,
    Datalist "datalist" Skip, Rt "rt" Skip, Rp "rp" Skip,
    P "p" Block, Div "div" Block, Section "section" Block, Article "article" Block,
    Main "main" Block, Aside "aside" Block, Header "header" Block, Footer "footer" Block,
    Nav "nav" Block, H1 "h1" Block, H2 "h2" Block, H3 "h3" Block, H4 "h4" Block, H5 "h5" Block,
    H6 "h6" Block, Ul "ul" Block, Ol "ol" Block, Li "li" Block, Dl "dl" Block, Dt "dt" Block,
    Dd "dd" Block, Table "table" Block, Caption "caption" Block, Thead "thead" Block,
    Tbody "tbody" Block, Tfoot "tfoot" Block, Tr "tr" Block, Td "td" Block, Th "th" Block,
    Blockquote "blockquote" Block, Pre "pre" Block, Figure "figure" Block,
    Figcaption "figcaption" Block, Form "form" Block, Fieldset "fieldset" Block,
    Address "address" Block, Details "details" Block, Summary "summary" Block,
    Hgroup "hgroup" Block, Menu "menu" Block, Center "center" Block, Dir "dir" Block,
    Button "button" Block, Legend "legend" Block, Dialog "dialog" Block, Search "search" Block,
    Picture "picture" Block, Label "label" Inline, Option_ "option" Block,
    A "a" Inline, B "b" Inline, Strong "strong" Inline, I "i" Inline, Em "em" Inline,
    U "u" Inline, Span "span" Inline, Font "font" Inline, Small "small" Inline, Sup "sup" Inline,
    Sub "sub" Inline, Time "time" Inline, Cite "cite" Inline, Q "q" Inline, Code "code" Inline,
    Mark "mark" Inline, Abbr "abbr" Inline, S "s" Inline, Del "del" Inline, Ins "ins" Inline,
    Bdi "bdi" Inline, Big "big" Inline, Data "data" Inline, Kbd "kbd" Inline,
}

/// Number of distinct tags, for tables indexed by tag.
pub(crate) const TAGS: usize = Tag::Unknown as usize + 1;

/// Packs a name of up to 16 bytes into one number.
const fn pack(name: &[u8]) -> u128 {
    let mut packed = 0u128;
    let mut at = 0;
    while at < name.len() {
        packed = packed << 8 | name[at].to_ascii_lowercase() as u128;
        at += 1;
    }
    packed
}

impl Tag {
    /// The element of a name in any case.
    pub(crate) fn from_name(name: &[u8]) -> Tag {
        if name.len() <= 12
            && let Some(tag) = Tag::from_packed(pack(name))
        {
            return tag;
        }
        if memchr::memchr(b'-', name).is_some() {
            Tag::Custom
        } else {
            Tag::Unknown
        }
    }

    /// Level of a heading, 1 to 6.
    pub(crate) fn heading_level(self) -> Option<u8> {
        match self {
            Tag::H1 => Some(1),
            Tag::H2 => Some(2),
            Tag::H3 => Some(3),
            Tag::H4 => Some(4),
            Tag::H5 => Some(5),
            Tag::H6 => Some(6),
            _ => None,
        }
    }

    /// Whether an opening `next` ends an open `self` (the end tags that HTML lets authors leave
    /// out).
    pub(crate) fn ends_before(self, next: Tag) -> bool {
        match self {
            Tag::P => next.role() == Role::Block && next != Tag::Custom && next != Tag::Button,
            Tag::Li => next == Tag::Li,
            Tag::Dt | Tag::Dd => matches!(next, Tag::Dt | Tag::Dd),
            Tag::Td | Tag::Th => {
                matches!(next, Tag::Td | Tag::Th | Tag::Tr | Tag::Tbody | Tag::Tfoot)
            }
            Tag::Tr => matches!(next, Tag::Tr | Tag::Tbody | Tag::Tfoot),
            Tag::Thead | Tag::Tbody => matches!(next, Tag::Tbody | Tag::Tfoot),
            Tag::Option_ => next == Tag::Option_,
            Tag::A => next == Tag::A,
            Tag::Head => next == Tag::Body,
            _ if self.heading_level().is_some() => next.heading_level().is_some(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case() {
        assert_eq!(Tag::from_name(b"BlockQuote"), Tag::Blockquote);
        assert_eq!(Tag::from_name(b"amp-img"), Tag::Custom);
        assert_eq!(Tag::from_name(b"blink"), Tag::Unknown);
        assert_eq!(
            Tag::from_name(b"an-element-name-beyond-all-limits"),
            Tag::Custom
        );
    }
}
