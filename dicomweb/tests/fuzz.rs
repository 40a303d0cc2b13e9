//! DICOM JSON, multipart bodies, searches and headers that are almost right: none stops us, none
//! takes memory.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

#[path = "../../tests/fuzz/mod.rs"]
mod fuzz;

use bytes::Bytes;
use fuzz::pelt;
use interval_core::query::Level;
use interval_dicomweb::json::{self, Limits};
use interval_dicomweb::media::Accept;
use interval_dicomweb::multipart::{Boundary, Splitter, Step};
use interval_dicomweb::qido::{Question, Scope, Terms, Unknown};

#[test]
fn json_that_is_almost_right_stops_nothing() {
    let seeds: Vec<Vec<u8>> = [
        r#"[{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Doe^Jane"}]}}]"#,
        r#"[{"0020000D":{"vr":"UI","Value":["1.2.3"]},"00201208":{"vr":"IS","Value":[640]}}]"#,
        r#"[{"0040A730":{"vr":"SQ","Value":[{"0040A730":{"vr":"SQ","Value":[{}]}}]}}]"#,
        r#"[{"7FE00010":{"vr":"OW","BulkDataURI":"https://pacs/bulk/1"}}]"#,
        r#"[{"00280030":{"vr":"DS","Value":[0.5,1e-3]},"00080008":{"vr":"CS"}}]"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    pelt("json", &seeds, |input| json::array(input, &Limits::ANSWER).is_ok());
}

/// Takes a body apart that comes in pieces of this length.
fn is_taken_apart(body: &[u8], piece: usize) -> bool {
    let mut splitter = Splitter::new(&Boundary::parse("b1").unwrap());
    let mut pieces = body.chunks(piece).map(Bytes::copy_from_slice);
    loop {
        match splitter.step() {
            Ok(Step::Done) => return true,
            Ok(Step::Hungry) => match pieces.next() {
                Some(next) => splitter.feed(next),
                None => splitter.end(),
            },
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

#[test]
fn bodies_that_are_almost_right_stop_nothing() {
    let head = "--b1\r\nContent-Type: application/dicom\r\nContent-Location: /studies/1\r\n\r\n";
    let part = |content: &str| format!("{head}{content}\r\n");
    let seeds: Vec<Vec<u8>> = [
        format!("{}--b1--\r\n", part("DICM")),
        format!("preamble\r\n{}{}--b1--", part(""), part("--b2\r\n\r\n--b")),
        format!("{}--b1--\r\nepilogue", part(&"x".repeat(3000))),
    ]
    .map(String::into_bytes)
    .into();
    for piece in [1, 7, 4096] {
        pelt(&format!("multipart in {piece}"), &seeds, |input| is_taken_apart(input, piece));
    }
}

#[test]
fn searches_and_headers_that_are_almost_right_stop_nothing() {
    let terms = Terms { limit_default: 100, limit_max: 1000, unknown: Unknown::PassOver };
    let searches: Vec<Vec<u8>> = [
        "PatientName=Coh*&fuzzymatching=true&limit=10&offset=3",
        "StudyDate=20240101-20240201&includefield=all",
        "00100020=A%5C17&StudyInstanceUID=1.2,1.3",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    pelt("search", &searches, |input| {
        let text = String::from_utf8_lossy(input);
        Question::parse(Scope::all(Level::Study), &text, &terms).is_ok()
    });
    let accepts: Vec<Vec<u8>> = [
        "multipart/related; type=\"application/dicom\"; transfer-syntax=*, */*;q=0.1",
        "image/jpeg, application/dicom+json;q=0.9;charset=utf-8",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    pelt("accept", &accepts, |input| {
        let _ = Accept::parse(&String::from_utf8_lossy(input));
        true
    });
}
