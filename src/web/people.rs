//! Who callers are to the audit log, and whether they are still let in: asked at each request, so
//! that whoever was disabled is out at once.

use super::Door;
use super::caller::Caller;
use super::crypto;
use super::session::Session;
use super::status::Refusal;
use crate::store::StoreError;
use crate::store::access::AccessRefused;
use interval_core::access::Principal;
use interval_core::audit::words::{Actor, UserNumber};
use std::time::SystemTime;

/// The caller as the audit log knows them; whoever was disabled is signed out.
pub async fn actor(door: &Door, caller: &Caller) -> Result<Actor, Refusal> {
    match &caller.principal {
        Principal::Person(person) => {
            let number = match door.host.store.user(&person.id).await? {
                Some(user) if user.disabled.is_some() => {
                    door.sessions.end_person(&person.id);
                    return Err(Refusal::SignIn);
                }
                Some(user) => user.number,
                None => door.host.store.user_number(&person.id).await?,
            };
            Ok(Actor::Person(number))
        }
        Principal::Service { client, .. } => Ok(Actor::Service(program(client))),
        Principal::Peer { .. } | Principal::Job(_) | Principal::Operator => Err(Refusal::Forbidden),
    }
}

/// Remembers a sign-in, which the store notes in the audit log.
pub async fn signed_in(door: &Door, session: &Session, now: SystemTime) -> Result<Actor, Refusal> {
    let Session { person, display_name, roles, .. } = session;
    match door.host.store.signed_in(person, display_name, roles, now).await {
        Ok(user) => Ok(Actor::Person(user.number)),
        Err(StoreError::Access(AccessRefused::Disabled)) => Err(Refusal::Forbidden),
        Err(error) => Err(error.into()),
    }
}

/// The number of a program: the first 128 bits of the SHA-256 of its client id, which the
/// configuration lists.
fn program(client: &str) -> UserNumber {
    let mut bits = [0; 16];
    bits.copy_from_slice(&crypto::digest(client)[..16]);
    UserNumber(u128::from_be_bytes(bits))
}
