//! Who asks: by the session's cookie, or by a bearer token. A request with both counts as its
//! token alone.

use super::Door;
use super::cookies::{self, SESSION};
use super::oidc::{SignInError, bearer, claims};
use super::session::SessionKey;
use super::status::Refusal;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use interval_core::access::{Person, PersonId, Principal};
use serde_json::{Map, Value};
use std::time::SystemTime;
use tracing::info;

/// Somebody who proved who they are.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who, in the words of the access policy.
    pub principal: Principal,
    /// What to call them on the screen.
    pub display_name: String,
    /// By what they are known.
    pub means: Means,
}

/// By what a caller is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// A session of the browser.
    Session(SessionKey),
    /// A bearer token.
    Bearer,
}

/// Who asks; nobody when the request says nothing about it. A token that is not valid is refused,
/// never taken for nothing.
pub async fn identify(
    door: &Door,
    headers: &HeaderMap,
    now: SystemTime,
) -> Result<Option<Caller>, Refusal> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    match (given.next(), given.next()) {
        (Some(_), Some(_)) => Err(Refusal::SignIn),
        (Some(value), None) => {
            let text = value.to_str().map_err(|_| Refusal::SignIn)?;
            let (scheme, token) = text.split_once(' ').ok_or(Refusal::SignIn)?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(Refusal::SignIn);
            }
            by_token(door, token.trim(), now).await.map(Some)
        }
        (None, _) => Ok(by_cookie(door, headers, now)),
    }
}

fn by_cookie(door: &Door, headers: &HeaderMap, now: SystemTime) -> Option<Caller> {
    let key = SessionKey::of(&cookies::sent(headers, SESSION)?);
    let session = door.sessions.touch(key, now)?;
    let principal = Principal::Person(Person {
        id: session.person.clone(),
        roles: session.roles.clone(),
        assurance: session.assurance,
        session_ends: session.began + door.sessions.limits().life,
    });
    Some(Caller { principal, display_name: session.display_name, means: Means::Session(key) })
}

async fn by_token(door: &Door, token: &str, now: SystemTime) -> Result<Caller, Refusal> {
    let verified = bearer::verify(&door.provider, &door.config.audience, token, now).await;
    let claims = verified.map_err(|error| refusal(&error))?;
    let principal = match service(door, &claims) {
        Some(principal) => principal,
        None => Principal::Person(person(door, &claims)?),
    };
    Ok(Caller { principal, display_name: claims::display_name(&claims), means: Means::Bearer })
}

/// The program whose token it is: a client that is configured as one is never taken for a person.
fn service(door: &Door, claims: &Map<String, Value>) -> Option<Principal> {
    let client = ["client_id", "azp"].iter().find_map(|name| claims.get(*name)?.as_str())?;
    let configured = door.services.get(client)?.clone();
    let token_ends = bearer::ends(claims);
    Some(Principal::Service { client: client.to_owned(), configured, token_ends })
}

fn person(door: &Door, claims: &Map<String, Value>) -> Result<Person, Refusal> {
    let subject = claims.get("sub").and_then(Value::as_str).ok_or(Refusal::SignIn)?;
    let config = &door.provider_config;
    Ok(Person {
        id: PersonId::new(door.provider.issuer(), subject).map_err(|_| Refusal::SignIn)?,
        roles: claims::roles(claims, config),
        assurance: claims::assurance(claims, config),
        session_ends: bearer::ends(claims),
    })
}

/// What a token that is not taken looks like outside: the reason is for the log.
pub fn refusal(error: &SignInError) -> Refusal {
    match error {
        SignInError::Away(_) | SignInError::Busy => Refusal::failed(error.fault(), error),
        SignInError::Refused(_) | SignInError::Weak => {
            info!("a token or sign-in was not taken: {error}");
            Refusal::SignIn
        }
    }
}
