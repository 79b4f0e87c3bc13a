//! `/v1/openapi.json`: the search API, described for machines. The shapes of the answers come from
//! the types that they are written from.

use axum::Json;
use axum::response::{IntoResponse, Response};
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use wiredesk_indexer::{Found, MAX_LIMIT, MAX_OFFSET};

/// The OpenAPI 3.1 document.
pub(crate) async fn openapi() -> Response {
    Json(document()).into_response()
}

fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut shapes = settings.into_generator();
    let found = shapes.subschema_for::<Found>();
    let error = json!({
        "type": "object",
        "required": ["error"],
        "properties": { "error": { "type": "string", "description": "What is wrong, and what to do." } }
    });
    let mut schemas = shapes.take_definitions(true);
    schemas.insert("Error".to_owned(), error);
    let refused = |what: &str| {
        json!({
            "description": what,
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } }
        })
    };
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Wiredesk",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Search over the stories that are current."
        },
        "paths": { "/v1/search": { "get": {
            "operationId": "search",
            "summary": "Find stories",
            "parameters": parameters(),
            "responses": {
                "200": {
                    "description": "What was found.",
                    "content": { "application/json": { "schema": found } }
                },
                "400": refused("The question cannot be answered."),
                "503": refused("There is no index yet, or it must be made anew."),
            }
        } } },
        "components": { "schemas": schemas }
    })
}

fn parameters() -> Vec<Value> {
    let text = json!({ "type": "string" });
    let many = json!({ "type": "array", "items": { "type": "string" } });
    let number = |most: usize, usual: usize| json!({ "type": "integer", "minimum": 0, "maximum": most, "default": usual });
    let parameters = [
        (
            "q",
            "The query: words, \"phrases\", -without, OR, word*, word~, field:value.",
            text.clone(),
        ),
        ("source", "Of any of these sources.", many.clone()),
        ("lang", "In any of these languages.", many.clone()),
        ("subject", "On any of these subjects.", many.clone()),
        ("place", "From any of these places.", many.clone()),
        ("person", "With any of these people.", many),
        (
            "since",
            "Of this time and later: RFC 3339, a day, or 12h, 7d, 2w for so long ago.",
            text.clone(),
        ),
        ("until", "Of before this time.", text),
        (
            "sort",
            "The order; relevance where there is a query, newest where there is none.",
            json!({ "type": "string", "enum": ["relevance", "newest", "oldest"] }),
        ),
        ("limit", "Hits to answer.", number(MAX_LIMIT, 10)),
        ("offset", "Hits to pass over.", number(MAX_OFFSET, 0)),
        (
            "fold",
            "Whether stories that tell the same are one hit.",
            json!({ "type": "boolean", "default": true }),
        ),
    ];
    let parameter = |(name, description, schema): (&str, &str, Value)| json!({ "name": name, "in": "query", "description": description, "schema": schema });
    parameters.into_iter().map(parameter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_that_is_named_is_there() {
        let document = document();
        let text = document.to_string();
        let named: Vec<&str> = text
            .split("\"$ref\":\"#/components/schemas/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(
            named.contains(&"Found") && named.contains(&"Hit"),
            "{named:?}"
        );
        for name in named {
            assert!(!document["components"]["schemas"][name].is_null(), "{name}");
        }
    }
}
