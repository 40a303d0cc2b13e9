//! The seal: made by us, judged by us and by others.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod cases;
mod peers;

use cases::AUTHORED;
use interval_core::fault::Fault;
use interval_report::pdf::compose;
use interval_report::sign::rand_core::OsRng;
use interval_report::sign::{Seal, SignError, VerifyError, sign, verify};
use interval_report::timestamp::Timestamp;

fn seal() -> Seal {
    Seal::generate("Interval test node", AUTHORED, &mut OsRng).unwrap()
}

fn plain() -> Vec<u8> {
    compose(&cases::no_tumour().findings()).unwrap()
}

#[test]
fn a_sealed_report_says_who_sealed_it_and_when() {
    let seal = seal();
    let check = verify(&sign(&plain(), &seal, AUTHORED).unwrap()).unwrap();
    assert_eq!(check.sealed_by, "Interval test node");
    assert_eq!(check.signed_at, AUTHORED);
    assert_eq!(check.certificate_valid, seal.validity());
}

#[test]
fn the_same_report_gets_the_same_seal() {
    let (seal, plain) = (seal(), plain());
    let pem = seal.to_pem().unwrap();
    let again = Seal::from_pem(&pem.key, &pem.certificate).unwrap();
    let [one, other] = [&seal, &again].map(|seal| sign(&plain, seal, AUTHORED).unwrap());
    assert!(one == other);
    assert!(one.starts_with(&plain), "the sealed file begins with the unsealed one");
}

#[test]
fn a_changed_byte_is_found_wherever_it_is() {
    let sealed = sign(&plain(), &seal(), AUTHORED).unwrap();
    // A prime step walks through content, seal, cross-reference and trailer.
    for at in (0..sealed.len()).step_by(1_999) {
        let mut changed = sealed.clone();
        changed[at] ^= 0x01;
        assert!(verify(&changed).is_err(), "a change of byte {at} was not found");
    }
}

#[test]
fn something_added_or_taken_away_is_found() {
    let sealed = sign(&plain(), &seal(), AUTHORED).unwrap();
    let longer = [sealed.as_slice(), b"\n% more\n"].concat();
    assert!(matches!(verify(&longer), Err(VerifyError::NotCovered)));
    assert!(verify(&sealed[..sealed.len() - 10]).is_err());
}

#[test]
fn a_document_without_a_seal_is_told_from_a_broken_one() {
    assert!(matches!(verify(&plain()), Err(VerifyError::NotSealed)));
    assert!(matches!(verify(b"not a document"), Err(VerifyError::NotAPdf(_))));
    assert_eq!(verify(b"").unwrap_err().fault(), Fault::Refused);
}

#[test]
fn a_seal_is_put_on_once() {
    let seal = seal();
    let sealed = sign(&plain(), &seal, AUTHORED).unwrap();
    assert!(matches!(sign(&sealed, &seal, AUTHORED), Err(SignError::AlreadySigned)));
}

#[test]
fn an_expired_certificate_is_refused() {
    let seal = seal();
    let [from, until] = seal.validity();
    for at in [Timestamp(from.0 - 1), Timestamp(until.0 + 1)] {
        let refused = sign(&plain(), &seal, at).unwrap_err();
        assert!(matches!(refused, SignError::OutOfDate { .. }));
        assert_eq!(refused.fault(), Fault::Refused);
    }
}

#[test]
fn what_is_not_a_pdf_is_not_sealed() {
    let refused = sign(b"not a document", &seal(), AUTHORED);
    assert!(matches!(refused, Err(SignError::Document(_))));
}

#[test]
fn poppler_calls_the_signature_valid_and_the_document_covered() {
    for case in cases::all() {
        let sealed = sign(&compose(&case.findings()).unwrap(), &seal(), AUTHORED).unwrap();
        let Some(said) = peers::ask("pdfsig", &["-nocert"], &sealed) else { return };
        for part in ["Signature is Valid.", "Total document signed", "ETSI.CAdES.detached"] {
            assert!(said.contains(part), "{}: {said}", case.name);
        }
    }
}

#[test]
fn qpdf_finds_no_fault_in_the_file() {
    let sealed = sign(&plain(), &seal(), AUTHORED).unwrap();
    let Some(said) = peers::ask("qpdf", &["--check"], &sealed) else { return };
    assert!(said.contains("No syntax or stream encoding errors found"), "{said}");
}

#[test]
fn pyhanko_judges_the_seal_valid_over_the_entire_file() {
    let seal = seal();
    let sealed = sign(&plain(), &seal, AUTHORED).unwrap();
    let certificate = seal.to_pem().unwrap().certificate;
    let Some(said) = peers::pyhanko(&sealed, &certificate) else { return };
    assert_eq!(said.trim(), "True ENTIRE_FILE True");
}

#[test]
fn pdftotext_reads_what_was_written() {
    let case = cases::progressive();
    let sealed = sign(&compose(&case.findings()).unwrap(), &seal(), AUTHORED).unwrap();
    let Some(said) = peers::text_of(&sealed) else { return };
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "EXAMPLE, ANNA MARIA",
        "Preliminary. RANO 2.0, imaging category: progressive disease",
        "7.10 → 11.90 cm³ (+68 %)",
        "machine seal - not clinician approval",
        "Key images",
    ] {
        assert!(said.contains(part), "'{part}' is not in {said}");
    }
    assert_eq!(said.matches(interval_report::pdf::DISCLAIMER).count(), 2);
}
