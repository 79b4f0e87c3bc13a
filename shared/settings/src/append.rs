//! Tables added to the text of a file, which stays as it is, comments and all.

use std::collections::BTreeMap;

use serde::Serialize;

/// `text` with one more `[[list]]` at its end.
///
/// # Errors
/// Where the result would be no TOML: `text` is none, or `list` in it is something else. The error
/// says it in words.
pub fn with_table(text: &str, list: &str, table: &impl Serialize) -> Result<String, String> {
    let added = BTreeMap::from([(list, [table])]);
    let added = toml::to_string(&added).map_err(|error| error.to_string())?;
    let text = format!("{}\n\n{added}", text.trim_end());
    match text.parse::<toml::Table>() {
        Ok(_) => Ok(text),
        Err(error) => Err(error.to_string().trim_end().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_added_and_nothing_else_changes() {
        let table = BTreeMap::from([("id", "a \"b\"\n")]);
        let text = with_table("# one\nx = 1 # two\n\n", "source", &table).unwrap();
        assert!(
            text.starts_with("# one\nx = 1 # two\n\n[[source]]\n"),
            "{text}"
        );
        let twice = with_table(&text, "source", &table).unwrap();
        assert!(twice.starts_with(text.trim_end()), "{twice}");
        assert_eq!(twice.matches("[[source]]").count(), 2);
        let read: toml::Table = twice.parse().unwrap();
        assert_eq!(read["source"][1]["id"].as_str(), Some("a \"b\"\n"));
        assert!(with_table("source = 3", "source", &table).is_err());
        assert!(with_table("x = ", "source", &table).is_err());
    }
}
