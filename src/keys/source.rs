//! Where the master key is, as the configuration names it.

use super::local::LocalKey;
use super::pkcs11::TokenKey;
use super::{KeyError, MasterKey};
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A place of a master key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum KeySource {
    /// A file of 64 hexadecimal digits that only its owner may read.
    File(PathBuf),
    /// An environment variable of 64 hexadecimal digits, as secret stores of containers give it.
    Environment(String),
    /// A key that never leaves its token (PKCS #11).
    Token {
        /// The library of the token.
        module: PathBuf,
        /// Label of the token.
        token: String,
        /// Label of the AES-256 key on it.
        key: String,
        /// Environment variable that holds the user's PIN.
        pin_env: String,
    },
    /// A key that ends with the process: for work that nobody comes back to.
    Passing,
}

/// Where the PIN of a token is looked for when the configuration does not say.
const PIN_ENV: &str = "INTERVAL_TOKEN_PIN";

impl KeySource {
    /// The place where a node looks when nothing is configured.
    pub fn beside(data: &Path) -> Self {
        Self::File(data.join("keys").join("master.key"))
    }

    /// The same place, however it was written: processes of one node start in different folders.
    #[must_use]
    pub fn absolute(&self) -> Self {
        let Self::File(path) = self else { return self.clone() };
        Self::File(absolute(path))
    }

    /// Makes the key where a node may make one: a file that is not there yet.
    pub fn make(&self) -> Result<(), KeyError> {
        match self {
            Self::File(path) => LocalKey::make(path),
            Self::Environment(_) | Self::Token { .. } | Self::Passing => Ok(()),
        }
    }

    /// Opens the key.
    pub fn open(&self) -> Result<Box<dyn MasterKey>, KeyError> {
        Ok(match self {
            Self::File(path) => Box::new(LocalKey::file(path)?),
            Self::Environment(name) => Box::new(LocalKey::environment(name)?),
            Self::Token { module, token, key, pin_env } => {
                Box::new(TokenKey::open(module, (token, key), pin_env)?)
            }
            Self::Passing => Box::new(LocalKey::passing()?),
        })
    }
}

/// A path from the root, its folder without links; as it is where there is no such folder.
pub(super) fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (whole.parent().map(Path::canonicalize), whole.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => whole,
    }
}

impl fmt::Display for KeySource {
    /// As the configuration has it; a key that ends with its process has no place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Environment(name) => write!(f, "env:{name}"),
            Self::Token { module, token, key, pin_env } => {
                let module = module.display();
                write!(f, "pkcs11:{module}?token={token}&key={key}&pin-env={pin_env}")
            }
            Self::Passing => f.write_str("nowhere"),
        }
    }
}

impl FromStr for KeySource {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let wrong = || KeyError::Place(text.to_owned());
        match text.split_once(':').ok_or_else(wrong)? {
            ("file", path) if !path.is_empty() => Ok(Self::File(path.into())),
            ("env", name) if !name.is_empty() => Ok(Self::Environment(name.into())),
            ("pkcs11", rest) => {
                let (module, query) = rest.split_once('?').ok_or_else(wrong)?;
                let field = |name: &str| {
                    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
                };
                Ok(Self::Token {
                    module: module.into(),
                    token: field("token").ok_or_else(wrong)?,
                    key: field("key").ok_or_else(wrong)?,
                    pin_env: field("pin-env").unwrap_or_else(|| PIN_ENV.into()),
                })
            }
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for KeySource {
    type Error = KeyError;
    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_a_variable_or_a_token() {
        assert_eq!("file:/k".parse::<KeySource>().unwrap(), KeySource::File("/k".into()));
        assert_eq!("env:K".parse::<KeySource>().unwrap(), KeySource::Environment("K".into()));
        let token = "pkcs11:/usr/lib/x.so?token=ward&key=master".parse::<KeySource>().unwrap();
        let expected = KeySource::Token {
            module: "/usr/lib/x.so".into(),
            token: "ward".into(),
            key: "master".into(),
            pin_env: "INTERVAL_TOKEN_PIN".into(),
        };
        assert_eq!(token, expected);
    }
    #[test]
    fn other_texts_are_no_places() {
        for text in ["", "file:", "/k", "pkcs11:/x.so", "pkcs11:/x.so?token=a", "http:x"] {
            assert!(text.parse::<KeySource>().is_err(), "{text}");
        }
    }
}
