//! No claim without its test: a promise whose test is renamed or removed is found here.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use interval_conformance::{Claim, claims};
use std::fs;
use std::path::Path;

fn all() -> Vec<Claim> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("claims.toml");
    claims(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Whether a file has a test of that name that is run: after its attribute, not ignored.
fn has_test(source: &str, function: &str) -> bool {
    let Some(at) = source.find(&format!("fn {function}()")) else { return false };
    // Attributes stand right above: as far as the end of what comes before.
    let above = source[..at].rsplit(['}', ';']).next().unwrap_or_default();
    (above.contains("#[test]") || above.contains("#[tokio::test")) && !above.contains("#[ignore")
}

#[test]
fn every_claim_has_a_test_in_the_tree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut without = Vec::new();
    for claim in all() {
        let source = fs::read_to_string(root.join(&claim.test.file)).unwrap_or_default();
        if !has_test(&source, &claim.test.function) {
            without.push(format!("{}: {}::{}", claim.id, claim.test.file, claim.test.function));
        }
    }
    assert!(without.is_empty(), "no such test:\n{}", without.join("\n"));
}

#[test]
fn a_claim_is_a_sentence_under_an_id() {
    for claim in all() {
        let number = claim.id.rsplit('-').next().unwrap();
        assert!(claim.id.starts_with("REQ-") && number.len() == 2, "{}", claim.id);
        assert!(claim.sentence.ends_with('.'), "{}: {}", claim.id, claim.sentence);
    }
}

#[test]
fn a_test_that_is_ignored_proves_nothing() {
    assert!(has_test("#[test]\nfn it_is() {}", "it_is"));
    assert!(!has_test("#[test]\n#[ignore]\nfn it_is() {}", "it_is"));
    assert!(!has_test("#[test]\nfn other() {}\nfn it_is() {}", "it_is"));
    assert!(!has_test("", "it_is"));
}
