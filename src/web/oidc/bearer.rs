//! Bearer tokens of programs and API clients (RFC 6750, RFC 9068): signed by the provider, meant
//! for us, short-lived.

use super::provider::{Known, Provider};
use super::{SignInError, refused};
use interval_core::access::CLOCK_SKEW_MAX;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Signatures that are taken: never none, and never a shared secret.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// Longest life of an access token: without introspection this bounds how long a stolen one works.
pub const LIFE_MAX: Duration = Duration::from_mins(15);

/// Longest token; what we are sent is bounded by the header limits anyway.
const TOKEN_BYTES_MAX: usize = 12 * 1024;

/// What a kind of token must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind<'a> {
    /// Values of the header's `typ` that are taken; a header without one is taken too when the
    /// list has an empty word.
    pub types: &'a [&'a str],
    /// Who it must be meant for.
    pub audience: &'a str,
}

/// Verifies an access token and gives its claims.
pub async fn verify(
    provider: &Provider,
    audience: &str,
    token: &str,
    now: SystemTime,
) -> Result<Map<String, Value>, SignInError> {
    if audience.is_empty() {
        return Err(refused("bearer tokens are not taken here"));
    }
    let kind = Kind { types: &["at+jwt", "application/at+jwt", "JWT", ""], audience };
    let claims = signed(provider, kind, token).await?;
    times(&claims, now)?;
    if claims.get("nonce").is_some() {
        return Err(refused("an ID token is not an access token"));
    }
    Ok(claims)
}

/// Checks everything of a token but its times: type, algorithm, key, signature, issuer, audience.
pub(super) async fn signed(
    provider: &Provider,
    kind: Kind<'_>,
    token: &str,
) -> Result<Map<String, Value>, SignInError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(refused("the token is too long"));
    }
    let header = decode_header(token).map_err(refused)?;
    let typ = header.typ.as_deref().unwrap_or_default();
    if !kind.types.iter().any(|known| known.eq_ignore_ascii_case(typ)) {
        return Err(refused("the token is of another type"));
    }
    if !ALGORITHMS.contains(&header.alg) {
        return Err(refused("the token's algorithm is not taken"));
    }
    let known = provider.known().await?;
    if let Some(jwk) = key(&known, &header) {
        return read(provider, kind, (token, header.alg), jwk);
    }
    let again = provider.known_again().await?;
    let jwk = key(&again, &header).ok_or_else(|| refused("the token's key is unknown"))?;
    read(provider, kind, (token, header.alg), jwk)
}

/// The key that the header names; without a name only a provider with a single key is clear.
fn key<'k>(known: &'k Known, header: &Header) -> Option<&'k Jwk> {
    let JwkSet { keys } = &known.keys;
    let mut fits = keys.iter().filter(|key| {
        let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
        let named = header.kid.as_ref().is_none_or(|kid| key.common.key_id.as_ref() == Some(kid));
        signs && named
    });
    let first = fits.next()?;
    if fits.next().is_some() { None } else { Some(first) }
}

fn read(
    provider: &Provider,
    kind: Kind<'_>,
    (token, algorithm): (&str, Algorithm),
    jwk: &Jwk,
) -> Result<Map<String, Value>, SignInError> {
    let key = DecodingKey::from_jwk(jwk).map_err(refused)?;
    let mut validation = Validation::new(algorithm);
    // Times are checked below, by the clock that was given.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_required_spec_claims(&["iss", "aud"]);
    validation.set_issuer(&[provider.issuer()]);
    validation.set_audience(&[kind.audience]);
    let data = decode::<Map<String, Value>>(token, &key, &validation).map_err(refused)?;
    Ok(data.claims)
}

/// Valid now, begun, and short-lived.
fn times(claims: &Map<String, Value>, now: SystemTime) -> Result<(), SignInError> {
    let expires = instant(claims, "exp").ok_or_else(|| refused("the token never expires"))?;
    let issued = instant(claims, "iat").ok_or_else(|| refused("the token has no issue time"))?;
    if now >= expires + CLOCK_SKEW_MAX {
        return Err(refused("the token has expired"));
    }
    let begins = instant(claims, "nbf").unwrap_or(issued).max(issued);
    if begins > now + CLOCK_SKEW_MAX {
        return Err(refused("the token is not valid yet"));
    }
    match expires.duration_since(issued) {
        Ok(life) if life <= LIFE_MAX => Ok(()),
        _ => Err(refused("the token lives longer than is taken here")),
    }
}

/// A claim that is a time in seconds (RFC 7519, section 2).
pub(super) fn instant(claims: &Map<String, Value>, name: &str) -> Option<SystemTime> {
    let seconds = claims.get(name)?.as_f64().filter(|s| (0.0..4e9).contains(s))?;
    Some(UNIX_EPOCH + Duration::from_secs_f64(seconds))
}

/// When a verified token ends.
pub fn ends(claims: &Map<String, Value>) -> SystemTime {
    instant(claims, "exp").unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: u64 = 1_000_000;

    #[track_caller]
    fn check(claims: Value, expected: Result<(), &str>) {
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        match (times(claims.as_object().unwrap(), now), expected) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (result, _) => panic!("{claims}: {result:?}"),
        }
    }

    #[test]
    fn a_token_is_taken_from_its_beginning_to_its_end() {
        check(json!({"iat": NOW, "exp": NOW + 900}), Ok(()));
        check(json!({"iat": NOW - 900, "exp": NOW - 59}), Ok(()));
        check(json!({"iat": NOW - 900, "exp": NOW - 60}), Err("expired"));
        check(json!({"iat": NOW + 60, "exp": NOW + 120}), Ok(()));
        check(json!({"iat": NOW + 61, "exp": NOW + 120}), Err("not valid yet"));
        check(json!({"iat": NOW, "nbf": NOW + 61, "exp": NOW + 120}), Err("not valid yet"));
    }
    #[test]
    fn a_token_that_lives_long_is_refused() {
        check(json!({"iat": NOW, "exp": NOW + 901}), Err("longer"));
        check(json!({"iat": NOW}), Err("never expires"));
        check(json!({"exp": NOW + 60}), Err("issue time"));
        check(json!({"iat": NOW, "exp": "tomorrow"}), Err("never expires"));
    }
}
