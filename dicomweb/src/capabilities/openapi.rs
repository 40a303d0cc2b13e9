//! The `OpenAPI` 3.1 description.

use super::{about, of};
use crate::routes::{Route, Service, Verb, status};
use serde_json::{Map, Value, json};

/// The description of some services at an address. Its `paths` can be put beside those of other
/// routes of the host.
pub fn openapi(services: &[Service], base: &str, version: &str) -> Value {
    let mut paths = Map::new();
    for route in of(services) {
        let path = paths.entry(route.template).or_insert_with(|| json!({}));
        path[verb(route)] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "DICOMweb", "version": version },
        "servers": [{ "url": base }],
        "paths": paths,
    })
}

fn verb(route: &Route) -> &'static str {
    match route.verb {
        Verb::Get => "get",
        Verb::Post => "post",
        Verb::Put => "put",
        Verb::Delete => "delete",
        Verb::Options => "options",
    }
}

fn operation(route: &Route) -> Value {
    let mut responses = Map::new();
    for code in route.statuses {
        let mut response = json!({ "description": status(*code) });
        if matches!(code, 200 | 202 | 206 | 409) && route.gives.is_some() {
            response["content"] = content(route.media());
        }
        responses.insert(code.to_string(), response);
    }
    let mut operation = json!({
        "summary": route.sentence,
        "operationId": route.name(),
        "tags": [format!("{:?}", route.service)],
        "parameters": parameters(route),
        "responses": responses,
    });
    if !route.takes.is_empty() {
        let takes = route.takes.iter().map(|&media| media.to_owned()).collect();
        operation["requestBody"] = json!({ "required": true, "content": content(takes) });
    }
    operation
}

fn content(media: Vec<String>) -> Value {
    let schema = |media: &str| {
        if media.contains("json") {
            json!({})
        } else {
            json!({ "type": "string", "format": "binary" })
        }
    };
    let entries = media.into_iter().map(|media| {
        let schema = schema(&media);
        (media, json!({ "schema": schema }))
    });
    Value::Object(entries.collect())
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.variables().map(|name| {
        json!({
            "name": name, "in": "path", "required": true, "description": about(name),
            "schema": { "type": "string" },
        })
    });
    let in_query = route.parameters.iter().map(|name| match *name {
        // Any attribute may be a parameter.
        "{attribute}" => json!({
            "name": "attributes", "in": "query", "style": "form", "explode": true,
            "description": about(name),
            "schema": { "type": "object", "additionalProperties": { "type": "string" } },
        }),
        "limit" | "offset" | "quality" => json!({
            "name": name, "in": "query", "description": about(name),
            "schema": { "type": "integer", "minimum": 0 },
        }),
        name => json!({
            "name": name, "in": "query", "description": about(name),
            "schema": { "type": "string" },
        }),
    });
    in_path.chain(in_query).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::ROUTES;

    #[test]
    fn every_route_is_described_under_its_own_name() {
        let all = [
            Service::Search,
            Service::Retrieve,
            Service::Store,
            Service::Worklist,
            Service::Events,
            Service::Capabilities,
        ];
        let description = openapi(&all, "/dicom-web", "0.1.0");
        let paths = description["paths"].as_object().unwrap();
        let operations: Vec<_> =
            paths.values().flat_map(|path| path.as_object().unwrap().values()).collect();
        assert_eq!(operations.len(), ROUTES.len());
        let store = &description["paths"]["/studies"]["post"];
        assert!(store["requestBody"]["content"]["application/dicom"].is_object());
        assert!(store["responses"]["202"]["content"]["application/dicom+json"].is_object());
    }
    #[test]
    fn a_service_that_is_not_offered_is_not_described() {
        let description = openapi(&[Service::Search], "/dicom-web", "0.1.0");
        assert!(description["paths"]["/studies"]["post"].is_null());
        assert!(description["paths"]["/workitems"].is_null());
    }
}
