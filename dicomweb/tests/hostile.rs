//! Bodies, texts and addresses that somebody broke: nothing panics, nothing grows, nothing that is
//! cut off is taken for whole. The seeds are fixed.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use bytes::Bytes;
use interval_core::query::Level;
use interval_dicomweb::json::{Limits, array, to_array};
use interval_dicomweb::media::{Accept, Kind, MediaType, choose};
use interval_dicomweb::multipart::{Boundary, MultipartError, Splitter, Step};
use interval_dicomweb::parameters::Parameters;
use interval_dicomweb::qido::{Question, Scope, Terms, Unknown};
use interval_dicomweb::stow::{Payload, Report};
use interval_dicomweb::wado::{ByteRange, Rendering, frames};
use interval_dicomweb::workitem::{
    CancelRequest, Event, Search, StateChange, Subscription, Workitem, target,
};
use support::Random;

/// How many broken forms of each text are tried.
const ROUNDS: u64 = 20_000;

/// Tries broken forms of some texts.
#[track_caller]
fn check(seed: u64, texts: &[&str], read: impl Fn(&[u8])) {
    let mut random = Random(seed);
    for _ in 0..ROUNDS {
        let text = texts[random.below(texts.len())].as_bytes();
        let mut broken = random.mutated(text);
        if random.below(4) == 0 {
            broken = random.mutated(&broken);
        }
        read(&broken);
    }
}

/// The same, for what reads texts.
#[track_caller]
fn check_text(seed: u64, texts: &[&str], read: impl Fn(&str)) {
    check(seed, texts, |bytes| read(&String::from_utf8_lossy(bytes)));
}

/// Takes a body apart; how many parts were whole, and how many bytes came out.
fn apart(body: &Bytes, random: &mut Random) -> (Result<usize, MultipartError>, usize) {
    let mut splitter = Splitter::new(&Boundary::parse("b").unwrap());
    let (mut rest, mut parts, mut out) = (body.clone(), 0, 0);
    loop {
        match splitter.step() {
            Ok(Step::Hungry) if rest.is_empty() => splitter.end(),
            Ok(Step::Hungry) => {
                let size = 1 + random.below(rest.len());
                splitter.feed(rest.split_to(size));
            }
            Ok(Step::Part(_)) => {}
            Ok(Step::Piece(bytes)) => out += bytes.len(),
            Ok(Step::End) => parts += 1,
            Ok(Step::Done) => return (Ok(parts), out),
            Err(error) => return (Err(error), out),
        }
    }
}

const BODY: &str = "--b\r\nContent-Type: application/dicom; transfer-syntax=1.2\r\n\r\nDICM\r\n--\r\n\
                    --b\r\nContent-Location: /x\r\n\r\n\r\n--b\r\n\r\nlast\r\n--b--\r\n";

#[test]
fn broken_bodies_are_taken_apart_or_refused() {
    check(1, &[BODY], |bytes| {
        let body = Bytes::copy_from_slice(bytes);
        let mut random = Random(bytes.len() as u64);
        let (parts, out) = apart(&body, &mut random);
        assert!(out <= body.len(), "more came out than went in");
        // Whatever the buffers are, the outcome is the same.
        let (again, _) = apart(&body, &mut random);
        assert_eq!(parts.ok(), again.ok());
    });
}

#[test]
fn a_body_that_is_cut_off_is_never_whole() {
    let whole = BODY.find("--b--").unwrap() + "--b--".len();
    for end in 0..whole {
        let body = Bytes::copy_from_slice(&BODY.as_bytes()[..end]);
        let (parts, _) = apart(&body, &mut Random(end as u64));
        assert!(parts.is_err(), "{end} bytes were taken for all");
    }
}

const JSON: [&str; 3] = [
    r#"[{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"A^B"},null]}}]"#,
    r#"{"00081199":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2"]},"00081155":{"vr":"UI","Value":["1.3"]},"00081197":{"vr":"US","Value":[272]}}]},"00081198":{"vr":"SQ"}}"#,
    r#"[{"00741000":{"vr":"CS","Value":["SCHEDULED"]},"00081195":{"vr":"UI","Value":["2.25.1"]},"00001000":{"vr":"UI","Value":["1.2.3"]},"00001002":{"vr":"US","Value":[1]},"00404005":{"vr":"DT","Value":["20261125"]},"00404041":{"vr":"CS","Value":["READY"]},"00741200":{"vr":"CS","Value":["HIGH"]},"00741204":{"vr":"LO","Value":["x"]},"00741216":{"vr":"SQ","Value":[{}]},"00280030":{"vr":"DS","Value":[0.5,"1e5",-3]},"7FE00010":{"vr":"OW","InlineBinary":"AAAA"}}]"#,
];

#[test]
fn broken_json_is_read_or_refused_and_what_is_read_is_written() {
    check(2, &JSON, |bytes| {
        if let Ok(sets) = array(bytes, &Limits::WORKITEM) {
            let written = to_array(&sets);
            let again = array(&written, &Limits::WORKITEM).unwrap();
            assert_eq!(to_array(&again), written);
        }
    });
}

#[test]
fn broken_messages_are_read_or_refused() {
    check(3, &JSON, |bytes| {
        let _ = Report::parse(bytes);
        let _ = (StateChange::parse(bytes), CancelRequest::parse(bytes), Event::parse(bytes));
        let Ok(content) = interval_dicomweb::json::data_set(bytes, &Limits::WORKITEM) else {
            return;
        };
        if let Ok(change) = Workitem::create(content.clone(), None, "20261125") {
            let _ = change.workitem.update(None, content, "20261126");
        }
    });
}

#[test]
fn deep_and_wide_json_is_refused() {
    for text in [
        "[".repeat(1_000_000),
        r#"{"00081199":{"vr":"SQ","Value":["#.repeat(20_000),
        r#"{"00081199":{"vr":"SQ","Value":[{"x":"#.repeat(20_000),
        format!("[{}]", vec!["0"; 400_000].join(",")),
        format!(
            "{{\"00100020\":{{\"vr\":\"LO\",\"Value\":[{}]}}}}",
            vec!["null"; 200_000].join(",")
        ),
        format!("{{\"00100020\":{{\"vr\":\"LO\",\"x\":{}}}}}", "[".repeat(500_000)),
    ] {
        assert!(array(text.as_bytes(), &Limits::WORKITEM).is_err());
    }
}

#[test]
fn broken_headers_are_read_or_passed_over() {
    let texts = [
        "multipart/related; type=\"application/dicom\"; transfer-syntax=*;q=0.5, */*;q=0.1",
        "multipart/related; type=application/octet-stream; boundary=\"a b\"; start=\"<1>\"",
        "application/dicom+json;q=1.000, image/jpeg",
        "bytes=0-499",
    ];
    let kinds = [Kind::Objects, Kind::Frames, Kind::Rendered, Kind::Metadata];
    check_text(4, &texts, |text| {
        let accept = Accept::of(Some(text), None);
        for kind in kinds {
            let _ = choose(&accept, kind);
        }
        if let Ok(media) = MediaType::parse(text) {
            assert_eq!(MediaType::parse(&media.to_string()), Ok(media));
        }
        let _ = (Payload::of(Some(text)), Boundary::of(text));
        if let Ok(Some(range)) = ByteRange::parse(text, 1000) {
            assert!(range.from < range.to && range.to <= 1000);
        }
    });
}

#[test]
fn broken_addresses_are_read_or_refused() {
    let texts = [
        "PatientName=Coh*&StudyDate=20260101-20261231&includefield=all&limit=10&offset=20",
        "StudyInstanceUID=1.2,1.3%5C1.4&00100020=A%26B&fuzzymatching=true",
        "viewport=512,512,0,0,-10,&window=40,80,linear&quality=90&annotation=patient",
        "ScheduledStationNameCodeSequence.CodeValue=A&ScheduledProcedureStepStartDateTime=2026-",
        "1,3,5",
        "1.2.3&transaction=2.25.1&deletionlock=true&filter=PatientID%3D1",
    ];
    let terms = Terms { limit_default: 10, limit_max: 100, unknown: Unknown::Refuse };
    check_text(5, &texts, |text| {
        if let Ok(question) = Question::parse(Scope::all(Level::Instance), text, &terms) {
            assert!(question.query.limit.is_some_and(|limit| limit <= 100));
        }
        if let Ok(parameters) = Parameters::parse(text) {
            let _ = Rendering::parse(&parameters);
        }
        let _ = (Search::parse(text, 10, 100), target(text), frames(text));
        let _ = Subscription::parse("1.2.840.10008.5.1.4.34.5.1", "NODE", text);
    });
}
