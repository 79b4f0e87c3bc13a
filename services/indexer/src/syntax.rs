//! The text of a query into its parts.
//!
//! Anything that a person types is a query; only a field that is nearly the name of one of ours is
//! an error, because a filter that is not applied misleads.

use wiredesk_settings::nearest;

use crate::IndexError;
use crate::fields::Fields;

/// Longest text of a query, in characters.
const MAX_TEXT: usize = 1_000;
/// Parts of a query at the most.
const MAX_PARTS: usize = 40;
/// Letters that open and close a phrase.
const QUOTES: [char; 8] = ['"', '“', '”', '„', '«', '»', '「', '」'];

/// How the text of a part is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Words in any form.
    Word,
    /// The words as they are, in this order, with so many others between them.
    Phrase(u32),
    /// Words that begin so.
    Prefix,
    /// Words that differ in so many letters; as fits the length where it is not said.
    Fuzzy(Option<u8>),
}

/// One part of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub field: Option<String>,
    pub text: String,
    pub kind: Kind,
}

/// Parts of which any must be there; or none, where it is negated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clause {
    pub is_negated: bool,
    pub any: Vec<Part>,
}

/// The clauses of a query, all of which must hold.
pub(crate) fn parse(text: &str) -> Result<Vec<Clause>, IndexError> {
    if text.chars().count() > MAX_TEXT {
        let text = format!("the query is longer than {MAX_TEXT} characters; shorten it");
        return Err(IndexError::Query(text));
    }
    let mut parsing = Parsing {
        rest: text,
        clauses: Vec::new(),
        joins: false,
        negates: false,
    };
    while parsing.step()? {}
    let parts: usize = parsing.clauses.iter().map(|one| one.any.len()).sum();
    if parts > MAX_PARTS {
        let text = format!("the query has {parts} parts; {MAX_PARTS} are the most");
        return Err(IndexError::Query(text));
    }
    Ok(parsing.clauses)
}

struct Parsing<'a> {
    rest: &'a str,
    clauses: Vec<Clause>,
    /// Whether the next part belongs to the clause before it.
    joins: bool,
    negates: bool,
}

impl Parsing<'_> {
    /// Reads one part; whether there was one.
    fn step(&mut self) -> Result<bool, IndexError> {
        self.rest = self.rest.trim_start();
        let Some(first) = self.rest.chars().next() else {
            return Ok(false);
        };
        if matches!(first, '-' | '−') && is_text_behind(self.rest) {
            self.negates = true;
            self.skip(first);
        }
        let field = self.field()?;
        let (text, is_quoted) = self.text();
        if field.is_none() && !is_quoted && self.is_operator(&text) {
            return Ok(true);
        }
        let kind = self.kind(is_quoted);
        if text.chars().any(char::is_alphanumeric) {
            self.push(Part { field, text, kind });
        }
        Ok(true)
    }

    fn is_operator(&mut self, text: &str) -> bool {
        match text {
            "OR" | "|" | "||" => self.joins = true,
            "NOT" => self.negates = true,
            "AND" | "&&" => {}
            _ => return false,
        }
        true
    }

    fn skip(&mut self, letter: char) {
        self.rest = &self.rest[letter.len_utf8()..];
    }

    /// `name:` in front of a text.
    fn field(&mut self) -> Result<Option<String>, IndexError> {
        let Some((name, behind)) = self.rest.split_once(':') else {
            return Ok(None);
        };
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
        let has_text = behind
            .chars()
            .next()
            .is_some_and(|next| !next.is_whitespace() && next != '/' && next != ':');
        if !is_name || !has_text {
            return Ok(None);
        }
        let name = name.to_ascii_lowercase();
        if Fields::is_name(&name) {
            self.rest = behind;
            return Ok(Some(name));
        }
        match nearest(&name, Fields::NAMES.iter().copied()) {
            Some(near) => Err(IndexError::Query(format!(
                "there is no field `{name}`; did you mean `{near}`?"
            ))),
            None => Ok(None),
        }
    }

    /// The text of a part, and whether it stood in quotes.
    fn text(&mut self) -> (String, bool) {
        let first = self.rest.chars().next();
        if let Some(quote) = first.filter(|first| QUOTES.contains(first)) {
            self.skip(quote);
            let end = self.rest.find(QUOTES).unwrap_or(self.rest.len());
            let text = self.rest[..end].to_owned();
            self.rest = &self.rest[end..];
            if let Some(closing) = self.rest.chars().next() {
                self.skip(closing);
            }
            return (text, true);
        }
        let is_end = |letter: char| {
            letter.is_whitespace() || QUOTES.contains(&letter) || matches!(letter, '*' | '~')
        };
        // A mark that stands alone is taken, so that every step goes on.
        let least = first.map_or(0, char::len_utf8);
        let end = self.rest[least..]
            .find(is_end)
            .map_or(self.rest.len(), |at| at + least);
        let text = self.rest[..end].to_owned();
        self.rest = &self.rest[end..];
        (text, false)
    }

    fn kind(&mut self, is_quoted: bool) -> Kind {
        let usual = match is_quoted {
            true => Kind::Phrase(0),
            false => Kind::Word,
        };
        match self.rest.chars().next() {
            Some('*') if !is_quoted => {
                self.skip('*');
                Kind::Prefix
            }
            Some('~') => {
                self.skip('~');
                let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
                let number: Option<u32> = self.rest[..digits].parse().ok();
                self.rest = &self.rest[digits..];
                match is_quoted {
                    true => Kind::Phrase(number.unwrap_or(2).min(50)),
                    false => Kind::Fuzzy(number.map(|number| number.min(2) as u8)),
                }
            }
            _ => usual,
        }
    }

    fn push(&mut self, part: Part) {
        let joins = std::mem::take(&mut self.joins);
        let is_negated = std::mem::take(&mut self.negates);
        match self.clauses.last_mut() {
            Some(last) if joins && last.is_negated == is_negated => last.any.push(part),
            _ => self.clauses.push(Clause {
                is_negated,
                any: vec![part],
            }),
        }
    }
}

fn is_text_behind(rest: &str) -> bool {
    let next = rest.chars().nth(1);
    next.is_some_and(|next| next.is_alphanumeric() || QUOTES.contains(&next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let clauses = parse(text).expect("a query");
        let clause = |clause: &Clause| {
            let parts: Vec<String> = clause.any.iter().map(part).collect();
            let minus = if clause.is_negated { "-" } else { "" };
            format!("{minus}{}", parts.join("|"))
        };
        clauses.iter().map(clause).collect::<Vec<_>>().join(" ")
    }

    fn part(part: &Part) -> String {
        let field = part.field.as_ref().map(|name| format!("{name}:"));
        let kind = match part.kind {
            Kind::Word => String::new(),
            Kind::Phrase(slop) => format!("\"{slop}"),
            Kind::Prefix => "*".to_owned(),
            Kind::Fuzzy(letters) => format!("~{letters:?}"),
        };
        format!("{}{}{kind}", field.unwrap_or_default(), part.text)
    }

    #[test]
    fn queries_are_read_as_people_write_them() {
        for (text, expected) in [
            ("flood wall", "flood wall"),
            ("\"flood wall\" -storm", "flood wall\"0 -storm"),
            ("\"flood wall\"~3", "flood wall\"3"),
            ("„die Mauer“ «le mur»", "die Mauer\"0 le mur\"0"),
            ("「防波堤」", "防波堤\"0"),
            ("flood OR tide wall", "flood|tide wall"),
            ("NOT source:bay-wire harb*", "-source:bay-wire harb*"),
            ("recieve~ colour~1", "recieve~None colour~Some(1)"),
            ("person:\"Ada Byron\"", "person:Ada Byron\"0"),
            ("Headline:wall", "headline:wall"),
            (
                "https://a.example/x 12:30 note: x",
                "https://a.example/x 12:30 note: x",
            ),
            ("- -- * ~ OR \"", ""),
            ("coast-guard", "coast-guard"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_field_that_is_misspelt_is_told() {
        let error = parse("sorce:bay").expect_err("no field");
        assert_eq!(
            error.to_string(),
            "there is no field `sorce`; did you mean `source`?"
        );
    }

    #[test]
    fn queries_have_a_limit() {
        assert!(parse(&"a ".repeat(41)).is_err());
        assert!(parse(&"a".repeat(1_001)).is_err());
    }
}
