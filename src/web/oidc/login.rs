//! The way of one sign-in: Authorization Code with PKCE, state and nonce, bound to the browser
//! that began it.

use super::claims;
use super::provider::{Known, Provider};
use super::{SignInError, refused};
use crate::web::crypto;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use interval_core::access::{Assurance, CLOCK_SKEW_MAX};
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AuthenticationContextClass, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, SignatureVerificationError, TokenResponse,
};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// Longest time between leaving for the provider and coming back.
pub const PENDING_LIFE: Duration = Duration::from_mins(10);

/// Sign-ins under way at one time; each takes under a KiB.
const PENDING_MAX: usize = 4_096;

/// Oldest proof of who somebody is that a new session is built on.
const AUTHENTICATED_WITHIN: Duration = Duration::from_hours(8);

/// Longest address within our pages to come back to.
const RETURN_CHARS_MAX: usize = 512;

/// What a sign-in is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To begin a session.
    SignIn,
    /// To prove again, with several factors, who it is.
    Up,
}

/// A sign-in under way.
struct Pending {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    return_to: String,
    step: Step,
    began: SystemTime,
}

/// The sign-ins under way, by the digest of the cookie of the browser that began them.
#[derive(Default)]
pub struct Logins {
    pending: Mutex<HashMap<[u8; 32], Pending>>,
}

/// Where to send the browser, and what it must bring back.
pub struct Departure {
    /// The provider's page.
    pub address: String,
    /// The value of the cookie.
    pub cookie: Zeroizing<String>,
}

/// What the browser brings back.
#[derive(Debug, Default)]
pub struct Arrival {
    /// The value of its cookie.
    pub cookie: Option<String>,
    /// The provider's answer.
    pub code: Option<String>,
    /// Our own state.
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    pub issuer: Option<String>,
    /// The provider's refusal.
    pub error: Option<String>,
}

/// Somebody who proved who they are.
#[derive(Debug)]
pub struct SignedIn {
    /// The verified claims.
    pub claims: Map<String, Value>,
    /// How they proved it.
    pub assurance: Assurance,
    /// Where the browser wanted to go.
    pub return_to: String,
    /// What the sign-in was for.
    pub step: Step,
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Where a browser may be sent back to: a path of ours and nothing else.
pub fn return_path(text: Option<&str>) -> String {
    let text = text.unwrap_or("/");
    let ours = text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= RETURN_CHARS_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if ours { text.to_owned() } else { "/".into() }
}

impl Logins {
    /// Begins a sign-in.
    pub async fn begin(
        &self,
        provider: &Provider,
        redirect: &str,
        (return_to, step): (String, Step),
        now: SystemTime,
    ) -> Result<Departure, SignInError> {
        let known = provider.known().await?;
        let client = client(provider, &known, redirect)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let random = || crypto::name().map_err(|error| SignInError::Away(error.to_string()));
        let (state, nonce) = (random()?, random()?);
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(provider.config.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge);
        request = match step {
            // A maximum age makes the provider say when the person signed in.
            Step::SignIn => request.set_max_age(AUTHENTICATED_WITHIN),
            Step::Up => request.set_max_age(Duration::ZERO).add_prompt(CoreAuthPrompt::Login),
        };
        if let (Step::Up, Some(level)) = (step, provider.config.mfa_acr.first()) {
            request =
                request.add_auth_context_value(AuthenticationContextClass::new(level.clone()));
        }
        let (address, state, nonce) = request.url();
        let cookie = Zeroizing::new(random()?);
        let pending = Pending { state, nonce, verifier, return_to, step, began: now };
        self.remember(crypto::digest(&cookie), pending, now)?;
        Ok(Departure { address: address.to_string(), cookie })
    }

    fn remember(&self, key: [u8; 32], begun: Pending, now: SystemTime) -> Result<(), SignInError> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() >= PENDING_MAX {
            pending.retain(|_, one| now < one.began + PENDING_LIFE);
        }
        if pending.len() >= PENDING_MAX {
            return Err(SignInError::Busy);
        }
        pending.insert(key, begun);
        Ok(())
    }

    /// Ends a sign-in: checks what came back and asks the provider who it is. Whatever comes of
    /// it, the same answer is not taken a second time.
    pub async fn finish(
        &self,
        provider: &Provider,
        redirect: &str,
        arrival: Arrival,
        now: SystemTime,
    ) -> Result<SignedIn, SignInError> {
        let cookie =
            arrival.cookie.as_deref().ok_or_else(|| refused("no sign-in was begun here"))?;
        let pending = self
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&crypto::digest(cookie))
            .filter(|one| now < one.began + PENDING_LIFE)
            .ok_or_else(|| refused("no sign-in was begun here"))?;
        let state = arrival.state.as_deref().unwrap_or_default();
        if !crypto::same(state, pending.state.secret()) {
            return Err(refused("the state is not the one that was sent"));
        }
        let known = provider.known().await?;
        same_issuer(&known, provider.issuer(), arrival.issuer.as_deref())?;
        if arrival.error.is_some() {
            return Err(refused("the provider did not sign anybody in"));
        }
        let code = arrival.code.ok_or_else(|| refused("no code came back"))?;
        let claims = exchange(provider, redirect, &known, (code, &pending), now).await?;
        let assurance = claims::assurance(&claims, &provider.config);
        match pending.step {
            Step::Up if !assurance.is_stepped_up(now) => return Err(SignInError::Weak),
            Step::SignIn if is_old(&assurance, now) => {
                return Err(refused("the provider's sign-in is too old"));
            }
            Step::Up | Step::SignIn => {}
        }
        let (return_to, step) = (pending.return_to, pending.step);
        Ok(SignedIn { claims, assurance, return_to, step })
    }
}

/// A mixed-up answer comes from another provider than the one that was asked (RFC 9207).
fn same_issuer(known: &Known, ours: &str, theirs: Option<&str>) -> Result<(), SignInError> {
    let promised = known.metadata.additional_metadata();
    match theirs {
        Some(theirs) if theirs == ours => Ok(()),
        None if !promised.authorization_response_iss_parameter_supported => Ok(()),
        _ => Err(refused("the answer is from another issuer")),
    }
}

/// Whether a session may be built on it: the provider must say when the person signed in, because
/// it was asked to (Core 3.1.2.1, `max_age`).
fn is_old(assurance: &Assurance, now: SystemTime) -> bool {
    let at = assurance.auth_time;
    at > now + CLOCK_SKEW_MAX || now > at + AUTHENTICATED_WITHIN + CLOCK_SKEW_MAX
}

fn client(provider: &Provider, known: &Known, redirect: &str) -> Result<Client, SignInError> {
    let secret = provider.secret.as_ref().map(|secret| ClientSecret::new(secret.to_string()));
    let id = ClientId::new(provider.client_id().to_owned());
    let redirect = RedirectUrl::new(redirect.to_owned()).map_err(refused)?;
    let client = CoreClient::from_provider_metadata(known.metadata.clone(), id, secret);
    Ok(client.set_redirect_uri(redirect))
}

/// Gives the code for an ID token, and verifies it. No token is kept: nothing here needs one again.
async fn exchange(
    provider: &Provider,
    redirect: &str,
    known: &Known,
    (code, pending): (String, &Pending),
    now: SystemTime,
) -> Result<Map<String, Value>, SignInError> {
    let verifier = PkceCodeVerifier::new(pending.verifier.secret().clone());
    let answer = client(provider, known, redirect)?
        .exchange_code(AuthorizationCode::new(code))
        .map_err(refused)?
        .set_pkce_verifier(verifier)
        .request_async(&provider.fetch)
        .await
        .map_err(|error| match error {
            openidconnect::RequestTokenError::Request(_) => {
                SignInError::Away("it does not answer".into())
            }
            _ => refused("the provider does not give a token for the code"),
        })?;
    let token = answer.id_token().ok_or_else(|| refused("no ID token came"))?;
    match verify(provider, known, (token, &pending.nonce), now) {
        Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey,
        )) => {
            let again = provider.known_again().await?;
            verify(provider, &again, (token, &pending.nonce), now).map_err(refused)?;
        }
        other => other.map_err(refused)?,
    }
    let compact = Zeroizing::new(token.to_string());
    let claims = payload(&compact).ok_or_else(|| refused("the ID token has no claims"))?;
    // Core 3.1.3.7: a token for another party, which only names us among its readers, is not ours.
    match claims.get("azp").and_then(Value::as_str) {
        Some(party) if party != provider.client_id() => {
            Err(refused("the ID token was made for another client"))
        }
        _ => Ok(claims),
    }
}

/// Signature, issuer, audience, expiry and nonce (OpenID Connect Core 3.1.3.7).
fn verify(
    provider: &Provider,
    known: &Known,
    (token, nonce): (&CoreIdToken, &Nonce),
    now: SystemTime,
) -> Result<(), ClaimsVerificationError> {
    let client = CoreClient::from_provider_metadata(
        known.metadata.clone(),
        ClientId::new(provider.client_id().to_owned()),
        None,
    );
    let (earliest, latest) = (now - CLOCK_SKEW_MAX, now + CLOCK_SKEW_MAX);
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs([
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            CoreJwsSigningAlgorithm::EdDsa,
        ])
        .set_time_fn(move || earliest.into())
        .set_issue_time_verifier_fn(move |issued| {
            let is_past = SystemTime::from(issued) <= latest;
            if is_past { Ok(()) } else { Err("issued in the future".into()) }
        })
        .set_other_audience_verifier_fn(|_| false);
    token.claims(&verifier, nonce).map(|_| ())
}

/// The claims of a token whose signature was verified.
fn payload(compact: &str) -> Option<Map<String, Value>> {
    let part = compact.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
