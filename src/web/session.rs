//! Who is signed in. The browser holds a random name; everything else stays here, in memory only:
//! a restart signs everybody out.

use super::crypto;
use interval_core::access::{Assurance, PersonId, Role};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// Sessions at one time: a large hospital's staff, at a few KiB each.
const SESSIONS_MAX: usize = 20_000;

/// Sessions of one person; a further one ends the oldest.
const SESSIONS_PER_PERSON_MAX: usize = 8;

/// A person's stay.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub person: PersonId,
    /// What to call them on the screen.
    pub display_name: String,
    /// What they are.
    pub roles: BTreeSet<Role>,
    /// How they proved it.
    pub assurance: Assurance,
    /// The provider's name for its own session: the claim `sid`.
    pub sid: Option<String>,
    /// When it began.
    pub began: SystemTime,
    /// When it was used last.
    pub used: SystemTime,
}

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Without a request.
    pub idle: Duration,
    /// In any case.
    pub life: Duration,
}

/// The digest of a session's name: what the map is looked up by, and what a thief of the memory's
/// index could not use as a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey([u8; 32]);

/// All who are signed in.
#[derive(Debug)]
pub struct Sessions {
    limits: Limits,
    all: Mutex<HashMap<SessionKey, Session>>,
}

/// There is no room for another session.
#[derive(Debug, thiserror::Error)]
#[error("too many people are signed in")]
pub struct Full;

impl SessionKey {
    /// The key of a cookie's value.
    pub fn of(cookie: &str) -> Self {
        Self(crypto::digest(cookie))
    }
}

impl Session {
    /// When it ends if nobody uses it again.
    pub fn ends(&self, limits: Limits) -> SystemTime {
        (self.began + limits.life).min(self.used + limits.idle)
    }
}

impl Sessions {
    /// Nobody is signed in.
    pub fn new(limits: Limits) -> Self {
        Self { limits, all: Mutex::default() }
    }

    /// How long sessions last.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Begins a session under a new name, which it returns; the browser's former one ends.
    pub fn begin(
        &self,
        session: Session,
        name: Zeroizing<String>,
        former: Option<SessionKey>,
    ) -> Result<Zeroizing<String>, Full> {
        let mut all = self.lock();
        if let Some(former) = former {
            all.remove(&former);
        }
        let now = session.began;
        if all.len() >= SESSIONS_MAX {
            all.retain(|_, one| now < one.ends(self.limits));
        }
        let own = all.iter().filter(|(_, one)| one.person == session.person);
        let (count, oldest) = own.fold((0, None), |(count, oldest), (key, one)| {
            let is_older = oldest.is_none_or(|(_, began)| one.began < began);
            (count + 1, if is_older { Some((*key, one.began)) } else { oldest })
        });
        if let (true, Some((oldest, _))) = (count >= SESSIONS_PER_PERSON_MAX, oldest) {
            all.remove(&oldest);
        }
        if all.len() >= SESSIONS_MAX {
            return Err(Full);
        }
        all.insert(SessionKey::of(&name), session);
        Ok(name)
    }

    /// The session of a key, which counts as used now.
    pub fn touch(&self, key: SessionKey, now: SystemTime) -> Option<Session> {
        let mut all = self.lock();
        let session = all.get_mut(&key)?;
        if now >= session.ends(self.limits) {
            all.remove(&key);
            return None;
        }
        session.used = session.used.max(now);
        Some(session.clone())
    }

    /// Whether a session still stands; asking does not prolong it.
    pub fn stands(&self, key: SessionKey, now: SystemTime) -> bool {
        self.lock().get(&key).is_some_and(|session| now < session.ends(self.limits))
    }

    /// Ends one session.
    pub fn end(&self, key: SessionKey) -> Option<Session> {
        self.lock().remove(&key)
    }

    /// Ends all sessions of a person, and says how many there were.
    pub fn end_person(&self, person: &PersonId) -> usize {
        self.end_where(|session| session.person == *person)
    }

    /// Ends the sessions that the provider ended, and says how many there were.
    pub fn end_provider_session(&self, issuer: &str, name: &str) -> usize {
        self.end_where(|session| {
            session.person.issuer() == issuer && session.sid.as_deref() == Some(name)
        })
    }

    /// Forgets those whose time is over.
    pub fn sweep(&self, now: SystemTime) {
        self.lock().retain(|_, session| now < session.ends(self.limits));
    }

    fn end_where(&self, ends: impl Fn(&Session) -> bool) -> usize {
        let mut all = self.lock();
        let before = all.len();
        all.retain(|_, session| !ends(session));
        before - all.len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionKey, Session>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::access::Factors;

    const LIMITS: Limits = Limits { idle: Duration::from_mins(15), life: Duration::from_hours(8) };
    const MINUTE: Duration = Duration::from_mins(1);

    fn began() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(1_000)
    }

    fn session(subject: &str, began: SystemTime) -> Session {
        Session {
            person: PersonId::new("https://id.example", subject).unwrap(),
            display_name: String::new(),
            roles: BTreeSet::new(),
            assurance: Assurance { factors: Factors::One, auth_time: began },
            sid: Some(format!("session of {subject}")),
            began,
            used: began,
        }
    }

    fn name(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.into())
    }

    #[test]
    fn a_session_ends_when_it_is_idle() {
        let sessions = Sessions::new(LIMITS);
        sessions.begin(session("a", began()), name("n"), None).unwrap();
        let key = SessionKey::of("n");
        assert!(sessions.touch(key, began() + 14 * MINUTE).is_some());
        assert!(sessions.touch(key, began() + 28 * MINUTE).is_some());
        assert!(sessions.touch(key, began() + 43 * MINUTE).is_none());
        assert!(sessions.touch(key, began() + 28 * MINUTE).is_none(), "once over, always over");
    }
    #[test]
    fn a_session_ends_after_its_life_however_busy() {
        let sessions = Sessions::new(LIMITS);
        sessions.begin(session("a", began()), name("n"), None).unwrap();
        for minutes in (10..480).step_by(10) {
            assert!(sessions.touch(SessionKey::of("n"), began() + minutes * MINUTE).is_some());
        }
        assert!(sessions.touch(SessionKey::of("n"), began() + 480 * MINUTE).is_none());
    }
    #[test]
    fn watching_does_not_prolong() {
        let sessions = Sessions::new(LIMITS);
        sessions.begin(session("a", began()), name("n"), None).unwrap();
        let key = SessionKey::of("n");
        assert!(sessions.stands(key, began() + 14 * MINUTE));
        assert!(!sessions.stands(key, began() + 15 * MINUTE));
    }
    #[test]
    fn signing_in_again_ends_the_former_name() {
        let sessions = Sessions::new(LIMITS);
        sessions.begin(session("a", began()), name("old"), None).unwrap();
        let former = Some(SessionKey::of("old"));
        sessions.begin(session("a", began()), name("new"), former).unwrap();
        assert!(!sessions.stands(SessionKey::of("old"), began()));
        assert!(sessions.stands(SessionKey::of("new"), began()));
    }
    #[test]
    fn a_person_has_a_bounded_number_of_sessions() {
        let sessions = Sessions::new(LIMITS);
        for n in 0..=SESSIONS_PER_PERSON_MAX {
            let at = began() + MINUTE * n as u32;
            sessions.begin(session("a", at), name(&n.to_string()), None).unwrap();
        }
        assert_eq!(sessions.lock().len(), SESSIONS_PER_PERSON_MAX);
        assert!(!sessions.stands(SessionKey::of("0"), began()), "the oldest went");
    }
    #[test]
    fn a_person_signed_out_is_out_everywhere_and_nobody_else() {
        let sessions = Sessions::new(LIMITS);
        for (subject, cookie) in [("a", "1"), ("a", "2"), ("b", "3")] {
            sessions.begin(session(subject, began()), name(cookie), None).unwrap();
        }
        let a = PersonId::new("https://id.example", "a").unwrap();
        assert_eq!(sessions.end_person(&a), 2);
        assert_eq!(sessions.end_provider_session("https://other.example", "session of b"), 0);
        assert_eq!(sessions.end_provider_session("https://id.example", "session of b"), 1);
    }
}
