//! An OpenID provider on a port of its own that signs whatever it is told to: the honest answers
//! and every dishonest one.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

pub const CLIENT: &str = "interval-web";
pub const SECRET: &str = "not a secret";
pub const AUDIENCE: &str = "https://interval.test/api";

/// A key with its name.
#[derive(Clone)]
pub struct Key {
    pub id: String,
    pub algorithm: Algorithm,
    pub signing: EncodingKey,
}

impl Key {
    /// An ECDSA P-256 key.
    pub fn ec(id: &str) -> Self {
        let pair = rcgen::KeyPair::generate().unwrap();
        let signing = EncodingKey::from_ec_der(&pair.serialize_der());
        Self { id: id.into(), algorithm: Algorithm::ES256, signing }
    }

    /// An RSA key of 2048 bits.
    pub fn rsa(id: &str) -> Self {
        use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
        use aws_lc_rs::rsa::{KeyPair, KeySize};
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = pem("PRIVATE KEY", der.as_ref());
        let signing = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        Self { id: id.into(), algorithm: Algorithm::RS256, signing }
    }

    pub fn jwk(&self) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.signing, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.clone());
        jwk
    }

    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.clone());
        header.typ = Some(typ.into());
        encode(&header, claims, &self.signing).unwrap()
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|l| String::from_utf8_lossy(l)).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// What the token endpoint answers: the ID token, or a refusal.
pub type Tokens = Box<dyn Fn(&HashMap<String, String>) -> Option<String> + Send>;

struct Inner {
    issuer: String,
    /// What the description says of the issuer, where that is a lie.
    described: Option<String>,
    promises_issuer: bool,
    published: Vec<Key>,
    asked_for_keys: usize,
    tokens: Tokens,
    /// Challenges by code: the provider checks PKCE as it must.
    challenges: HashMap<String, String>,
    used: Vec<String>,
}

/// The provider, with a key that it publishes.
#[derive(Clone)]
pub struct Provider {
    inner: Arc<Mutex<Inner>>,
    pub issuer: String,
    pub key: Key,
}

pub fn seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

impl Provider {
    /// Starts on a free port of loopback.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let key = Key::ec("first");
        let inner = Arc::new(Mutex::new(Inner {
            issuer: issuer.clone(),
            described: None,
            promises_issuer: true,
            published: vec![key.clone()],
            asked_for_keys: 0,
            tokens: Box::new(|_| None),
            challenges: HashMap::new(),
            used: Vec::new(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, issuer, key }
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.inner.lock().unwrap());
    }

    /// Names another issuer in its description.
    pub fn lie_about_issuer(&self, lie: &str) {
        self.change(|inner| inner.described = Some(lie.into()));
    }

    /// Says that its answers do not name their issuer.
    pub fn promise_no_issuer(&self) {
        self.change(|inner| inner.promises_issuer = false);
    }

    pub fn publish(&self, keys: Vec<Key>) {
        self.change(|inner| inner.published = keys);
    }

    pub fn asked_for_keys(&self) -> usize {
        self.inner.lock().unwrap().asked_for_keys
    }

    /// What the token endpoint gives from now on.
    pub fn give(
        &self,
        tokens: impl Fn(&HashMap<String, String>) -> Option<String> + Send + 'static,
    ) {
        self.change(|inner| inner.tokens = Box::new(tokens));
    }

    /// Remembers the challenge that a code belongs to, as the authorisation page would.
    pub fn grant(&self, code: &str, challenge: &str) {
        self.change(|inner| {
            inner.challenges.insert(code.into(), challenge.into());
        });
    }

    /// Claims of an honest ID token.
    pub fn id_claims(&self, subject: &str, nonce: &str) -> Value {
        let now = seconds();
        json!({
            "iss": self.issuer, "sub": subject, "aud": CLIENT, "nonce": nonce,
            "iat": now, "exp": now + 300, "auth_time": now, "sid": format!("sid-{subject}"),
            "name": format!("Dr {subject}"), "roles": ["radiologist"], "amr": ["pwd", "mfa"],
        })
    }

    /// Claims of an honest access token for a person.
    pub fn access_claims(&self, subject: &str, roles: &[&str]) -> Value {
        let now = seconds();
        json!({
            "iss": self.issuer, "sub": subject, "aud": AUDIENCE, "client_id": "some-app",
            "iat": now, "exp": now + 600, "auth_time": now, "roles": roles, "amr": ["mfa"],
        })
    }

    /// An honest access token for a person.
    pub fn access_token(&self, subject: &str, roles: &[&str]) -> String {
        self.key.sign("at+jwt", &self.access_claims(subject, roles))
    }

    /// An honest access token for a program, which lives for so many seconds more.
    pub fn service_token(&self, client: &str, lives_s: i64) -> String {
        let now = seconds();
        let claims = json!({
            "iss": self.issuer, "sub": client, "aud": AUDIENCE, "client_id": client,
            "iat": now + lives_s - 600, "exp": now + lives_s,
        });
        self.key.sign("at+jwt", &claims)
    }
}

type Shared = State<Arc<Mutex<Inner>>>;

async fn describe(State(inner): Shared) -> Json<Value> {
    let inner = inner.lock().unwrap();
    let issuer = &inner.issuer;
    Json(json!({
        "issuer": inner.described.as_ref().unwrap_or(issuer),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/bye"),
        "authorization_response_iss_parameter_supported": inner.promises_issuer,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256", "none"],
    }))
}

async fn keys(State(inner): Shared) -> Json<Value> {
    let mut inner = inner.lock().unwrap();
    inner.asked_for_keys += 1;
    Json(json!({ "keys": inner.published.iter().map(Key::jwk).collect::<Vec<_>>() }))
}

async fn token(State(inner): Shared, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut inner = inner.lock().unwrap();
    let code = form.get("code").cloned().unwrap_or_default();
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    let proves = inner.challenges.get(&code).is_some_and(|known| *known == challenge(&verifier));
    let id_token = (inner.tokens)(&form);
    match id_token {
        Some(id_token) if proves && !inner.used.contains(&code) => {
            inner.used.push(code);
            let body = json!({
                "access_token": "canary-access-token", "token_type": "Bearer",
                "refresh_token": "canary-refresh-token", "expires_in": 300, "id_token": id_token,
            });
            Json(body).into_response()
        }
        _ => (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response(),
    }
}

/// RFC 7636, section 4.2.
fn challenge(verifier: &str) -> String {
    use base64::Engine;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash.as_ref())
}
