//! The selectors of publisher rules: a small part of CSS, matched step by step as elements open.

use crate::html::{Attrs, Element, value};

/// How an element must stand to the one of the step before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// There is no step before.
    First,
    /// Anywhere below it.
    Within,
    /// Right below it.
    Child,
}

/// A test of one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
struct AttrTest {
    name: String,
    how: How,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Present,
    Equals,
    HasWord,
    Begins,
    Ends,
    Holds,
}

/// One step of a selector: what an element must be by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub link: Link,
    /// Name of the element, lower case; any where it is empty.
    name: String,
    tests: Vec<AttrTest>,
}

/// A selector: its steps, and the attribute that is wanted instead of the text (`time@datetime`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    pub text: String,
    pub steps: Vec<Step>,
    pub attr: Option<String>,
}

impl Step {
    /// Whether an element of `name` is meant, whatever stands above it.
    pub(super) fn is_met(&self, name: &str, element: &Element<'_>) -> bool {
        (self.name.is_empty() || self.name.eq_ignore_ascii_case(name))
            && self.tests.iter().all(|test| test.is_met(element))
    }
}

impl AttrTest {
    fn is_met(&self, element: &Element<'_>) -> bool {
        // Most elements lack the attribute: look before anything is decoded.
        if !Attrs::new(element.attrs).any(|(name, _)| name.eq_ignore_ascii_case(&self.name)) {
            return false;
        }
        let found = value(element.attrs, &self.name).unwrap_or_default();
        let wanted = self.value.as_str();
        match self.how {
            How::Present => true,
            How::Equals => found == wanted,
            How::HasWord => found.split_whitespace().any(|word| word == wanted),
            How::Begins => found.starts_with(wanted),
            How::Ends => found.ends_with(wanted),
            How::Holds => found.contains(wanted),
        }
    }
}

/// Reads a selector.
///
/// # Errors
/// What is not understood, in words.
pub(super) fn parse(text: &str) -> Result<Selector, String> {
    let (path, attr) = match split_attr(text) {
        Some((path, attr)) => (path, Some(attr.trim().to_ascii_lowercase())),
        None => (text, None),
    };
    if attr.as_deref().is_some_and(|attr| !is_name(attr)) {
        return Err(format!("`{text}` names no attribute behind the @"));
    }
    let mut rest = path.trim();
    let mut steps = Vec::new();
    let mut link = Link::First;
    while !rest.is_empty() {
        let (step, behind) = step(rest, link).map_err(|why| format!("`{text}`: {why}"))?;
        steps.push(step);
        let trimmed = behind.trim_start();
        (link, rest) = match trimmed.strip_prefix('>') {
            Some(below) => (Link::Child, below.trim_start()),
            None => (Link::Within, trimmed),
        };
        if link == Link::Child && rest.is_empty() {
            return Err(format!("`{text}` ends in the middle"));
        }
    }
    if steps.is_empty() {
        return Err(format!("`{text}` selects nothing"));
    }
    Ok(Selector {
        text: text.trim().to_owned(),
        steps,
        attr,
    })
}

/// Splits at an `@` outside of brackets.
fn split_attr(text: &str) -> Option<(&str, &str)> {
    let behind = text.rfind(']').map_or(0, |at| at + 1);
    let at = behind + text[behind..].find('@')?;
    Some((&text[..at], &text[at + 1..]))
}

fn step(text: &str, link: Link) -> Result<(Step, &str), String> {
    let (name, mut rest) = name(text);
    let mut step = Step {
        link,
        name: name.to_ascii_lowercase(),
        tests: Vec::new(),
    };
    let mut is_empty = name.is_empty();
    if let Some(behind) = rest.strip_prefix('*').filter(|_| is_empty) {
        (rest, is_empty) = (behind, false);
    }
    loop {
        let mut chars = rest.chars();
        let (test, behind) = match chars.next() {
            Some('.') => named(chars.as_str(), "class", How::HasWord)?,
            Some('#') => named(chars.as_str(), "id", How::Equals)?,
            Some('[') => bracket(chars.as_str())?,
            None | Some(' ' | '\t' | '>') => break,
            Some(other) => {
                return Err(format!(
                    "`{other}` is not known; write names, .class, #id, [attr], [attr=\"value\"], \
                     blanks and >"
                ));
            }
        };
        step.tests.push(test);
        rest = behind;
        is_empty = false;
    }
    if is_empty {
        return Err("an element is missing beside a >".to_owned());
    }
    Ok((step, rest))
}

fn name(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'))
        .unwrap_or(text.len());
    text.split_at(end)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && name(text).1.is_empty()
}

fn named<'a>(text: &'a str, attr: &str, how: How) -> Result<(AttrTest, &'a str), String> {
    let (value, rest) = name(text);
    if value.is_empty() {
        return Err(format!("a {attr} without a name"));
    }
    let test = AttrTest {
        name: attr.to_owned(),
        how,
        value: value.to_owned(),
    };
    Ok((test, rest))
}

fn bracket(text: &str) -> Result<(AttrTest, &str), String> {
    const OPERATORS: [(&str, How); 5] = [
        ("~=", How::HasWord),
        ("^=", How::Begins),
        ("$=", How::Ends),
        ("*=", How::Holds),
        ("=", How::Equals),
    ];
    let (attr, behind) = name(text);
    if attr.is_empty() {
        return Err("an attribute without a name".to_owned());
    }
    let test = |how, value: &str| AttrTest {
        name: attr.to_ascii_lowercase(),
        how,
        value: value.to_owned(),
    };
    if let Some(rest) = behind.strip_prefix(']') {
        return Ok((test(How::Present, ""), rest));
    }
    let unfinished = || format!("the bracket of `{attr}` does not end");
    for (sign, how) in OPERATORS {
        let Some(value) = behind.strip_prefix(sign) else {
            continue;
        };
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, rest) = match quote {
            Some(quote) => value[1..].split_once(quote).ok_or_else(unfinished)?,
            None => value.split_at(value.find(']').ok_or_else(unfinished)?),
        };
        let rest = rest.strip_prefix(']').ok_or_else(unfinished)?;
        if value.is_empty() {
            return Err(format!("the value of `{attr}` is empty"));
        }
        return Ok((test(how, value), rest));
    }
    Err(unfinished())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::Tag;

    fn is_met(selector: &str, attrs: &str) -> bool {
        let selector = parse(selector).expect("a selector");
        let element = Element {
            tag: Tag::Div,
            attrs,
            start: 0,
        };
        selector.steps[0].is_met("div", &element)
    }

    #[test]
    fn elements_are_known_by_name_and_attributes() {
        let attrs = r#" id=main class="story lead" data-part='body text'"#;
        for selector in [
            "div",
            "DIV",
            "*",
            ".lead",
            "div.story.lead",
            "#main",
            "[data-part]",
            "[data-part~=text]",
            "[data-part='body text']",
            "[data-part^=body]",
            "[data-part$=\"text\"]",
            "[data-part*=y]",
            "div#main[class].story",
        ] {
            assert!(is_met(selector, attrs), "{selector}");
        }
        for selector in ["p", ".sto", "#Main", "[data-part=body]", "[href]"] {
            assert!(!is_met(selector, attrs), "{selector}");
        }
    }

    #[test]
    fn steps_and_attributes_are_told_apart() {
        let selector = parse(" article > div.a  p time[datetime]@datetime ").expect("a selector");
        let links: Vec<Link> = selector.steps.iter().map(|step| step.link).collect();
        assert_eq!(
            links,
            [Link::First, Link::Child, Link::Within, Link::Within]
        );
        assert_eq!(selector.attr.as_deref(), Some("datetime"));
        assert_eq!(parse("a[href*='@']").expect("a selector").attr, None);
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for (selector, told) in [
            ("", "selects nothing"),
            ("div >", "ends in the middle"),
            ("> div", "an element is missing"),
            ("p:first-child", "`:` is not known"),
            ("div.", "a class without a name"),
            ("a[href", "does not end"),
            ("a[href=", "does not end"),
            ("a[href='x]", "does not end"),
            ("a[href='']", "is empty"),
            ("time@", "names no attribute"),
            ("p, div", "`,` is not known"),
        ] {
            let error = parse(selector).expect_err(selector);
            assert!(error.contains(told), "{selector}: {error}");
        }
    }
}
