//! Signatures over model packages, and over the checkpoints of the audit log: Ed25519 (RFC 8032),
//! keys and signatures each as one line in the form of signed notes (C2SP signed-note), so that
//! other tools read them too.
//!
//! ```text
//! interval-release+0b5ed3f6+ASnN...               a public key: NAME+ID+KEY
//! — interval-release C17T9kq2...                  a signature: NAME, then ID and signature
//! ```

use aws_lc_rs::rand;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use interval_core::digest::Digest;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Before the name of a signer: an em dash and a space.
const SIGNER: &str = "\u{2014} ";
/// The kind of key in its line and its id: Ed25519.
const ED25519_KIND: u8 = 1;
/// Bytes of a seed and of a public key (RFC 8032 section 5.1.5).
const KEY_BYTES: usize = 32;
/// Bytes of a signature (RFC 8032 section 5.1.6).
const SIGNATURE_BYTES: usize = 64;
/// Before the line of a private key.
const PRIVATE_MARK: &str = "PRIVATE+KEY+";

/// A text is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not a public key.
    #[error("this is not a public key (NAME+ID+KEY)")]
    PublicKey,
    /// Not a private key.
    #[error("this is not a private key")]
    PrivateKey,
    /// Not a signature.
    #[error("this is not a signature (\u{2014} NAME SIGNATURE)")]
    Signature,
    /// Not a name for a key: one word without a plus sign.
    #[error("a key cannot have this name")]
    Name,
    /// The machine gave no randomness.
    #[error("the machine gave no randomness")]
    Randomness,
}

/// Whose signatures are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    bytes: [u8; KEY_BYTES],
}

impl PublicKey {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First four bytes of the hash over name and key, which tell keys of one name apart.
    pub fn id(&self) -> u32 {
        let hash = Digest::of(&[self.name.as_bytes(), b"\n", &coded(&self.bytes)[..]].concat());
        let [a, b, c, d, ..] = hash.0;
        u32::from_be_bytes([a, b, c, d])
    }

    /// Whether a signature says that it is of this key.
    pub fn is_named_by(&self, signature: &Signature) -> bool {
        self.is_named_in(&signature.0)
    }

    fn is_named_in(&self, line: &Line) -> bool {
        line.name == self.name && line.key == self.id()
    }

    /// Whether this key made the signature over a message.
    pub fn signed(&self, message: &[u8], signature: &Signature) -> bool {
        self.made(message, &signature.0)
    }

    /// Whether this key made a line under a text.
    pub fn made(&self, text: &[u8], line: &Line) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.bytes);
        self.is_named_in(line) && key.verify(text, &line.bytes).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode(&coded(&self.bytes)[..]);
        write!(f, "{}+{:08x}+{key}", self.name, self.id())
    }
}

impl FromStr for PublicKey {
    type Err = Unreadable;
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (name, id, bytes) = parts(text.trim_end()).ok_or(Unreadable::PublicKey)?;
        let key = Self { name, bytes: *bytes };
        if key.id() == id { Ok(key) } else { Err(Unreadable::PublicKey) }
    }
}

/// A line under a signed text: whose it says that it is, and what they made of the text, whatever
/// kind of key that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Name of the key.
    pub name: String,
    /// First four bytes of the key's hash, which tell keys of one name apart.
    pub key: u32,
    /// What the key made of the text.
    pub bytes: Vec<u8>,
}

impl Line {
    /// Whether a line is one of these, by its beginning.
    pub fn begins(line: &str) -> bool {
        line.starts_with(SIGNER)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key.to_be_bytes()[..], &self.bytes].concat();
        write!(f, "{SIGNER}{} {}", self.name, STANDARD.encode(bytes))
    }
}

impl FromStr for Line {
    type Err = Unreadable;
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let read = || {
            let (name, coded) = text.strip_prefix(SIGNER)?.split_once(' ')?;
            let bytes = STANDARD.decode(coded).ok()?;
            let (key, bytes) = bytes.split_first_chunk::<4>()?;
            let line =
                Self { name: name.to_owned(), key: u32::from_be_bytes(*key), bytes: bytes.into() };
            (!name.is_empty() && !bytes.is_empty()).then_some(line)
        };
        read().ok_or(Unreadable::Signature)
    }
}

/// A line as a key of this kind makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(Line);

impl Signature {
    /// The name of the key that it says it is of.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The line.
    pub fn into_line(self) -> Line {
        self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Signature {
    type Err = Unreadable;
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let line: Line = text.strip_suffix('\n').unwrap_or(text).parse()?;
        let is_ours = line.bytes.len() == SIGNATURE_BYTES && is_name(&line.name);
        is_ours.then_some(Self(line)).ok_or(Unreadable::Signature)
    }
}

/// A key that signs.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
    seed: Zeroizing<[u8; KEY_BYTES]>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public)
    }
}

impl SigningKey {
    /// A new key.
    pub fn make(name: &str) -> Result<Self, Unreadable> {
        if !is_name(name) {
            return Err(Unreadable::Name);
        }
        let mut seed = Zeroizing::new([0; KEY_BYTES]);
        rand::fill(&mut seed[..]).map_err(|_| Unreadable::Randomness)?;
        Self::of(name.to_owned(), seed).ok_or(Unreadable::Randomness)
    }

    fn of(name: String, seed: Zeroizing<[u8; KEY_BYTES]>) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed[..]).ok()?;
        let bytes = pair.public_key().as_ref().try_into().ok()?;
        Some(Self { pair, public: PublicKey { name, bytes }, seed })
    }

    /// Reads the line of a private key.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let read = || {
            let (name, id, seed) = parts(text.trim_end().strip_prefix(PRIVATE_MARK)?)?;
            Self::of(name, seed).filter(|key| key.public.id() == id)
        };
        read().ok_or(Unreadable::PrivateKey)
    }

    /// The line that holds this key: a secret.
    pub fn to_line(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new(STANDARD.encode(&coded(&self.seed)[..]));
        let PublicKey { name, .. } = &self.public;
        Zeroizing::new(format!("{PRIVATE_MARK}{name}+{:08x}+{}\n", self.public.id(), *seed))
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> Signature {
        let bytes = self.pair.sign(message).as_ref().to_vec();
        Signature(Line { name: self.public.name.clone(), key: self.public.id(), bytes })
    }
}

/// Kind and key.
fn coded(key: &[u8; KEY_BYTES]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([&[ED25519_KIND], &key[..]].concat())
}

/// Whether a key may have this name.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// Name, id and key bytes of `NAME+ID+KEY`.
fn parts(text: &str) -> Option<(String, u32, Zeroizing<[u8; KEY_BYTES]>)> {
    let mut parts = text.splitn(3, '+');
    let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
    let id = u32::from_str_radix(id, 16).ok()?;
    let bytes = Zeroizing::new(STANDARD.decode(key).ok()?);
    match bytes.split_first() {
        Some((&ED25519_KIND, key)) if is_name(name) => {
            Some((name.to_owned(), id, Zeroizing::new(key.try_into().ok()?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key and a note of the reference implementation's documentation (golang.org/x/mod).
    const REFERENCE_KEY: &str =
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const REFERENCE_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n";
    const REFERENCE_SIGNATURE: &str = "\u{2014} PeterNeumann \
        x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

    #[test]
    fn a_signature_of_the_reference_implementation_holds_and_another_text_does_not() {
        let key: PublicKey = REFERENCE_KEY.parse().unwrap();
        let signature: Signature = REFERENCE_SIGNATURE.parse().unwrap();
        assert!(key.signed(REFERENCE_TEXT.as_bytes(), &signature));
        assert!(!key.signed(REFERENCE_TEXT.replace("answer", "Answer").as_bytes(), &signature));
        assert_eq!(key.to_string(), REFERENCE_KEY);
        assert_eq!(signature.to_string(), REFERENCE_SIGNATURE);
    }
    #[test]
    fn a_key_reads_back_and_signs_the_same() {
        let key = SigningKey::make("house").unwrap();
        let again = SigningKey::parse(&key.to_line()).unwrap();
        assert_eq!(key.public(), again.public());
        assert_eq!(key.sign(b"card"), again.sign(b"card"));
        let public: PublicKey = key.public().to_string().parse().unwrap();
        assert!(public.signed(b"card", &again.sign(b"card").to_string().parse().unwrap()));
    }
    #[test]
    fn another_key_of_the_same_name_is_another_key() {
        let (one, other) = (SigningKey::make("house").unwrap(), SigningKey::make("house").unwrap());
        assert!(!one.public().is_named_by(&other.sign(b"card")));
        assert!(!one.public().signed(b"card", &other.sign(b"card")));
    }
    #[test]
    fn a_private_key_does_not_show_itself_and_damaged_lines_are_refused() {
        let key = SigningKey::make("house").unwrap();
        let line = key.to_line();
        assert!(!format!("{key:?}").contains(line.rsplit('+').next().unwrap().trim_end()));
        assert!(SigningKey::parse(&line.replace("house", "other")).is_err());
        assert!(SigningKey::parse(&key.public().to_string()).is_err());
        assert!(REFERENCE_KEY.replace("c74f", "c74e").parse::<PublicKey>().is_err());
        for (from, to) in [("\u{2014} ", "- "), ("x08go", "x08g"), (" x08", "  x08"), ("nAM=", "")]
        {
            let text = REFERENCE_SIGNATURE.replace(from, to);
            assert!(text.parse::<Signature>().is_err(), "{text}");
        }
        assert!(SigningKey::make("two words").is_err());
    }
}
