//! A browser that signs in: it follows us to the provider and back, and keeps cookies.

use super::call::{Answer, Call};
use super::provider::Provider;
use super::ward::Ward;
use openidconnect::url::Url;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

pub const SESSION: &str = "__Host-interval";
pub const LOGIN: &str = "__Host-interval-login";

static CODES: AtomicU32 = AtomicU32::new(0);

/// A sign-in that has left for the provider.
pub struct Departure {
    pub address: Url,
    pub asked: HashMap<String, String>,
    pub cookie: String,
    pub code: String,
}

impl Departure {
    /// Leaves for the provider, which remembers the challenge of a fresh code.
    pub async fn to(ward: &Ward, address: &str) -> Self {
        let answer = Call::get(address).send(&ward.router).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        let location = Url::parse(answer.header("location")).unwrap();
        let asked: HashMap<_, _> = location.query_pairs().into_owned().collect();
        let cookie = answer.cookie(LOGIN).unwrap();
        let code = format!("code-{}", CODES.fetch_add(1, Ordering::SeqCst));
        ward.provider.grant(&code, &asked["code_challenge"]);
        Self { address: location, asked, cookie, code }
    }

    pub fn nonce(&self) -> &str {
        &self.asked["nonce"]
    }

    /// The address that an honest provider sends back to.
    pub fn back(&self, provider: &Provider) -> String {
        let (state, issuer) = (&self.asked["state"], &provider.issuer);
        format!("/auth/callback?code={}&state={state}&iss={issuer}", self.code)
    }

    /// Comes back honestly.
    pub async fn come_back(&self, ward: &Ward) -> Answer {
        self.come_back_by(ward, &self.back(&ward.provider)).await
    }

    pub async fn come_back_by(&self, ward: &Ward, address: &str) -> Answer {
        Call::get(address).cookie(LOGIN, &self.cookie).send(&ward.router).await
    }
}

/// Signs in honestly with these claims and gives the session's cookie.
pub async fn sign_in(
    ward: &Ward,
    subject: &str,
    change: impl FnOnce(&mut Value),
) -> (String, Answer) {
    let departure = Departure::to(ward, "/auth/login?return_to=/patients").await;
    let mut claims = ward.provider.id_claims(subject, departure.nonce());
    change(&mut claims);
    let token = ward.provider.key.sign("JWT", &claims);
    ward.provider.give(move |_| Some(token.clone()));
    let answer = departure.come_back(ward).await;
    (answer.cookie(SESSION).unwrap_or_default(), answer)
}
