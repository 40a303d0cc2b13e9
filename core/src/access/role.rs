//! People and what they are in the hospital.

use std::fmt;
use std::str::FromStr;

/// What somebody is in the hospital, as the identity provider says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Treats the tumour and follows the response.
    Oncologist,
    /// Reads the images, reviews and signs the report.
    Radiologist,
    /// Any other doctor or nurse in the care of the patient: reads.
    Clinician,
    /// Keeps users, assignments, peers and rules; sees no patient data.
    Administrator,
    /// A program that signs in with its own credentials; not a role that a person can have.
    Service,
    /// Reads the audit log and reviews broken glass; sees no patient data.
    Auditor,
}

impl Role {
    /// All roles, in the order of the policy's columns.
    pub const ALL: [Role; 6] = [
        Role::Oncologist,
        Role::Radiologist,
        Role::Clinician,
        Role::Administrator,
        Role::Service,
        Role::Auditor,
    ];

    /// The word in columns, claims and configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Oncologist => "oncologist",
            Role::Radiologist => "radiologist",
            Role::Clinician => "clinician",
            Role::Administrator => "administrator",
            Role::Service => "service",
            Role::Auditor => "auditor",
        }
    }
}

/// The text is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a role; there are oncologist, radiologist, clinician, administrator, service and auditor"
)]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Role::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Longest issuer that is taken. Addresses of providers are under 100 bytes.
const ISSUER_BYTES_MAX: usize = 512;
/// Longest subject (OIDC Core 1.0, section 2: at most 255 ASCII characters).
const SUBJECT_BYTES_MAX: usize = 255;

/// A person: the identity provider and its name for them (OIDC Core 1.0, section 5.7:
/// only both together are stable; an e-mail address is not an identity).
///
/// As text `issuer#subject`: an issuer has no fragment (section 16.15 of the same), so the first
/// `#` parts them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId {
    issuer: String,
    subject: String,
}

/// The text is not a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a person; write ISSUER#SUBJECT, as `interval user list` shows")]
pub struct NotAPerson(pub String);

impl PersonId {
    /// A person from the claims `iss` and `sub`.
    pub fn new(issuer: &str, subject: &str) -> Result<Self, NotAPerson> {
        let plain = |text: &str| text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        let issuer_is = (1..=ISSUER_BYTES_MAX).contains(&issuer.len())
            && issuer.contains("://")
            && !issuer.contains(['#', ' ', '?'])
            && plain(issuer);
        let subject_is = (1..=SUBJECT_BYTES_MAX).contains(&subject.len()) && plain(subject);
        if issuer_is && subject_is {
            Ok(Self { issuer: issuer.to_owned(), subject: subject.to_owned() })
        } else {
            Err(NotAPerson(format!("{issuer}#{subject}")))
        }
    }

    /// The identity provider: the claim `iss`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The provider's name for the person: the claim `sub`.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.issuer, self.subject)
    }
}

impl FromStr for PersonId {
    type Err = NotAPerson;
    fn from_str(text: &str) -> Result<Self, NotAPerson> {
        let (issuer, subject) = text.split_once('#').ok_or_else(|| NotAPerson(text.to_owned()))?;
        Self::new(issuer, subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reads_back() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("Oncologist".parse::<Role>().is_err());
    }

    #[track_caller]
    fn check(issuer: &str, subject: &str, is: bool) {
        let person = PersonId::new(issuer, subject);
        assert_eq!(person.is_ok(), is, "{issuer} {subject}");
        if let Ok(person) = person {
            assert_eq!(person.to_string().parse(), Ok(person));
        }
    }

    #[test]
    fn a_person_is_an_issuer_and_a_subject() {
        check("https://id.example/realms/ward", "248289761001", true);
        check("https://id.example", "a#b", true);
        check("https://id.example", "", false);
        check("", "x", false);
        check("id.example", "x", false);
        check("https://id.example#x", "x", false);
        check("https://id.example", "line\nbreak", false);
        check("https://id.example", &"x".repeat(255), true);
        check("https://id.example", &"x".repeat(256), false);
    }
}
