//! People whom the node knows, and the switch that lets them do nothing.

use super::assignments::permit;
use crate::store::milliseconds;
use crate::store::user::{Switch, User};
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use interval_core::access::Role;
use schemars::JsonSchema;
use serde::Serialize;

/// People whom the node knows.
#[derive(Serialize, JsonSchema)]
pub struct Everybody {
    users: Vec<UserDto>,
}

/// One of them.
#[derive(Serialize, JsonSchema)]
pub struct UserDto {
    /// The number by which routes and the audit log know them.
    user: String,
    person: String,
    name: String,
    roles: Vec<&'static str>,
    seen_ms: Option<i64>,
    disabled_ms: Option<i64>,
}

impl From<&User> for UserDto {
    fn from(user: &User) -> Self {
        Self {
            user: user.number.to_string(),
            person: user.person.to_string(),
            name: user.name.clone(),
            roles: user.roles.iter().copied().map(Role::as_str).collect(),
            seen_ms: user.seen.map(milliseconds),
            disabled_ms: user.disabled.map(milliseconds),
        }
    }
}

/// `GET /api/v1/users`
pub async fn list(asked: Asked) -> Answered {
    let users = asked.door.host.store.users().await?;
    json(&Everybody { users: users.iter().map(UserDto::from).collect() })
}

/// `POST /api/v1/users/{user}/disable`: ends their sessions too.
pub async fn disable(asked: Asked) -> Answered {
    turn(asked, Switch::Disabled).await
}

/// `POST /api/v1/users/{user}/enable`
pub async fn enable(asked: Asked) -> Answered {
    turn(asked, Switch::Enabled).await
}

async fn turn(asked: Asked, switch: Switch) -> Answered {
    let store = &asked.door.host.store;
    let number = asked.variable("user");
    let users = store.users().await?;
    let user = users.iter().find(|user| user.number.to_string() == number);
    let person = &user.ok_or(Refusal::Forbidden)?.person;
    let turned = store.turn(permit(&asked)?, person, switch, asked.now).await?;
    if switch == Switch::Disabled {
        asked.door.sessions.end_person(person);
    }
    json(&UserDto::from(&turned))
}
