//! The attributes of a start tag, read only where somebody asks.

use super::entity;

/// Name and raw value of each attribute, in order.
pub(crate) struct Attrs<'a> {
    rest: &'a str,
}

impl<'a> Attrs<'a> {
    pub(crate) fn new(attrs: &'a str) -> Self {
        Self { rest: attrs }
    }
}

impl<'a> Iterator for Attrs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self
            .rest
            .trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let bytes = rest.as_bytes();
        let ends_name = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'/');
        // An equals sign in front belongs to the name, so that every turn takes something.
        let name_end = 1 + bytes[1..]
            .iter()
            .position(ends_name)
            .unwrap_or(bytes.len() - 1);
        // `name_end` stands before an ASCII byte or at the end, so on a character boundary.
        let (name, behind) = rest.split_at(name_end);
        let behind = behind.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(value) = behind.strip_prefix('=') else {
            self.rest = behind;
            return Some((name, ""));
        };
        let value = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let (value, rest) = match value.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let inside = &value[1..];
                match memchr::memchr(*quote, inside.as_bytes()) {
                    Some(end) => (&inside[..end], &inside[end + 1..]),
                    None => (inside, ""),
                }
            }
            _ => {
                let end = value
                    .bytes()
                    .position(|byte| byte.is_ascii_whitespace())
                    .unwrap_or(value.len());
                value.split_at(end)
            }
        };
        self.rest = rest;
        Some((name, value))
    }
}

/// The decoded value of an attribute.
pub(crate) fn value(attrs: &str, wanted: &str) -> Option<String> {
    raw_value(attrs, wanted).map(|value| entity::decode(value.trim(), true))
}

/// The value of an attribute as it stands.
pub(crate) fn raw_value<'a>(attrs: &'a str, wanted: &str) -> Option<&'a str> {
    Attrs::new(attrs)
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_value_is_read() {
        let attrs = r#" class="a b" ID = 'x' href=/y?a=b hidden data-z="" "#;
        let found: Vec<_> = Attrs::new(attrs).collect();
        assert_eq!(
            found,
            [
                ("class", "a b"),
                ("ID", "x"),
                ("href", "/y?a=b"),
                ("hidden", ""),
                ("data-z", "")
            ]
        );
    }

    #[test]
    fn rubbish_ends() {
        for attrs in ["=", "===", "\"", "é", "éa=b", " / / =é", "a=\"", "a='é"] {
            assert!(Attrs::new(attrs).count() < 5, "{attrs}");
        }
    }

    #[test]
    fn values_are_decoded() {
        assert_eq!(
            value(r#"content="a &amp; b""#, "Content").as_deref(),
            Some("a & b")
        );
    }
}
