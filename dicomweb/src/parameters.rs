//! The query of an address (RFC 3986 section 3.4, PS3.18 8.3): names and values, within limits.

use interval_core::fault::Fault;
use std::borrow::Cow;

/// Longest query, in bytes. A list of the UIDs of a study's series has a few KiB.
pub const QUERY_BYTES_MAX: usize = 128 * 1024;

/// Most parameters of one query; a form of a worklist has ten, `includefield` may come forty times.
pub const PARAMETERS_MAX: usize = 128;

/// The query of an address cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// Too long, or too many parameters.
    #[error(
        "the query of the address has more than {PARAMETERS_MAX} parameters or \
         {QUERY_BYTES_MAX} bytes"
    )]
    TooLong,
    /// A percent sign that is followed by something else than two digits, a control character, or
    /// bytes that are no UTF-8.
    #[error("the query of the address is not percent-encoded UTF-8 without control characters")]
    Form,
    /// Given twice.
    #[error("the parameter {0} is given more than once")]
    Twice(&'static str),
}

impl ParameterError {
    /// What it asks of the other side.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}

/// The parameters of an address, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters<'a> {
    /// Names and values.
    pub pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Parameters<'a> {
    /// Reads what follows the question mark.
    pub fn parse(query: &'a str) -> Result<Self, ParameterError> {
        if query.len() > QUERY_BYTES_MAX {
            return Err(ParameterError::TooLong);
        }
        let mut pairs = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            if pairs.len() >= PARAMETERS_MAX {
                return Err(ParameterError::TooLong);
            }
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            pairs.push((decoded(name)?, decoded(value)?));
        }
        Ok(Self { pairs })
    }

    /// The value of a parameter that may come once.
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, ParameterError> {
        let mut found = self.all(name);
        match (found.next(), found.next()) {
            (value, None) => Ok(value),
            _ => Err(ParameterError::Twice(name)),
        }
    }

    /// The values of a parameter that may come several times.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        let pairs = self.pairs.iter().filter(move |(known, _)| known == name);
        pairs.map(|(_, value)| value.as_ref())
    }
}

/// A text without its percent signs; a plus is a space.
fn decoded(text: &str) -> Result<Cow<'_, str>, ParameterError> {
    let fits = |text: &str| !text.bytes().any(|byte| byte.is_ascii_control());
    if !text.contains(['%', '+']) {
        return if fits(text) { Ok(text.into()) } else { Err(ParameterError::Form) };
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (Some(high), Some(low)) = (digit(), digit()) else {
                    return Err(ParameterError::Form);
                };
                out.push((high * 16 + low) as u8);
            }
            other => out.push(other),
        }
    }
    let text = String::from_utf8(out).map_err(|_| ParameterError::Form)?;
    if fits(&text) { Ok(text.into()) } else { Err(ParameterError::Form) }
}

/// Adds a text to an address, percent-encoded but for unreserved characters (RFC 3986 section 2.3).
pub fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(nibble)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: Result<&[(&str, &str)], ParameterError>) {
        let owned = |(name, value): &(Cow<str>, Cow<str>)| (name.to_string(), value.to_string());
        let found = Parameters::parse(query);
        let found = found.map(|parameters| parameters.pairs.iter().map(owned).collect::<Vec<_>>());
        let wanted = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        assert_eq!(found, expected.map(|pairs| pairs.iter().map(wanted).collect()), "{query}");
    }

    #[test]
    fn names_and_values_are_decoded() {
        check("a=b%20c+d&e&%66=%D7%9B&&", Ok(&[("a", "b c d"), ("e", ""), ("f", "כ")]));
        check("", Ok(&[]));
        check("1.2.3", Ok(&[("1.2.3", "")]));
    }
    #[test]
    fn what_cannot_be_decoded_is_refused() {
        for wrong in ["a=%", "a=%4", "a=%zz", "a=%00", "a=%0d", "a=%FF", "a=b\u{1}"] {
            check(wrong, Err(ParameterError::Form));
        }
    }
    #[test]
    fn a_query_is_limited() {
        check(&"a&".repeat(PARAMETERS_MAX + 1), Err(ParameterError::TooLong));
        check(&"a".repeat(QUERY_BYTES_MAX + 1), Err(ParameterError::TooLong));
    }
    #[test]
    fn what_may_come_once_is_refused_twice() {
        let parameters = Parameters::parse("limit=1&limit=2&offset=3").unwrap();
        assert_eq!(parameters.one("limit"), Err(ParameterError::Twice("limit")));
        assert_eq!(parameters.one("offset"), Ok(Some("3")));
        assert_eq!(parameters.one("accept"), Ok(None));
    }
    #[test]
    fn what_is_encoded_is_decoded() {
        let text = "a&b=c d+כ%\"";
        let mut encoded = String::new();
        encode(&mut encoded, text);
        assert_eq!(decoded(&encoded).unwrap(), text);
    }
}
