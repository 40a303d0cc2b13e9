//! How the provider is spoken to: no redirects, bounded in time and size.

use super::super::WebError;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

/// Longest wait for an answer of the provider.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Largest answer: discovery documents and key sets are under 64 KiB.
const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nobody answered, or not in time.
    #[error("no answer")]
    Http(#[from] reqwest::Error),
    /// More came than a provider has to say.
    #[error("an answer is larger than {ANSWER_BYTES_MAX} bytes")]
    TooLarge,
    /// The answer cannot be put together.
    #[error("an answer is not valid HTTP")]
    Form(#[from] axum::http::Error),
}

/// The client for one provider.
#[derive(Debug, Clone)]
pub struct Fetch(reqwest::Client);

impl Fetch {
    /// A client that trusts the system's certificates, or only those of a file.
    pub fn new(certificates: Option<&Path>) -> Result<Self, WebError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_MAX)
            .no_proxy();
        if let Some(path) = certificates {
            let pem = std::fs::read(path)
                .map_err(|source| WebError::File { path: path.to_owned(), source })?;
            let trusted = reqwest::Certificate::from_pem_bundle(&pem)
                .map_err(|error| WebError::Tls(format!("{}: {error}", path.display())))?;
            builder = builder.tls_certs_only(trusted);
        }
        let client = builder.build().map_err(|error| WebError::Tls(error.to_string()))?;
        Ok(Self(client))
    }

    async fn answer(
        client: reqwest::Client,
        request: HttpRequest,
    ) -> Result<HttpResponse, FetchError> {
        let mut response = client.execute(request.try_into()?).await?;
        let mut built = axum::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            built = built.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(built.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(Self::answer(self.0.clone(), request))
    }
}
