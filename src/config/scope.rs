//! What a program or a DICOM peer may do: written down by the operator, nothing by default.

use super::ConfigError;
use interval_core::access::{AllowedPatients, Configured};
use serde::Deserialize;

/// The scope of one program or peer.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct ScopeConfig {
    /// What it may do, in the words of the access policy; empty means nothing.
    pub actions: Vec<String>,
    /// For which patients, by pseudonym, or `*` for all; empty means nobody.
    pub patients: Vec<String>,
}

impl ScopeConfig {
    /// The same, parsed.
    pub fn configured(&self) -> Result<Configured, ConfigError> {
        let wrong = |error: &dyn std::fmt::Display| ConfigError::Scope(error.to_string());
        let actions = self.actions.iter().map(|word| word.parse());
        let actions = actions.collect::<Result<_, _>>().map_err(|e| wrong(&e))?;
        let patients = if self.patients.iter().any(|word| word == "*") {
            AllowedPatients::Everybody
        } else if self.patients.is_empty() {
            AllowedPatients::Nobody
        } else {
            let parsed = self.patients.iter().map(|word| word.parse());
            AllowedPatients::Only(parsed.collect::<Result<_, _>>().map_err(|e| wrong(&e))?)
        };
        Ok(Configured { actions, patients })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::access::Action;

    #[test]
    fn a_scope_is_empty_until_something_is_written_in_it() {
        assert_eq!(ScopeConfig::default().configured().unwrap(), Configured::default());
        let sends: ScopeConfig = toml::from_str("actions = ['upload']\npatients = ['*']").unwrap();
        let sends = sends.configured().unwrap();
        assert_eq!(sends.actions.into_iter().collect::<Vec<_>>(), [Action::Upload]);
        assert_eq!(sends.patients, AllowedPatients::Everybody);
    }
    #[test]
    fn words_that_the_policy_does_not_have_are_refused() {
        for text in ["actions = ['peek']", "patients = ['p0']", "action = []"] {
            let parsed = toml::from_str::<ScopeConfig>(text).ok().map(|scope| scope.configured());
            assert!(!matches!(parsed, Some(Ok(_))), "{text}");
        }
    }
}
