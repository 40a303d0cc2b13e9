//! What we know of the provider: its addresses and its keys, asked for when needed, kept while it
//! is away, asked for again when a token names a key that we do not know.

use super::fetch::{Fetch, FetchError};
use super::{SignInError, refused};
use crate::web::WebError;
use crate::web::config::ProviderConfig;
use jsonwebtoken::jwk::JwkSet;
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, DiscoveryError, IssuerUrl, ProviderMetadata};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, RwLock, watch};
use tracing::warn;
use zeroize::Zeroizing;

/// Keys are asked for again at most this often, however many tokens name an unknown one.
const REFETCH_AFTER: Duration = Duration::from_secs(30);

/// What is known is asked for again after this time, so that withdrawn keys go.
const FRESH_FOR: Duration = Duration::from_mins(10);

/// A provider that is away is looked for again after this time.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// A provider that did not answer is left alone for this long: requests must not queue up on it.
const AWAY_FOR: Duration = Duration::from_secs(2);

/// What providers say beyond the core document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Beyond {
    /// Where signing out is told (OpenID Connect RP-Initiated Logout 1.0).
    #[serde(default)]
    pub end_session_endpoint: Option<String>,
    /// Whether answers name their issuer (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Beyond {}

/// The provider's own description of itself.
pub type Metadata = ProviderMetadata<
    Beyond,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Addresses and keys, as of one moment.
#[derive(Debug)]
pub struct Known {
    /// The description, with the keys for ID tokens in it.
    pub metadata: Metadata,
    /// The same keys for other tokens.
    pub keys: JwkSet,
}

/// The provider.
#[derive(Debug)]
pub struct Provider {
    pub(super) config: ProviderConfig,
    pub(super) secret: Option<Zeroizing<String>>,
    pub(super) fetch: Fetch,
    issuer: IssuerUrl,
    known: RwLock<Option<Arc<Known>>>,
    /// When we last asked. Whoever holds it asks; the others wait for the answer.
    asked: Mutex<Option<Instant>>,
    trouble: std::sync::RwLock<Option<String>>,
}

impl Provider {
    /// A provider that nobody has spoken to yet.
    pub fn new(config: &ProviderConfig) -> Result<Self, WebError> {
        let issuer = IssuerUrl::new(config.issuer.clone())
            .map_err(|error| WebError::Config(error.to_string()))?;
        Ok(Self {
            secret: config.secret()?,
            fetch: Fetch::new(config.certificates.as_deref())?,
            config: config.clone(),
            issuer,
            known: RwLock::new(None),
            asked: Mutex::new(None),
            trouble: std::sync::RwLock::new(Some("nobody has asked it yet".into())),
        })
    }

    /// How the provider names itself.
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Our name there.
    pub fn client_id(&self) -> &str {
        &self.config.client_id
    }

    /// Addresses and keys; what was known stays in use while the provider is away.
    pub async fn known(&self) -> Result<Arc<Known>, SignInError> {
        let known = self.known.read().await.clone();
        match known {
            Some(known) => Ok(known),
            None => self.ask(AWAY_FOR).await,
        }
    }

    /// Addresses and keys, asked for again because a token names a key that is not among them.
    pub async fn known_again(&self) -> Result<Arc<Known>, SignInError> {
        self.ask(REFETCH_AFTER).await
    }

    /// Why the provider cannot be used, if it cannot, as of the last time it was asked.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, trouble: Option<String>) {
        *self.trouble.write().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Keeps what is known fresh, until told to stop.
    pub async fn keep_fresh(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let pause = if self.ask(AWAY_FOR).await.is_ok() { FRESH_FOR } else { LOOK_AGAIN };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Asks the provider, unless that was done within `pause`. One question at a time.
    async fn ask(&self, pause: Duration) -> Result<Arc<Known>, SignInError> {
        let mut asked = self.asked.lock().await;
        if asked.is_some_and(|at| at.elapsed() < pause) {
            let known = self.known.read().await.clone();
            return known.ok_or_else(|| SignInError::Away(self.trouble().unwrap_or_default()));
        }
        let answer = Metadata::discover_async(self.issuer.clone(), &self.fetch).await;
        *asked = Some(Instant::now());
        let answer = answer.map_err(|error| trouble(&error)).and_then(known);
        self.remember(answer.as_ref().err().cloned());
        match answer {
            Ok(known) => {
                let known = Arc::new(known);
                *self.known.write().await = Some(known.clone());
                Ok(known)
            }
            Err(what) => {
                warn!("the sign-in provider cannot be used: {what}");
                Err(SignInError::Away(what))
            }
        }
    }
}

fn known(metadata: Metadata) -> Result<Known, String> {
    let keys = key_set(metadata.jwks()).map_err(|error| error.to_string())?;
    if metadata.token_endpoint().is_none() {
        return Err("it names no token endpoint".into());
    }
    Ok(Known { metadata, keys })
}

/// The same keys in the other library's form.
fn key_set(keys: &CoreJsonWebKeySet) -> Result<JwkSet, SignInError> {
    let json = serde_json::to_value(keys).map_err(refused)?;
    serde_json::from_value(json).map_err(refused)
}

/// A sentence for the operator; the provider's own words are not repeated.
fn trouble(error: &DiscoveryError<FetchError>) -> String {
    match error {
        DiscoveryError::Request(_) => "it does not answer".into(),
        DiscoveryError::Response(status, ..) => {
            format!("it answers with status {}", status.as_u16())
        }
        DiscoveryError::Validation(_) => "its issuer is not the configured one".into(),
        _ => "its description cannot be read".into(),
    }
}
