//! Persons as RSS writes them: name and address in one text, in either order.

use wiredesk_model::Person;

/// Takes `a@b.c (Name)`, `Name <a@b.c>`, `Name (a@b.c)`, `a@b.c` or `Name` apart.
pub fn parse_person(text: &str) -> Option<Person> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let is_address = |word: &str| word.contains('@') && !word.contains(char::is_whitespace);
    let bare = |word: &str| {
        word.trim_matches(|c: char| {
            c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | ',')
        })
        .trim_start_matches("mailto:")
        .to_owned()
    };
    let Some(address) = text
        .split([' ', '<', '>', '(', ')'])
        .map(bare)
        .find(|word| is_address(word))
    else {
        return Some(Person {
            name: Some(text.to_owned()),
            ..Person::default()
        });
    };
    let name = bare(&text.replacen(&address, "", 1).replace("mailto:", ""));
    Some(Person {
        name: Some(name).filter(|name| !name.is_empty()),
        email: Some(address),
        uri: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_address_are_taken_apart() {
        let cases = [
            (
                "jane@news.example (Jane Roe)",
                Some("Jane Roe"),
                Some("jane@news.example"),
            ),
            (
                "Jane Roe <jane@news.example>",
                Some("Jane Roe"),
                Some("jane@news.example"),
            ),
            (
                "Jane Roe (mailto:jane@news.example)",
                Some("Jane Roe"),
                Some("jane@news.example"),
            ),
            ("jane@news.example", None, Some("jane@news.example")),
            ("Jane Roe", Some("Jane Roe"), None),
        ];
        for (text, name, email) in cases {
            let person = parse_person(text).unwrap();
            assert_eq!(
                (person.name.as_deref(), person.email.as_deref()),
                (name, email),
                "{text:?}"
            );
        }
        assert_eq!(parse_person("  "), None);
    }
}
