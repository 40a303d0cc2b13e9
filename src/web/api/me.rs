//! Who the caller is, as the door sees it.

use crate::store::milliseconds;
use crate::web::caller::Means;
use crate::web::config::ViewerConfig;
use crate::web::request::{Answered, Asked, json};
use interval_core::access::{Factors, Principal, Role};
use schemars::JsonSchema;
use serde::Serialize;

/// Who is signed in.
#[derive(Serialize, JsonSchema)]
pub struct Me {
    display_name: String,
    /// Issuer and subject, as assignments name people; empty for a program.
    person: String,
    roles: Vec<&'static str>,
    means: &'static str,
    /// When the session ends if nothing is asked again.
    idle_ends_ms: Option<i64>,
    /// When it ends in any case.
    ends_ms: i64,
    assurance: Assured,
    notice: String,
    /// Other viewers that a screen of images leads to.
    viewers: Vec<ViewerDto>,
}

/// Another viewer.
#[derive(Serialize, JsonSchema)]
pub struct ViewerDto {
    name: String,
    /// Its address, with `{study}` or `{studies}` in it.
    template: String,
}

/// How they proved who they are.
#[derive(Serialize, JsonSchema)]
pub struct Assured {
    factors: &'static str,
    auth_time_ms: Option<i64>,
    /// Whether signing, emergencies and administration go through without another sign-in now.
    stepped_up: bool,
}

/// `GET /api/v1/me`
pub async fn show(asked: Asked) -> Answered {
    let caller = asked.caller()?;
    let idle = asked.door.sessions.limits().idle;
    let (means, idle_ends_ms) = match caller.means {
        Means::Session(_) => ("session", Some(milliseconds(asked.now + idle))),
        Means::Bearer => ("bearer", None),
    };
    let (person, roles, ends, assurance) = match &caller.principal {
        Principal::Person(person) => (
            person.id.to_string(),
            person.roles.iter().map(|role| role.as_str()).collect(),
            person.session_ends,
            Assured {
                factors: factors(person.assurance.factors),
                auth_time_ms: Some(milliseconds(person.assurance.auth_time)),
                stepped_up: person.assurance.is_stepped_up(asked.now),
            },
        ),
        Principal::Service { token_ends, .. } => (
            String::new(),
            vec![Role::Service.as_str()],
            *token_ends,
            Assured { factors: factors(Factors::One), auth_time_ms: None, stepped_up: false },
        ),
        Principal::Peer { .. } | Principal::Job(_) | Principal::Operator => {
            return Err(crate::web::status::Refusal::Forbidden);
        }
    };
    json(&Me {
        display_name: caller.display_name.clone(),
        person,
        roles,
        means,
        idle_ends_ms,
        ends_ms: milliseconds(ends),
        assurance,
        notice: asked.door.config.notice.clone(),
        viewers: asked.door.config.viewers.iter().map(viewer).collect(),
    })
}

fn viewer(configured: &ViewerConfig) -> ViewerDto {
    ViewerDto { name: configured.name.clone(), template: configured.template.clone() }
}

fn factors(factors: Factors) -> &'static str {
    match factors {
        Factors::One => "one",
        Factors::Several => "several",
    }
}
