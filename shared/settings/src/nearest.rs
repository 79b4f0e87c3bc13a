//! The name that was probably meant.

/// The one of `known` that is nearest to `given`, if any is near enough to be meant.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    let limit = (given.chars().count() / 3).max(1) + 1;
    known
        .into_iter()
        .map(|name| {
            let edits = strsim::damerau_levenshtein(&given, name);
            // A name that the other one begins with is meant more often than an equally far one.
            let prefix = name.starts_with(&given) || given.starts_with(name);
            (if prefix { edits.min(limit) } else { edits }, !prefix, name)
        })
        .filter(|(edits, _, _)| *edits <= limit)
        .min()
        .map(|(_, _, name)| name)
}

/// The sentence part that names it: `, did you mean …?`, or the known names where none is near.
pub(crate) fn hint(given: &str, known: &[&str]) -> String {
    match nearest(given, known.iter().copied()) {
        Some(name) => format!(", did you mean `{name}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; known are {}", quoted(known)),
    }
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_something_else_does_not() {
        let known = ["prefix", "partitions", "retention_hours"];
        assert_eq!(nearest("prefxi", known), Some("prefix"));
        assert_eq!(nearest("partition", known), Some("partitions"));
        assert_eq!(nearest("retention", known), Some("retention_hours"));
        assert_eq!(nearest("bootstrap", known), None);
    }
}
