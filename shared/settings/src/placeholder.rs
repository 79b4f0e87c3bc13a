//! `${env:NAME}` and `${file:/path}` inside text values.

use crate::Environment;
use crate::tree::{Fault, Node, Table, Value};

/// Fills the placeholders of every text in `table`, at any depth; tells those it could not fill.
pub(crate) fn fill(table: &mut Table, environment: &Environment) -> Vec<Fault> {
    let mut unfilled = Vec::new();
    for entry in &mut table.entries {
        fill_node(&mut entry.node, environment, &mut unfilled);
    }
    unfilled
}

fn fill_node(node: &mut Node, environment: &Environment, unfilled: &mut Vec<Fault>) {
    match &mut node.value {
        Value::Text(text) if text.contains("${") => match filled(text, environment) {
            Ok(whole) => *text = whole,
            Err(message) => unfilled.push(Fault {
                span: node.span.clone(),
                message,
            }),
        },
        Value::Array(nodes) => {
            for node in nodes {
                fill_node(node, environment, unfilled);
            }
        }
        Value::Table(table) => unfilled.extend(fill(table, environment)),
        _ => {}
    }
}

fn filled(text: &str, environment: &Environment) -> Result<String, String> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("${") {
        let (placeholder, behind) = from
            .split_once('}')
            .ok_or_else(|| format!("placeholder `${{{from}` has no closing brace"))?;
        whole.push_str(before);
        whole.push_str(&looked_up(placeholder, environment)?);
        rest = behind;
    }
    whole.push_str(rest);
    Ok(whole)
}

fn looked_up(placeholder: &str, environment: &Environment) -> Result<String, String> {
    match placeholder.split_once(':') {
        Some(("env", name)) => environment
            .variable(name)
            .map(str::to_owned)
            .ok_or_else(|| format!("environment variable {name} is not set")),
        Some(("file", path)) => environment
            .file(path)
            .map_err(|error| format!("cannot read the secret file {path}: {error}")),
        _ => Err(format!(
            "unknown placeholder `${{{placeholder}}}`; write ${{env:NAME}} or ${{file:/path}}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_the_rest_stays() {
        let environment = Environment::empty()
            .with("USER", "desk")
            .with("PASS", "a$b}");
        let cases = [
            ("plain $text }", Ok("plain $text }")),
            ("${env:USER}:${env:PASS}!", Ok("desk:a$b}!")),
            ("${env:NONE}", Err("environment variable NONE is not set")),
            (
                "${env:USER",
                Err("placeholder `${env:USER` has no closing brace"),
            ),
            (
                "${vault:x}",
                Err("unknown placeholder `${vault:x}`; write ${env:NAME} or ${file:/path}"),
            ),
        ];
        for (given, expected) in cases {
            let got = filled(given, &environment);
            assert_eq!(got.as_deref().map_err(String::as_str), expected, "{given}");
        }
    }
}
