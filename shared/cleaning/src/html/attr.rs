//! The attributes of a start tag, read only where somebody asks.

use super::entity;
use super::near::find_byte;

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
        let bytes = self.rest.as_bytes();
        let is_space = |byte: &u8| byte.is_ascii_whitespace();
        let start = bytes
            .iter()
            .position(|byte| !is_space(byte) && *byte != b'/')?;
        // An equals sign in front belongs to the name, so that every turn takes something.
        let name_end = end_of(bytes, start + 1, |byte| {
            is_space(byte) || matches!(byte, b'=' | b'/')
        });
        // Every place that is found stands before an ASCII byte or at the end, so on a character
        // boundary.
        let name = &self.rest[start..name_end];
        let equals = end_of(bytes, name_end, |byte| !is_space(byte));
        if bytes.get(equals) != Some(&b'=') {
            self.rest = &self.rest[equals..];
            return Some((name, ""));
        }
        let value = end_of(bytes, equals + 1, |byte| !is_space(byte));
        let (from, to, behind) = match bytes.get(value) {
            Some(quote @ (b'"' | b'\'')) => match find_byte(bytes, value + 1, *quote) {
                Some(end) => (value + 1, end, end + 1),
                None => (value + 1, bytes.len(), bytes.len()),
            },
            _ => {
                let end = end_of(bytes, value, is_space);
                (value, end, end)
            }
        };
        let value = &self.rest[from..to];
        self.rest = &self.rest[behind..];
        Some((name, value))
    }
}

/// First place from `from` on with a byte that is meant, or the end.
fn end_of(bytes: &[u8], from: usize, is_meant: impl Fn(&u8) -> bool) -> usize {
    let found = bytes
        .get(from..)
        .and_then(|rest| rest.iter().position(is_meant));
    found.map_or(bytes.len(), |found| from + found)
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
