//! What an operator may set about the web door: the `[web]` section.

use super::WebError;
use crate::config::scope::ScopeConfig;
use interval_core::access::Role;
use openidconnect::url::{Host, Url};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The lowest TLS version that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum TlsFloor {
    /// TLS 1.3 only.
    #[default]
    #[serde(rename = "1.3")]
    V13,
    /// TLS 1.2 with authenticated encryption too.
    #[serde(rename = "1.2")]
    V12,
}

/// The web door. Without this section there is none.
#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct WebConfig {
    /// Where the door listens.
    pub listen: SocketAddr,
    /// Where metrics are answered, without sign-in: loopback, or the network of the monitoring.
    pub metrics: Option<SocketAddr>,
    /// The origin that browsers see, such as `https://interval.hospital.example`.
    pub public_url: String,
    /// Certificate chain (PEM). One is made for this machine when none is named.
    pub certificate: Option<PathBuf>,
    /// Its key (PEM).
    pub key: Option<PathBuf>,
    /// The lowest TLS version.
    pub tls_floor: TlsFloor,
    /// Plain HTTP, taken on loopback only.
    pub insecure_loopback: bool,
    /// Origins that may show Interval in a frame; empty means none.
    pub frame_ancestors: Vec<String>,
    /// Who signs people in.
    pub provider: Option<ProviderConfig>,
    /// What a bearer token must be meant for; empty means that none is taken.
    pub audience: String,
    /// Clients that act without a person, by client id.
    pub services: BTreeMap<String, ScopeConfig>,
    /// Minutes without a request after which a session ends.
    pub idle_min: u64,
    /// Hours after which a session ends in any case.
    pub session_h: u64,
    /// A sentence for every page, where this is a demonstration.
    pub notice: String,
    /// Other viewers that a screen of images leads to.
    pub viewers: Vec<ViewerConfig>,
}

/// Another viewer.
#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ViewerConfig {
    /// What it is called on the screen.
    pub name: String,
    /// Its address; `{study}` stands for the Study Instance UID, `{studies}` for those of all
    /// timepoints with commas between them.
    pub template: String,
}

/// The OpenID provider.
#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// Its issuer, exactly as it names itself.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// File with our secret there.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// Environment variable with our secret there.
    #[serde(default)]
    pub client_secret_env: Option<String>,
    /// Scopes that are asked for beside `openid`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The claim that lists a person's roles; dots go into objects (`realm_access.roles`).
    #[serde(default = "role_claim")]
    pub role_claim: String,
    /// The provider's word for a role, and ours.
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
    /// Values of `acr` that stand for several factors; the first is asked for at step-up.
    #[serde(default)]
    pub mfa_acr: Vec<String>,
    /// Values within `amr` that stand for several factors (RFC 8176).
    #[serde(default = "mfa_amr")]
    pub mfa_amr: Vec<String>,
    /// Certificates (PEM) that the provider's own is checked against, instead of the system's.
    #[serde(default)]
    pub certificates: Option<PathBuf>,
}

fn role_claim() -> String {
    "roles".into()
}

fn mfa_amr() -> Vec<String> {
    vec!["mfa".into()]
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            metrics: None,
            public_url: "https://localhost:8443".into(),
            certificate: None,
            key: None,
            tls_floor: TlsFloor::V13,
            insecure_loopback: false,
            frame_ancestors: Vec::new(),
            provider: None,
            audience: String::new(),
            services: BTreeMap::new(),
            idle_min: 15,
            session_h: 8,
            notice: String::new(),
            viewers: Vec::new(),
        }
    }
}

impl WebConfig {
    /// Refuses what would not be safe or cannot work, before anything listens.
    pub fn check(&self) -> Result<(), WebError> {
        let no = |what: &str| Err(WebError::Config(what.into()));
        let public = self.public()?;
        if self.insecure_loopback {
            if !self.listen.ip().is_loopback() {
                return no("plain HTTP is spoken on loopback only: listen on 127.0.0.1 or ::1");
            }
        } else if public.scheme() != "https" {
            return no("public_url must begin with https");
        }
        if public.path() != "/" || public.query().is_some() || public.fragment().is_some() {
            return no("public_url is an origin: no path, no query");
        }
        let Some(provider) = &self.provider else {
            return no("sign-in needs a provider: [web.provider] with issuer and client_id");
        };
        for role in provider.roles.values() {
            role.parse::<Role>().map_err(|error| WebError::Config(error.to_string()))?;
        }
        for service in self.services.values() {
            service.configured().map_err(|error| WebError::Config(error.to_string()))?;
        }
        let issuer = address(&provider.issuer)?;
        if issuer.scheme() != "https" && !is_loopback(&issuer) {
            return no("the issuer must begin with https");
        }
        if !self.audience.is_empty() && self.audience == provider.client_id {
            return no("audience must differ from client_id, or an ID token would open the API");
        }
        if self.idle_min == 0 || self.session_h == 0 || self.session_h > 24 {
            return no("a session lives from one to 24 hours and may be idle for a minute or more");
        }
        for viewer in &self.viewers {
            address(&viewer.template)?;
            if !["{study}", "{studies}"].iter().any(|place| viewer.template.contains(place)) {
                return no("the template of a viewer says where {study} or {studies} stands");
            }
        }
        for origin in &self.frame_ancestors {
            let parsed = address(origin)?;
            if parsed.scheme() != "https" || parsed.origin().ascii_serialization() != *origin {
                return no("frame_ancestors are origins such as https://ehr.hospital.example");
            }
        }
        Ok(())
    }

    /// The origin that browsers see.
    pub fn public(&self) -> Result<Url, WebError> {
        address(&self.public_url)
    }

    /// The host name that browsers see.
    pub fn host(&self) -> Result<String, WebError> {
        let public = self.public()?;
        let host = public.host_str().map(|host| host.trim_matches(['[', ']']).to_owned());
        host.ok_or_else(|| WebError::Config("public_url names no host".into()))
    }
}

impl ProviderConfig {
    /// Our secret there; a public client has none.
    pub fn secret(&self) -> Result<Option<Zeroizing<String>>, WebError> {
        let text = match (&self.client_secret_file, &self.client_secret_env) {
            (Some(_), Some(_)) => {
                return Err(WebError::Config("name one place for the client secret".into()));
            }
            (Some(path), None) => std::fs::read_to_string(path)
                .map_err(|source| WebError::File { path: path.clone(), source })?,
            (None, Some(name)) => std::env::var(name)
                .map_err(|_| WebError::Config(format!("the environment has no {name}")))?,
            (None, None) => return Ok(None),
        };
        let text = Zeroizing::new(text);
        Ok(Some(Zeroizing::new(text.trim().to_owned())))
    }
}

fn address(text: &str) -> Result<Url, WebError> {
    let url = Url::parse(text).map_err(|e| WebError::Config(format!("'{text}': {e}")))?;
    if url.host().is_none() || !matches!(url.scheme(), "https" | "http") {
        return Err(WebError::Config(format!("'{text}' is not a web address")));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROVIDER: &str = "[provider]\nissuer = 'https://id.example'\nclient_id = 'interval'\n";

    #[track_caller]
    fn check(text: &str, expected: Result<(), &str>) {
        let config: WebConfig = toml::from_str(&format!("{text}\n{PROVIDER}")).unwrap();
        match (config.check(), expected) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (result, expected) => panic!("{text}: {result:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn the_defaults_with_a_provider_are_taken() {
        check("", Ok(()));
    }
    #[test]
    fn plain_http_is_for_loopback() {
        check("insecure_loopback = true\npublic_url = 'http://127.0.0.1:8080'", Ok(()));
        check("insecure_loopback = true\nlisten = '0.0.0.0:80'", Err("loopback only"));
        check("public_url = 'http://interval.example'", Err("https"));
    }
    #[test]
    fn an_id_token_is_no_key_to_the_api() {
        check("audience = 'interval'", Err("ID token"));
        check("audience = 'https://interval.example/api'", Ok(()));
    }
    #[test]
    fn frames_are_origins() {
        check("frame_ancestors = ['https://ehr.example']", Ok(()));
        check("frame_ancestors = ['https://ehr.example/x']", Err("origins"));
        check("frame_ancestors = ['*']", Err("'*'"));
    }
    #[test]
    fn a_misspelt_field_is_refused() {
        assert!(toml::from_str::<WebConfig>("issuer = 'x'").is_err());
    }
    #[test]
    fn there_is_no_door_without_sign_in() {
        assert!(WebConfig::default().check().is_err());
    }
}
