//! What can be done here, for programs: WADL and `OpenAPI`, both made from the table of routes.

use super::{SERVICES, body};
use crate::web::request::{Answered, Asked, json};
use axum::http::header::ACCEPT;
use interval_dicomweb::capabilities::{openapi as described, wadl_json, wadl_xml};

/// The retrieve-capabilities document (PS3.18 8.9).
pub fn capabilities(asked: &Asked) -> Answered {
    let wants_json = asked.header(&ACCEPT).is_some_and(|accept| accept.contains("json"));
    if wants_json {
        return json(&wadl_json(&SERVICES, &asked.base()));
    }
    Ok(body("application/vnd.sun.wadl+xml", wadl_xml(&SERVICES, &asked.base())))
}

/// The routes as an `OpenAPI` document.
pub fn openapi(asked: &Asked) -> Answered {
    json(&described(&SERVICES, &asked.base(), env!("CARGO_PKG_VERSION")))
}
