//! The way to another archive: its address, who we are, whom we trust, how long we wait.

use super::failure::ClientError;
use super::search::JSON;
use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER,
    WARNING,
};
use reqwest::redirect::Policy;
use reqwest::{Body, Method, Response, Url};
use std::fmt;
use std::time::Duration;

/// Most redirects that are followed within a host.
const REDIRECTS_MAX: usize = 5;

/// Longest address that is sent; servers take 8 KiB.
const ADDRESS_BYTES_MAX: usize = 8 * 1024;

/// The slowest line that a store is waited for, in bytes a second.
const SLOWEST_BYTES_PER_S: u64 = 512 * 1024;

/// Longest wait for a store of which it is not known how long it is.
const STORE_MAX: Duration = Duration::from_hours(1);

/// Who we are.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Credential {
    /// Nobody in particular.
    #[default]
    None,
    /// A bearer token (RFC 6750).
    Bearer(String),
    /// A name and a password (RFC 7617).
    Basic(String, String),
}

impl fmt::Debug for Credential {
    /// Says which kind it is and never what it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credential::None => "none",
            Credential::Bearer(_) => "bearer token",
            Credential::Basic(..) => "name and password",
        })
    }
}

/// Whom we trust.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// Whoever the system trusts.
    #[default]
    System,
    /// Whoever these certificates vouch for, in PEM, and nobody else.
    Only(Vec<u8>),
}

/// How another archive is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The address of its DICOMweb service.
    pub base: String,
    /// Who we are.
    pub credential: Credential,
    /// Whom we trust.
    pub trust: Trust,
    /// Longest wait for a connection.
    pub connect_max: Duration,
    /// Longest silence: for the first byte of an answer, and between two.
    pub silence_max: Duration,
    /// Largest answer to a search, a store or about workitems, and largest metadata, in bytes.
    pub answer_bytes_max: u64,
    /// Largest object, in bytes.
    pub object_bytes_max: u64,
}

impl Settings {
    /// With bounds that suit an archive in the same hospital.
    pub fn of(base: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            credential: Credential::None,
            trust: Trust::System,
            connect_max: Duration::from_secs(10),
            // An archive may look through millions of rows, or fetch from tape.
            silence_max: Duration::from_mins(1),
            answer_bytes_max: 32 * 1024 * 1024,
            // A multi-frame object of a long acquisition has 2 GiB.
            object_bytes_max: 4 * 1024 * 1024 * 1024,
        }
    }
}

/// Another archive.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    /// For stores: while a body goes out nothing comes back, however well things are.
    patient: reqwest::Client,
    base: String,
    pub(super) settings: Settings,
}

impl Client {
    /// Makes ready; nothing is sent yet.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        let base = Url::parse(&settings.base).map_err(|_| ClientError::Address)?;
        let host = base.host_str().ok_or(ClientError::Address)?.to_owned();
        match base.scheme() {
            "https" => {}
            "http" if settings.credential == Credential::None || is_local(&host) => {}
            "http" => return Err(ClientError::OpenLine),
            _ => return Err(ClientError::Address),
        }
        if base.query().is_some() || base.fragment().is_some() || !base.username().is_empty() {
            return Err(ClientError::Address);
        }
        // The process has one provider of cryptography; whoever comes first has set it.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let builder = || -> Result<_, ClientError> {
            let builder = reqwest::Client::builder()
                .no_proxy()
                .redirect(within_host(base.clone()))
                .connect_timeout(settings.connect_max)
                .default_headers(authorisation(&settings.credential)?);
            let Trust::Only(pem) = &settings.trust else { return Ok(builder) };
            let trusted = reqwest::Certificate::from_pem_bundle(pem);
            let trusted = trusted.map_err(ClientError::Certificates)?;
            if trusted.is_empty() {
                return Err(ClientError::NoCertificate);
            }
            Ok(builder.tls_certs_only(trusted))
        };
        let unmade = |error| match settings.trust {
            Trust::System => ClientError::Setup(error),
            Trust::Only(_) => ClientError::Certificates(error),
        };
        let http = builder()?.read_timeout(settings.silence_max).build().map_err(unmade)?;
        let patient = builder()?.build().map_err(unmade)?;
        let base = base.as_str().trim_end_matches('/').to_owned();
        Ok(Self { http, patient, base, settings })
    }

    /// The address of a path below the service; `path` begins with a slash and is encoded.
    fn address(&self, path: &str) -> Result<Url, ClientError> {
        let address = format!("{}{path}", self.base);
        if address.len() > ADDRESS_BYTES_MAX {
            return Err(ClientError::Address);
        }
        Url::parse(&address).map_err(|_| ClientError::Address)
    }

    /// Reads.
    pub(super) async fn get(
        &self,
        action: &'static str,
        path: &str,
        accept: &str,
    ) -> Result<Response, ClientError> {
        let request = self.http.get(self.address(path)?).header(ACCEPT, accept);
        let sent = request.send().await;
        answered(action, sent)
    }

    /// Sends a body, and takes an answer that says yes.
    pub(super) async fn send(
        &self,
        action: &'static str,
        to: (Method, &str),
        content_type: &str,
        body: Body,
    ) -> Result<Response, ClientError> {
        let (method, path) = to;
        let request = self.http.request(method, self.address(path)?);
        let request = request.header(CONTENT_TYPE, content_type).header(ACCEPT, JSON);
        answered(action, request.body(body).send().await)
    }

    /// Sends objects, of so many bytes in all if that is known, and takes any answer.
    pub(super) async fn upload(
        &self,
        path: &str,
        content_type: &str,
        body: Body,
        length: Option<u64>,
    ) -> Result<Response, ClientError> {
        let mut request = self.patient.post(self.address(path)?);
        request = request.header(CONTENT_TYPE, content_type).header(ACCEPT, JSON);
        if let Some(length) = length {
            request = request.header(CONTENT_LENGTH, length);
        }
        let going_out = |length| Duration::from_secs(length / SLOWEST_BYTES_PER_S);
        let wait = length.map_or(STORE_MAX, going_out) + self.settings.silence_max;
        let sent = request.timeout(wait).body(body).send().await;
        sent.map_err(|e| ClientError::Line { action: "store", source: e.without_url() })
    }

    /// The body of an answer, within the limit.
    pub(super) async fn body(
        &self,
        action: &'static str,
        mut response: Response,
    ) -> Result<Bytes, ClientError> {
        let bytes_max = self.settings.answer_bytes_max;
        let too_large = ClientError::TooLarge { action, bytes_max };
        if response.content_length().is_some_and(|length| length > bytes_max) {
            return Err(too_large);
        }
        let mut body = Vec::new();
        let line = |source| ClientError::Line { action, source };
        while let Some(bytes) = response.chunk().await.map_err(line)? {
            if (body.len() + bytes.len()) as u64 > bytes_max {
                return Err(too_large);
            }
            body.extend_from_slice(&bytes);
        }
        Ok(body.into())
    }
}

/// What is sent with each request.
fn authorisation(credential: &Credential) -> Result<HeaderMap, ClientError> {
    let mut headers = HeaderMap::new();
    let text = match credential {
        Credential::None => return Ok(headers),
        Credential::Bearer(token) => format!("Bearer {token}"),
        Credential::Basic(name, password) => {
            format!("Basic {}", base64(format!("{name}:{password}").as_bytes()))
        }
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| ClientError::Credential)?;
    value.set_sensitive(true);
    headers.insert(AUTHORIZATION, value);
    Ok(headers)
}

/// Base64 (RFC 4648 section 4); a password needs no more of it than this.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let number = (0..3)
            .fold(0_u32, |number, at| number << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let is_padding = at > three.len();
            let letter = LETTERS[(number >> (18 - 6 * at)) as usize & 63];
            text.push(if is_padding { '=' } else { char::from(letter) });
        }
    }
    text
}

/// Whether a host is this machine.
fn is_local(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Redirects that stay with the host, its port and its scheme.
fn within_host(base: Url) -> Policy {
    Policy::custom(move |attempt| {
        let to = attempt.url();
        let is_same = to.scheme() == base.scheme()
            && to.host_str() == base.host_str()
            && to.port_or_known_default() == base.port_or_known_default();
        if is_same && attempt.previous().len() <= REDIRECTS_MAX {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

/// The answer, if it says yes.
pub(super) fn answered(
    action: &'static str,
    sent: Result<Response, reqwest::Error>,
) -> Result<Response, ClientError> {
    let response =
        sent.map_err(|error| ClientError::Line { action, source: error.without_url() })?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    if status.is_redirection() {
        return Err(ClientError::Redirect { action });
    }
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    Err(ClientError::Status {
        action,
        status: status.as_u16(),
        warning: text(WARNING).map(str::to_owned),
        retry_after_s: text(RETRY_AFTER).and_then(|seconds| seconds.trim().parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, credential: Credential, expected: bool) {
        let settings = Settings { credential, ..Settings::of(base) };
        assert_eq!(Client::new(settings).is_ok(), expected, "{base}");
    }

    #[test]
    fn credentials_go_over_closed_lines_only() {
        let token = || Credential::Bearer("t".into());
        check("http://archive/dicom-web", Credential::None, true);
        check("https://archive/dicom-web", token(), true);
        check("http://127.0.0.1:8042/dicom-web/", token(), true);
        check("http://[::1]:8042", token(), true);
        check("http://archive/dicom-web", token(), false);
    }
    #[test]
    fn an_address_is_one_of_a_service() {
        for wrong in ["", "archive", "ftp://archive", "https://a/b?c", "https://me:pw@a/b"] {
            check(wrong, Credential::None, false);
        }
        check("https://archive", Credential::Bearer("a\nb".into()), false);
    }
    #[test]
    fn passwords_are_encoded_and_never_shown() {
        for (plain, encoded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
        let settings = Settings {
            credential: Credential::Basic("me".into(), "secret".into()),
            ..Settings::of("https://archive")
        };
        let client = Client::new(settings).unwrap();
        let shown = format!("{client:?}");
        assert!(!shown.contains("secret") && !shown.contains(&base64(b"me:secret")), "{shown}");
    }
}
