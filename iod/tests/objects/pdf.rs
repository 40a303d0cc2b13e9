//! Encapsulated PDFs.

use crate::fixture::{self, uids};
use crate::outside::{Folder, is_valid, script, shared};
use interval_iod::pdf::{Document, PdfError, extract, write};
use interval_iod::seg::SEGMENTATION;
use interval_iod::sr::COMPREHENSIVE_3D_SR;
use interval_iod::sr::content::Reference;

/// Begins like a PDF; the object does not care how it goes on.
fn pdf(bytes: usize) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n".to_vec();
    pdf.extend((0..bytes - pdf.len()).map(|i| i as u8));
    pdf
}

fn filed(pdf: &[u8]) -> Result<Vec<u8>, PdfError> {
    let sources =
        [(COMPREHENSIVE_3D_SR, "report"), (SEGMENTATION, "segmentation")].map(|(class, name)| {
            Reference { class: class.parse().unwrap(), instance: uids(name).instance }
        });
    let document = Document { title: "Brain tumour follow-up", pdf, sources: &sources };
    write(&fixture::home(&fixture::study("20260401", 0)), &document, &uids("document"))
}

#[test]
fn the_pdf_comes_out_byte_for_byte() {
    for bytes in [1000, 1001] {
        let pdf = pdf(bytes);
        assert_eq!(extract(&filed(&pdf).unwrap()).unwrap(), pdf);
    }
    // A last byte of zero is not padding when the length says so.
    let mut pdf = pdf(1002);
    pdf[1001] = 0;
    assert_eq!(extract(&filed(&pdf).unwrap()).unwrap(), pdf);
}
#[test]
fn something_else_is_not_filed() {
    assert!(matches!(filed(b"<html>"), Err(PdfError::NotPdf)));
    assert!(matches!(filed(b""), Err(PdfError::NotPdf)));
}
#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(filed(&pdf(99)).unwrap(), filed(&pdf(99)).unwrap());
}
#[test]
fn a_false_length_is_found() {
    let mut bytes = filed(&pdf(1001)).unwrap();
    let stated = [0x42, 0, 0x15, 0, b'U', b'L', 4, 0];
    let at = bytes.windows(8).position(|window| window == stated).unwrap() + 8;
    for wrong in [1003_u32, 1000, 0, u32::MAX] {
        bytes[at..at + 4].copy_from_slice(&wrong.to_le_bytes());
        assert!(matches!(extract(&bytes), Err(PdfError::OtherObject(_))), "{wrong}");
    }
}
#[test]
fn other_objects_hold_no_pdf() {
    assert!(extract(b"%PDF-1.7").is_err());
    let Some(bytes) = shared("golden/mr0.dcm") else { return };
    assert!(matches!(extract(&bytes), Err(PdfError::OtherObject(_))));
}
#[test]
fn a_pdf_filed_by_other_software_comes_out() {
    let Some(bytes) = shared("golden/encpdf.dcm") else { return };
    assert_eq!(extract(&bytes).unwrap().len(), 193);
}

#[test]
fn the_object_is_valid_and_others_take_the_same_pdf_out() {
    let folder = Folder::new("pdf-others-take-the-same");
    let pdf = pdf(4321);
    let file = folder.write("pdf.dcm", &filed(&pdf).unwrap());
    is_valid(&file);
    let plain = folder.write("plain.pdf", &pdf);
    let arguments = [&file, &plain].map(|path| path.to_str().expect("a plain path"));
    if let Some(said) = script("pdf.py", &arguments) {
        assert!(said.contains("4321 bytes identical"), "{said}");
    }
}
