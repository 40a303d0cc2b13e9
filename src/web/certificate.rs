//! How long the door's certificate is good for: an end that nobody saw coming keeps everybody out.

use crate::store::milliseconds;
use crate::validity::{Standing, standing};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use std::time::{Duration, SystemTime};
use x509_parser::parse_x509_certificate;

/// How long before its end a certificate is told of: renewals that work come about thirty days
/// before it.
const WARNING: Duration = Duration::from_hours(14 * 24);

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Its distinguished name.
    pub subject: String,
    /// Until when it holds, in ms since 1970.
    pub not_after_ms: i64,
}

/// What a certificate (DER) says of itself; nothing when it cannot be read.
pub fn paper(certificate: &[u8]) -> Option<Paper> {
    let (_, parsed) = parse_x509_certificate(certificate).ok()?;
    let not_after_ms = parsed.validity().not_after.timestamp().saturating_mul(1000);
    Some(Paper { subject: parsed.subject().to_string(), not_after_ms })
}

/// The same of the first certificate of a file (PEM).
pub fn read(path: &Path) -> Option<Paper> {
    let text = std::fs::read(path).ok()?;
    let first = CertificateDer::pem_slice_iter(&text).next()?.ok()?;
    paper(&first)
}

/// What is to be told of a certificate (DER) now; nothing when it is good for a while.
pub fn trouble(certificate: &[u8], now: SystemTime) -> Option<String> {
    let Ok((_, parsed)) = parse_x509_certificate(certificate) else {
        return Some("the certificate of the web door cannot be read".into());
    };
    let validity = parsed.validity();
    let valid = [validity.not_before.timestamp(), validity.not_after.timestamp()];
    match standing(valid, WARNING, milliseconds(now) / 1000) {
        Standing::NotYet => {
            Some("the certificate of the web door is not valid yet; is the clock right?".into())
        }
        Standing::Over => {
            Some("the certificate of the web door has expired: browsers refuse to come in".into())
        }
        Standing::Ending(days) => {
            Some(format!("the certificate of the web door ends in {days} days"))
        }
        Standing::Good => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    const DAY_S: i64 = 86_400;
    /// 2030-01-01 and 2030-06-01 as seconds since 1970.
    const FROM_S: u64 = 1_893_456_000;
    const UNTIL_S: u64 = 1_906_502_400;

    fn certificate() -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["interval.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2030, 1, 1);
        params.not_after = date_time_ymd(2030, 6, 1);
        let signed = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        signed.der().to_vec()
    }

    #[track_caller]
    fn check(at_s: u64, words: Option<&str>) {
        let said = trouble(&certificate(), SystemTime::UNIX_EPOCH + Duration::from_secs(at_s));
        match words {
            None => assert_eq!(said, None),
            Some(words) => assert!(said.as_deref().unwrap_or("").contains(words), "{said:?}"),
        }
    }

    #[test]
    fn a_certificate_is_told_of_before_after_and_near_its_end() {
        check(FROM_S - 1, Some("not valid yet"));
        check(FROM_S, None);
        check(UNTIL_S - 15 * DAY_S as u64, None);
        check(UNTIL_S - 13 * DAY_S as u64, Some("ends in 13 days"));
        check(UNTIL_S + 1, Some("has expired"));
    }
    #[test]
    fn what_is_no_certificate_is_told() {
        assert!(trouble(b"no", SystemTime::UNIX_EPOCH).is_some());
    }
}
