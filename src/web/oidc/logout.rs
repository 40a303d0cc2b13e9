//! Signing out, told by the provider (OpenID Connect Back-Channel Logout 1.0) or by us (OpenID
//! Connect RP-Initiated Logout 1.0).

use super::bearer::{Kind, instant, signed};
use super::provider::{Known, Provider};
use super::{SignInError, refused};
use interval_core::access::CLOCK_SKEW_MAX;
use openidconnect::url::Url;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// The event that makes a token a logout token (section 2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Oldest logout token that is taken (section 2.4 asks for at most two minutes of life).
const AGE_MAX: Duration = Duration::from_mins(2);

/// Tokens that are remembered so that none is taken twice. A realm signs out some thousand people
/// in two minutes at the end of a shift at most.
const REMEMBERED_MAX: usize = 16_384;

/// Whose sessions end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedOut {
    /// The provider's name for one session; without it all of the person's end.
    pub session: Option<String>,
    /// The provider's name for the person.
    pub subject: Option<String>,
}

/// Verifies logout tokens, each once.
#[derive(Debug, Default)]
pub struct LogoutTokens {
    seen: Mutex<HashMap<String, SystemTime>>,
}

impl LogoutTokens {
    /// Whose sessions a token ends.
    pub async fn verify(
        &self,
        provider: &Provider,
        token: &str,
        now: SystemTime,
    ) -> Result<SignedOut, SignInError> {
        let kind = Kind {
            types: &["logout+jwt", "application/logout+jwt", "JWT", ""],
            audience: provider.client_id(),
        };
        let claims = signed(provider, kind, token).await?;
        let word = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let is_event =
            claims.get("events").and_then(|e| e.get(EVENT)).is_some_and(Value::is_object);
        if !is_event {
            return Err(refused("the token is not about signing out"));
        }
        if claims.contains_key("nonce") {
            return Err(refused("a logout token has no nonce"));
        }
        let issued = instant(&claims, "iat").ok_or_else(|| refused("no issue time"))?;
        let expires = instant(&claims, "exp").unwrap_or(issued + AGE_MAX);
        let is_young = issued <= now + CLOCK_SKEW_MAX && now < issued + AGE_MAX + CLOCK_SKEW_MAX;
        if !is_young || now >= expires + CLOCK_SKEW_MAX {
            return Err(refused("the logout token is too old"));
        }
        let out = SignedOut { session: word("sid"), subject: word("sub") };
        if out.session.is_none() && out.subject.is_none() {
            return Err(refused("the logout token names nobody"));
        }
        self.once(word("jti").ok_or_else(|| refused("the logout token has no id"))?, now)?;
        Ok(out)
    }

    fn once(&self, id: String, now: SystemTime) -> Result<(), SignInError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, at| now < *at + AGE_MAX + CLOCK_SKEW_MAX * 2);
        if seen.len() >= REMEMBERED_MAX {
            return Err(SignInError::Busy);
        }
        match seen.insert(id, now) {
            None => Ok(()),
            Some(_) => Err(refused("the logout token was used before")),
        }
    }
}

/// The provider's page that ends the session there, when it has one. No token goes into the
/// address: the provider knows the session by its own cookie, and by its name for it.
pub fn farewell(
    provider: &Provider,
    known: &Known,
    session: Option<&str>,
    back: &str,
) -> Option<String> {
    let page = known.metadata.additional_metadata().end_session_endpoint.as_ref()?;
    let mut page = Url::parse(page).ok()?;
    page.query_pairs_mut()
        .append_pair("client_id", provider.client_id())
        .append_pair("post_logout_redirect_uri", back);
    if let Some(session) = session {
        page.query_pairs_mut().append_pair("logout_hint", session);
    }
    Some(page.into())
}
