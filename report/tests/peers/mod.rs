//! Foreign tools that judge what we write. An absent one is skipped with a printed reason, unless
//! `INTERVAL_REQUIRE_PEERS=1`: then its absence is a failure.

use std::path::PathBuf;
use std::process::Command;

fn skip(why: &str) {
    println!("skipped: {why}");
    let required = std::env::var("INTERVAL_REQUIRE_PEERS").is_ok_and(|value| value == "1");
    assert!(!required, "required, but {why}");
}

/// Runs a program on a file with the given content, the path last; gives what it said, or nothing
/// when it is not installed.
pub fn ask(program: &str, arguments: &[&str], content: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, content).unwrap();
    let Ok(output) = Command::new(program).args(arguments).arg(&path).output() else {
        skip(&format!("{program} is not installed"));
        return None;
    };
    let said = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&said).into_owned())
}

/// The text of a document, by poppler.
pub fn text_of(content: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, content).unwrap();
    let Ok(output) = Command::new("pdftotext").arg(&path).arg("-").output() else {
        skip("pdftotext is not installed");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What pyHanko says, reading strictly and trusting the certificate: its bottom line, what the
/// signature covers, and whether the permission for later changes was kept.
pub fn pyhanko(content: &[u8], certificate: &str) -> Option<String> {
    let python = std::env::var("INTERVAL_PEERS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python).args(["-c", "import pyhanko"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        skip(&format!("{python} has no pyhanko"));
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let paths: [PathBuf; 2] =
        ["report.pdf", "certificate.pem"].map(|name| folder.path().join(name));
    std::fs::write(&paths[0], content).unwrap();
    std::fs::write(&paths[1], certificate).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/judge.py");
    let output = Command::new(&python).arg(script).args(&paths).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
