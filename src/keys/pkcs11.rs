//! A master key on a token: it wraps and unwraps there, and never leaves it (PKCS #11 2.40,
//! `CKM_AES_GCM`).

use super::{KeyError, MasterKey, Secret};
use cryptoki::context::{CInitializeArgs, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Bytes of a nonce, in front of what it sealed.
const NONCE_BYTES: usize = 12;

/// Bits of the tag behind it.
const TAG_BITS: u64 = 128;

/// An AES-256 key on a token.
pub(super) struct TokenKey {
    name: String,
    /// A session serves one call at a time.
    session: Mutex<Session>,
    key: ObjectHandle,
}

/// Libraries of tokens: each is started once in a process and kept, since its end would end the
/// sessions of every key that it serves.
static LIBRARIES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

fn library(module: &Path) -> Result<Pkcs11, KeyError> {
    let mut started = LIBRARIES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = started.get(module) {
        return Ok(library.clone());
    }
    let library = Pkcs11::new(module).map_err(token("load"))?;
    library.initialize(CInitializeArgs::OsThreads).map_err(token("start"))?;
    started.insert(module.to_owned(), library.clone());
    Ok(library)
}

/// Signs in. A sign-in is the whole process's: another key of the token may have done it.
fn sign_in(session: &Session, pin: String) -> Result<(), KeyError> {
    match session.login(UserType::User, Some(&AuthPin::new(pin))) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(error) => Err(token("take the PIN")(error)),
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({})", self.name)
    }
}

/// Names what was asked of the token when it refuses.
fn token<E: fmt::Display>(action: &'static str) -> impl Fn(E) -> KeyError {
    move |error| KeyError::Token { action, why: error.to_string() }
}

impl TokenKey {
    /// Signs in to a token and finds its key, both by label.
    pub(super) fn open(
        module: &Path,
        (label, key): (&str, &str),
        pin_env: &str,
    ) -> Result<Self, KeyError> {
        let pin = std::env::var(pin_env).map_err(token("find its PIN in the environment"))?;
        let library = library(module)?;
        let labelled = |slot: &cryptoki::slot::Slot| {
            library.get_token_info(*slot).is_ok_and(|info| info.label().trim_end() == label)
        };
        let slot = library
            .get_slots_with_initialized_token()
            .map_err(token("list its slots"))?
            .into_iter()
            .find(labelled)
            .ok_or_else(|| token("show itself")(format!("no token is called {label}")))?;
        let session = library.open_ro_session(slot).map_err(token("open a session"))?;
        sign_in(&session, pin)?;
        let wanted = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Label(key.into()),
        ];
        let found = session.find_objects(&wanted).map_err(token("look for the key"))?;
        let [handle] = found.as_slice() else {
            let why = format!("{} AES keys are called {key}", found.len());
            return Err(token("show the key")(why));
        };
        let (name, key) = (format!("token-{label}-{key}"), *handle);
        Ok(Self { name, session: Mutex::new(session), key })
    }

    fn session(&self) -> std::sync::MutexGuard<'_, Session> {
        // A call that panicked left no half-done operation: each call here is one operation.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MasterKey for TokenKey {
    fn name(&self) -> &str {
        &self.name
    }
    fn wrap(&self, secret: &Secret, context: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| KeyError::Random)?;
        let mut wrapped = nonce.to_vec();
        let parameters =
            GcmParams::new(&mut nonce, context, TAG_BITS.into()).map_err(token("wrap"))?;
        let sealed = self
            .session()
            .encrypt(&Mechanism::AesGcm(parameters), self.key, secret.bytes())
            .map_err(token("wrap"))?;
        wrapped.extend(sealed);
        Ok(wrapped)
    }
    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Secret, KeyError> {
        let wrong = KeyError::Wrong(super::Tampered);
        let Some((nonce, sealed)) = wrapped.split_at_checked(NONCE_BYTES) else {
            return Err(wrong);
        };
        let mut nonce = nonce.to_vec();
        let parameters =
            GcmParams::new(&mut nonce, context, TAG_BITS.into()).map_err(token("unwrap"))?;
        let opened = self.session().decrypt(&Mechanism::AesGcm(parameters), self.key, sealed);
        // A token says in many ways that a tag does not fit.
        let bits = zeroize::Zeroizing::new(opened.map_err(|_| KeyError::Wrong(super::Tampered))?);
        Secret::from_bytes(&bits).ok_or(wrong)
    }
}
