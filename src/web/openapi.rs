//! The `OpenAPI` 3.1 description of the screens' routes, made from the table that the router is made
//! from. The viewer's client is generated from it.

use super::guard::Need;
use super::routes::{ROUTES, Route, Verb};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Gives the form of a body, and adds what it is made of to the description.
pub type Form = fn(&mut SchemaGenerator) -> schemars::Schema;

/// Where forms are described.
const COMPONENTS: &str = "#/components/schemas";

/// The whole description, as text that ends with a line break.
pub fn openapi() -> String {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = COMPONENTS.trim_start_matches('#').into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in ROUTES.iter().filter(|route| !is_page(route)) {
        let path = paths.entry(route.template).or_insert_with(|| json!({}));
        path[route.verb.as_str().to_lowercase()] = operation(route, &mut generator);
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".into(), problem());
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Interval",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Research use only; not a medical device.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-interval" },
                "bearer": { "type": "http", "scheme": "bearer" },
            },
        },
    });
    format!("{document:#}\n")
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": name(route),
        "parameters": parameters(route),
        "responses": responses(route, generator),
    });
    if route.need != Need::Nothing {
        operation["security"] = json!([{ "session": [] }, { "bearer": [] }]);
    }
    if let Some(form) = route.takes {
        let schema = form(generator);
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema } },
        });
    } else if route.intake == super::routes::Intake::Streamed {
        operation["requestBody"] = json!({ "required": true, "content": binary() });
    }
    operation
}

/// Files of the viewer itself.
fn is_page(route: &Route) -> bool {
    route.template == "/" || ["/app/", "/assets/"].iter().any(|at| route.template.starts_with(at))
}

/// A name for the generated client: the verb and the words of the address.
fn name(route: &Route) -> String {
    let words = route.template.split('/').filter(|word| !matches!(*word, "" | "api" | "v1"));
    let words = words.map(|word| word.trim_matches(['{', '}', '*']).replace('-', "_"));
    std::iter::once(route.verb.as_str().to_lowercase()).chain(words).collect::<Vec<_>>().join("_")
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.template.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?.trim_start_matches('*');
        Some(json!({
            "name": name, "in": "path", "required": true, "schema": { "type": "string" },
        }))
    });
    let in_query = route.asks.iter().map(|name| {
        let schema = match *name {
            "offset" | "limit" => json!({ "type": "integer", "minimum": 0 }),
            _ => json!({ "type": "string" }),
        };
        json!({ "name": name, "in": "query", "required": false, "schema": schema })
    });
    in_path.chain(in_query).collect()
}

fn responses(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let content = match route.gives {
        Some(form) => json!({ "application/json": { "schema": form(generator) } }),
        None if route.verb == Verb::Get => binary(),
        None => json!({}),
    };
    let done = json!({ "description": "done", "content": content });
    let refused = json!({
        "description": "refused; the sentence is for people",
        "content": {
            "application/problem+json": { "schema": { "$ref": format!("{COMPONENTS}/Problem") } },
        },
    });
    json!({ "2XX": done, "3XX": { "description": "elsewhere, or not changed" },
        "4XX": refused, "5XX": refused })
}

/// Bytes: a PDF, a DICOM file, voxels.
fn binary() -> Value {
    json!({ "*/*": { "schema": { "type": "string", "format": "binary" } } })
}

/// RFC 9457, as [`super::status`] writes it.
fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["title", "status", "detail", "id"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "a sentence for people" },
            "id": { "type": "string", "description": "the request, as the log names it" },
            "step_up": { "type": "boolean", "description": "a fresh sign-in is needed" },
        },
    })
}
