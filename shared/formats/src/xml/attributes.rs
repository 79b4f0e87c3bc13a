//! Attributes as they come: quoted, unquoted or without a value.

/// Walks the attributes in the text between an element's name and its `>`.
pub struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    /// The attributes in `text`.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self
            .rest
            .trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let name_end = rest
            .bytes()
            .position(|byte| byte == b'=' || byte.is_ascii_whitespace())
            .unwrap_or(rest.len());
        let (name, behind) = rest.split_at(name_end);
        let behind = behind.trim_start();
        let Some(value) = behind.strip_prefix('=').map(str::trim_start) else {
            self.rest = behind;
            return Some((name, ""));
        };
        let (value, behind) = match value.as_bytes() {
            [quote @ (b'"' | b'\''), quoted @ ..] => {
                let end = memchr::memchr(*quote, quoted).map_or(value.len(), |found| found + 1);
                (&value[1..end], value.get(end + 1..).unwrap_or_default())
            }
            bare => {
                let end = bare.iter().position(u8::is_ascii_whitespace);
                value.split_at(end.unwrap_or(value.len()))
            }
        };
        self.rest = behind;
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_an_attribute_is_read() {
        let got: Vec<_> = Attributes::new(" a=\"1 2\" b = '3' c=4 d e=\"open /").collect();
        assert_eq!(
            got,
            [
                ("a", "1 2"),
                ("b", "3"),
                ("c", "4"),
                ("d", ""),
                ("e", "open /")
            ]
        );
    }
}
