//! The conformance statement that lies beside the code says what the code says.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::fs;
use std::path::Path;

#[test]
fn the_statement_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/STATEMENT.md");
    let written = fs::read_to_string(&path).unwrap();
    let made = interval::statement::statement();
    let first = written.lines().zip(made.lines()).find(|(written, made)| written != made);
    assert_eq!(first, None, "run: interval statement --out conformance/STATEMENT.md");
    assert_eq!(written, made, "run: interval statement --out conformance/STATEMENT.md");
}

#[test]
fn it_says_what_is_not_supported() {
    let made = interval::statement::statement();
    for missing in ["HL7 v2", "Modality Worklist", "JPEG-LS"] {
        assert!(made.contains(missing), "{missing}");
    }
}

#[test]
fn the_description_of_the_routes_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("viewer/openapi.json");
    let written = fs::read_to_string(&path).unwrap();
    let made = interval::web::openapi();
    assert!(written == made, "run: interval openapi --out viewer/openapi.json");
}
