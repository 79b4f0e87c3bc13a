//! What a `robots.txt` allows, by RFC 9309. Pure.

/// Our product token, as it stands in `User-Agent`.
const OUR_TOKEN: &str = "wiredesk";
/// Rules taken from one file; what follows is not read.
const MOST_RULES: usize = 5_000;

/// The rules for us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Robots {
    rules: Vec<Rule>,
    /// Nothing is allowed, whatever the rules say.
    is_closed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    allows: bool,
    pattern: String,
}

impl Robots {
    /// Everything is allowed.
    pub fn open() -> Self {
        Self::default()
    }

    /// Nothing is allowed: the file could not be had (RFC 9309, 2.3.1.4).
    pub fn closed() -> Self {
        Self {
            rules: Vec::new(),
            is_closed: true,
        }
    }

    /// The rules of the groups that name us; where none does, of those for everybody.
    pub fn parse(text: &str) -> Self {
        let mut ours = Vec::new();
        let mut everybodys = Vec::new();
        let mut are_we_named = false;
        let (mut is_ours, mut is_everybodys) = (false, false);
        let mut in_names = false;
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if !in_names {
                        (is_ours, is_everybodys) = (false, false);
                    }
                    in_names = true;
                    is_ours |= names_us(value);
                    is_everybodys |= value == "*";
                    are_we_named |= is_ours;
                }
                "allow" | "disallow" => {
                    in_names = false;
                    let rule = Rule {
                        allows: key == "allow",
                        pattern: normal(value),
                    };
                    if value.is_empty() || ours.len() + everybodys.len() >= MOST_RULES {
                        continue;
                    }
                    if is_ours {
                        ours.push(rule.clone());
                    }
                    if is_everybodys {
                        everybodys.push(rule);
                    }
                }
                // Other records, Sitemap among them, belong to no group.
                _ => {}
            }
        }
        Self {
            rules: if are_we_named { ours } else { everybodys },
            is_closed: false,
        }
    }

    /// Whether a path with its query may be fetched: the longest rule that matches decides, and
    /// of two as long the one that allows.
    pub fn allows(&self, path: &str) -> bool {
        if path == "/robots.txt" {
            return true;
        }
        let path = normal(path);
        let matching = self.rules.iter().filter(|rule| rule.matches(&path));
        let decisive = matching.max_by_key(|rule| (rule.pattern.len(), rule.allows));
        !self.is_closed && decisive.is_none_or(|rule| rule.allows)
    }
}

impl Rule {
    /// `*` stands for anything, `$` at the end for the end. Takes time in the length of both.
    fn matches(&self, path: &str) -> bool {
        let (pattern, is_whole) = match self.pattern.strip_suffix('$') {
            Some(pattern) => (pattern, true),
            None => (self.pattern.as_str(), false),
        };
        let mut pieces = pattern.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = path.strip_prefix(first) else {
            return false;
        };
        let mut last = None;
        for piece in pieces {
            // The piece before this one may stand anywhere; the leftmost leaves most room.
            if let Some(before) = last.replace(piece) {
                match rest.split_once(before) {
                    Some((_, behind)) => rest = behind,
                    None => return false,
                }
            }
        }
        match (last, is_whole) {
            (None, true) => rest.is_empty(),
            (None, false) => true,
            (Some(last), true) => rest.ends_with(last),
            (Some(last), false) => rest.contains(last),
        }
    }
}

/// Whether a `user-agent` line is for us; versions behind the token do not count.
fn names_us(value: &str) -> bool {
    let is_token = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_');
    let token: String = value.chars().take_while(|c| is_token(*c)).collect();
    token.eq_ignore_ascii_case(OUR_TOKEN)
}

/// A path in the one form in which paths are compared: what needs no escape has none, and escapes
/// are in upper case.
fn normal(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(path.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let escaped = bytes
            .get(at + 1..at + 3)
            .filter(|_| byte == b'%')
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        at += if escaped.is_some() { 3 } else { 1 };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        match escaped {
            Some(value) if is_plain(value) => out.push(char::from(value)),
            Some(value) => out.push_str(&format!("%{value:02X}")),
            None if byte.is_ascii_graphic() => out.push(char::from(byte)),
            None => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_that_names_us_wins_over_the_one_for_everybody() {
        let text = "\u{feff}# hello\nUser-Agent: *\nDisallow: /\n\nuser-agent: Other\nUSER-AGENT: WireDesk/1.0 # us\n\
                    Disallow: /private\nSitemap: https://x.example/map.xml\n\nUser-agent: wiredesk\nDisallow: /more\n";
        let robots = Robots::parse(text);
        for (path, allowed) in [("/", true), ("/private/1", false), ("/more", false)] {
            assert_eq!(robots.allows(path), allowed, "{path}");
        }
        let for_all = Robots::parse("User-agent: wire\nDisallow: /a\nUser-agent: *\nDisallow: /b");
        assert!(for_all.allows("/a") && !for_all.allows("/b"));
        assert!(Robots::parse("User-agent: *\nDisallow:\n").allows("/x"));
        assert!(
            Robots::parse("Disallow: /\n").allows("/x"),
            "belongs to nobody"
        );
        // Named with an empty group: the rules for everybody are not for us.
        let named = Robots::parse("User-agent: *\nDisallow: /\nUser-agent: wiredesk\nDisallow:");
        assert!(named.allows("/x"));
    }

    #[test]
    fn the_longest_match_decides() {
        let cases = [
            ("Disallow: /news\nAllow: /news/open", "/news/open/1", true),
            ("Disallow: /news\nAllow: /news/open", "/news/1", false),
            ("Allow: /page\nDisallow: /page", "/page", true),
            ("Disallow: /*.pdf$", "/a/b.pdf", false),
            ("Disallow: /*.pdf$", "/a/b.pdf?x", true),
            ("Disallow: /*/print", "/a/b/print/1", false),
            ("Disallow: /a*b*c$", "/aXbYc", false),
            ("Disallow: /a*b*c$", "/aXcYb", true),
            ("Disallow: /$", "/", false),
            ("Disallow: /$", "/a", true),
            ("Disallow: /fish", "/Fish", true),
            ("Disallow: /*?", "/a?b=1", false),
            ("Disallow: /\u{e9}t\u{e9}", "/%c3%a9t%C3%A9/1", false),
            ("Disallow: /%7Ejoe", "/~joe/", false),
            ("Disallow: /a%2fb", "/a/b", true),
            ("Disallow: /", "/robots.txt", true),
        ];
        for (rules, path, allowed) in cases {
            let robots = Robots::parse(&format!("User-agent: *\n{rules}"));
            assert_eq!(robots.allows(path), allowed, "{rules} on {path}");
        }
        assert!(!Robots::closed().allows("/"));
    }

    #[test]
    fn hostile_files_take_no_time() {
        let stars = "*a".repeat(2_000);
        let text = format!(
            "User-agent: *\n{}",
            format!("Disallow: /{stars}b\n").repeat(50)
        );
        let robots = Robots::parse(&text);
        assert!(robots.allows(&format!("/{}", "a".repeat(4_000))));
    }
}
