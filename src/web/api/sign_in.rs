//! Signing in and out. No token is ever in an answer: the browser is given a random name.

use crate::store::milliseconds;
use crate::web::caller::{Means, refusal};
use crate::web::cookies::{self, LOGIN, SESSION, Setting};
use crate::web::oidc::login::{Arrival, PENDING_LIFE, SignedIn, Step, return_path};
use crate::web::oidc::{SignInError, claims, logout};
use crate::web::request::{Answered, Asked, done, json, pairs};
use crate::web::session::{Session, SessionKey};
use crate::web::status::Refusal;
use crate::web::{crypto, people};
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use interval_core::access::{Factors, PersonId};
use interval_core::audit::words::{Action, Actor, Detail, Outcome, Resource};
use interval_core::audit::{AuditEvent, TraceId};
use interval_core::fault::Fault;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tracing::info;
use zeroize::Zeroizing;

/// Where the browser goes after signing out.
#[derive(Serialize, JsonSchema)]
pub struct Farewell {
    /// The provider's page, where the browser goes to end the session there too.
    location: Option<String>,
}

/// `GET /auth/login`: sends the browser to the provider.
pub async fn login(asked: Asked) -> Answered {
    let door = &asked.door;
    let step = if asked.parameter("step_up") == Some("1") { Step::Up } else { Step::SignIn };
    let wish = (return_path(asked.parameter("return_to")), step);
    let begun = door.logins.begin(&door.provider, &door.callback(), wish, asked.now).await;
    let departure = begun.map_err(|error| refusal(&error))?;
    let cookie = cookies::set(LOGIN, &departure.cookie, PENDING_LIFE, Setting::of(&door.config));
    let mut response = see(&departure.address)?;
    response.headers_mut().append(SET_COOKIE, cookie.ok_or_else(unspeakable)?);
    Ok(response)
}

/// `GET /auth/callback`: where the provider sends the browser back to.
pub async fn callback(asked: Asked) -> Answered {
    let door = asked.door.clone();
    let word = |name: &str| asked.parameter(name).map(str::to_owned);
    let twice = ["code", "state", "iss"]
        .iter()
        .any(|name| asked.parameters.iter().filter(|(known, _)| known == name).count() > 1);
    if twice {
        return Err(Refusal::Invalid("The provider's answer says something twice.".into()));
    }
    let arrival = Arrival {
        cookie: cookies::sent(&asked.headers, LOGIN),
        code: word("code"),
        state: word("state"),
        issuer: word("iss"),
        error: word("error"),
    };
    let finished = door.logins.finish(&door.provider, &door.callback(), arrival, asked.now).await;
    match finished {
        Ok(signed_in) => enter(&asked, signed_in).await,
        Err(error) => {
            let detail = match &error {
                SignInError::Weak => Detail::StepUpNeeded,
                SignInError::Away(_) => Detail::Unavailable,
                SignInError::Refused(_) => Detail::BadCredential,
                SignInError::Busy => Detail::Limited,
            };
            note(&asked, Action::SignIn, Actor::Unknown, (Outcome::Denied, detail)).await?;
            let mut response = match error {
                SignInError::Weak => Refusal::StepUp,
                error => refusal(&error),
            }
            .response(asked.id);
            append(&mut response, cookies::clear(LOGIN, Setting::of(&door.config)));
            Ok(response)
        }
    }
}

/// Begins the session, under a new name.
async fn enter(asked: &Asked, signed_in: SignedIn) -> Answered {
    let door = &asked.door;
    let subject = signed_in.claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    let person = PersonId::new(door.provider.issuer(), subject).map_err(|_| Refusal::SignIn)?;
    let roles = claims::roles(&signed_in.claims, &door.provider_config);
    let former = cookies::sent(&asked.headers, SESSION).map(|cookie| SessionKey::of(&cookie));
    let session = Session {
        display_name: claims::display_name(&signed_in.claims),
        sid: signed_in.claims.get("sid").and_then(Value::as_str).map(str::to_owned),
        assurance: signed_in.assurance,
        began: asked.now,
        used: asked.now,
        person,
        roles,
    };
    let actor = people::signed_in(door, &session, asked.now).await?;
    if signed_in.step == Step::Up {
        note(asked, Action::StepUp, actor, (Outcome::Success, Detail::None)).await?;
    }
    let several = session.assurance.factors == Factors::Several;
    info!(id = %asked.id, several_factors = several, "somebody signed in");
    let name = crypto::name().map_err(|error| Refusal::failed(Fault::Unavailable, error))?;
    let begun = door.sessions.begin(session, Zeroizing::new(name), former);
    let name = begun.map_err(|full| Refusal::failed(Fault::Exhausted, full))?;
    let setting = Setting::of(&door.config);
    let mut response = see(&signed_in.return_to)?;
    append(&mut response, cookies::set(SESSION, &name, door.sessions.limits().life, setting));
    append(&mut response, cookies::clear(LOGIN, setting));
    Ok(response)
}

/// `POST /auth/logout`: ends the session here, and says where to end it at the provider.
pub async fn logout(asked: Asked) -> Answered {
    let door = &asked.door;
    let Means::Session(key) = asked.caller()?.means else {
        return Err(Refusal::Invalid("A token has no session to end.".into()));
    };
    let ended = door.sessions.end(key);
    let session = ended.and_then(|session| session.sid);
    let back = format!("{}/", door.origin());
    let location = match door.provider.known().await {
        Ok(known) => logout::farewell(&door.provider, &known, session.as_deref(), &back),
        // Signing out works without the provider; its own session ends by its own rules.
        Err(_) => None,
    };
    let mut response = json(&Farewell { location })?;
    append(&mut response, cookies::clear(SESSION, Setting::of(&door.config)));
    let clear = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert("clear-site-data", clear);
    Ok(response)
}

/// `POST /auth/backchannel-logout`: the provider says that somebody signed out there.
pub async fn backchannel_logout(asked: Asked) -> Answered {
    let door = &asked.door;
    let media = asked.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !media.unwrap_or_default().starts_with("application/x-www-form-urlencoded") {
        return Err(Refusal::MediaType);
    }
    let form = pairs(&asked.body);
    let token = form.iter().find(|(name, _)| name == "logout_token");
    let (_, token) = token.ok_or_else(|| invalid("There is no logout token."))?;
    let verified = door.logout_tokens.verify(&door.provider, token, asked.now).await;
    let out = verified.map_err(|error| match error {
        SignInError::Refused(_) => {
            info!("a logout token was not taken: {error}");
            invalid("The logout token is not taken.")
        }
        other => refusal(&other),
    })?;
    let issuer = door.provider.issuer();
    let ended = match (&out.session, &out.subject) {
        (Some(session), _) => door.sessions.end_provider_session(issuer, session),
        (None, Some(subject)) => {
            PersonId::new(issuer, subject).map_or(0, |person| door.sessions.end_person(&person))
        }
        (None, None) => 0,
    };
    info!(id = %asked.id, sessions = ended, "the provider signed somebody out");
    let outcome = (Outcome::Success, Detail::BackChannel);
    note(&asked, Action::SignOut, Actor::Unknown, outcome).await?;
    Ok(done())
}

fn invalid(what: &str) -> Refusal {
    Refusal::Invalid(what.into())
}

async fn note(
    asked: &Asked,
    action: Action,
    actor: Actor,
    (outcome, detail): (Outcome, Detail),
) -> Result<(), Refusal> {
    let event = AuditEvent::new(milliseconds(asked.now), actor, action, Resource::Node)
        .with_outcome(outcome, detail)
        .with_trace(TraceId(asked.id.0));
    Ok(asked.door.host.audit.note(event).await?)
}

/// Sends the browser elsewhere, by GET.
fn see(address: &str) -> Answered {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let address = HeaderValue::from_str(address).map_err(|_| unspeakable())?;
    response.headers_mut().insert(LOCATION, address);
    Ok(response)
}

fn append(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

fn unspeakable() -> Refusal {
    Refusal::failed(Fault::Defect, "a header cannot be written")
}
