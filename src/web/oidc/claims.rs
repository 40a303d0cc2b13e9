//! What a verified token says: who, in which roles, how sure.

use crate::web::config::ProviderConfig;
use interval_core::access::{Assurance, Factors, Role};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

/// Roles that one token may list; more says that the claim is not a list of roles.
const ROLES_MAX: usize = 256;

/// How a person proved who they are. Without a time (`auth_time`) it counts as long ago.
pub fn assurance(claims: &Map<String, Value>, config: &ProviderConfig) -> Assurance {
    let level = claims.get("acr").and_then(Value::as_str);
    let strong = level.is_some_and(|level| config.mfa_acr.iter().any(|known| known == level))
        || words(claims.get("amr")).iter().any(|method| config.mfa_amr.contains(method));
    let since = claims.get("auth_time").and_then(Value::as_u64).unwrap_or(0);
    let since = Duration::from_secs(since.min(u64::from(u32::MAX)));
    Assurance {
        factors: if strong { Factors::Several } else { Factors::One },
        auth_time: UNIX_EPOCH + since,
    }
}

/// The provider's words for somebody's roles, translated; unknown ones stand for nothing.
pub fn roles(claims: &Map<String, Value>, config: &ProviderConfig) -> BTreeSet<Role> {
    let listed = words(at(claims, &config.role_claim));
    let ours = |word: &String| config.roles.get(word).and_then(|role| role.parse().ok());
    listed.iter().filter_map(ours).collect()
}

/// What to call a person on the screen; the provider decides.
pub fn display_name(claims: &Map<String, Value>) -> String {
    let word = |name: &str| claims.get(name).and_then(Value::as_str).filter(|w| !w.is_empty());
    let name = word("name").or_else(|| word("preferred_username")).or_else(|| word("sub"));
    name.unwrap_or_default().chars().filter(|c| !c.is_control()).take(128).collect()
}

/// A claim by its name, or by a path through objects.
fn at<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(whole) = claims.get(path) {
        return Some(whole);
    }
    let mut steps = path.split('.');
    let first = claims.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.get(step))
}

fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(all)) => {
            all.iter().filter_map(Value::as_str).map(str::to_owned).take(ROLES_MAX).collect()
        }
        Some(Value::String(one)) => one.split(' ').map(str::to_owned).take(ROLES_MAX).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(extra: &str) -> ProviderConfig {
        toml::from_str(&format!("issuer = 'i'\nclient_id = 'c'\n{extra}")).unwrap()
    }

    #[track_caller]
    fn check(claims: Value, extra: &str, expected: &[&str]) {
        let claims = claims.as_object().unwrap().clone();
        let found: Vec<_> = roles(&claims, &config(extra)).into_iter().map(Role::as_str).collect();
        assert_eq!(found, expected);
    }

    const MAPPED: &str = "[roles]\nrad = 'radiologist'\n";

    #[test]
    fn roles_are_translated_and_unknown_ones_dropped() {
        check(json!({"roles": ["rad", "uma_authorization"]}), MAPPED, &["radiologist"]);
        check(json!({"roles": "rad other"}), MAPPED, &["radiologist"]);
    }
    #[test]
    fn a_role_without_a_mapping_stands_for_nothing() {
        check(json!({"roles": ["radiologist"]}), "", &[]);
        check(json!({}), MAPPED, &[]);
    }
    #[test]
    fn a_path_goes_into_objects() {
        let extra = format!("role_claim = 'realm_access.roles'\n{MAPPED}");
        check(json!({"realm_access": {"roles": ["rad"]}}), &extra, &["radiologist"]);
        check(json!({"realm_access": ["rad"]}), &extra, &[]);
    }
    #[test]
    fn a_step_up_is_several_factors_and_lately() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let is_fresh = |claims: Value, extra: &str| {
            let claims = claims.as_object().unwrap().clone();
            assurance(&claims, &config(extra)).is_stepped_up(now)
        };
        assert!(is_fresh(json!({"amr": ["pwd", "mfa"], "auth_time": 1_000_000}), ""));
        assert!(is_fresh(json!({"acr": "gold", "auth_time": 999_701}), "mfa_acr = ['gold']"));
        assert!(!is_fresh(json!({"acr": "gold", "auth_time": 999_999}), ""));
        assert!(!is_fresh(json!({"amr": ["pwd"], "auth_time": 1_000_000}), ""));
        assert!(!is_fresh(json!({"amr": ["mfa"], "auth_time": 999_000}), ""));
        assert!(!is_fresh(json!({"amr": ["mfa"]}), ""), "without a time it is long ago");
    }
}
