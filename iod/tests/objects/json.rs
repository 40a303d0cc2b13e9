//! DICOM JSON, against other people's.

use crate::fixture::{self, uids};
use crate::outside::{Folder, script, shared_files};
use crate::wire::{
    DataSet, ITEM, ITEM_END, PIXEL_DATA, SEQUENCE_END, Stated, UNDEFINED, Wire, mr_image,
};
use interval_iod::json::{Surroundings, write};
use interval_iod::pdf::Document;
use interval_iod::uids::{EXPLICIT_LITTLE, IMPLICIT_LITTLE};
use interval_iod::{pdf, seg};

/// Folders of scanners' files: classic from two makers, mosaics, lossy and reversible, enhanced.
const SCANNERS: [&str; 5] = [
    "data/dicom_qa/dcm_qa_ge/In/05_3D_Ax_T1_MP_RAGE_R22",
    "data/dicom_qa/dcm_qa_enh/Siemens_XA10",
    "data/dicom_qa/dcm_qa/AxInt36mb",
    "data/dicom_qa/dcm_qa/AxAsc36mb2a",
    "data/dicom_qa/dcm_qa_nih/In/20180918GE/mr_0004",
];

pub fn json(part10: &[u8]) -> String {
    let mut json = Vec::new();
    let surroundings = Surroundings { instance: "/instance", available: &[] };
    write(part10, &surroundings, &mut json).unwrap();
    String::from_utf8(json).unwrap()
}

/// An image with every VR, in an encoding.
pub fn every_vr(wire: Wire) -> DataSet {
    let mut set = DataSet::new(wire);
    let bytes = |number: &[u8], wire| {
        let mut bytes = number.to_vec();
        if wire == Wire::Big {
            bytes.reverse();
        }
        bytes
    };
    let mut item = DataSet::new(wire);
    item.text((0x0008, 0x0100), "SH", "T-1 \"x\"").text((0x0008, 0x0104), "LO", "Größe\\");
    set.text((0x0008, 0x0005), "CS", "ISO_IR 192")
        .text((0x0008, 0x0008), "CS", "ORIGINAL\\\\OTHER")
        .text((0x0008, 0x0016), "UI", "1.2.840.10008.5.1.4.1.1.4")
        .text((0x0008, 0x0018), "UI", "1.2.3")
        .text((0x0008, 0x0020), "DA", "20260101")
        .text((0x0008, 0x002A), "DT", "20260101101112.5")
        .text((0x0008, 0x0030), "TM", "101112.25")
        .text((0x0008, 0x0054), "AE", "PACS ")
        .text((0x0008, 0x0119), "UC", "a long value")
        .text((0x0008, 0x0120), "UR", "https://example.org/a")
        .text((0x0008, 0x1030), "LO", "")
        .sequence((0x0008, 0x1032), Stated::Delimiter, &item)
        .sequence((0x0008, 0x1110), Stated::Length, &DataSet::new(wire))
        .text((0x0010, 0x0010), "PN", "Müller^Jürgen=山田^太郎=")
        .text((0x0010, 0x1010), "AS", "045Y")
        .text((0x0010, 0x4000), "LT", "one\\two\r\nthree")
        .text((0x0018, 0x0050), "DS", "+1.50 ")
        .text((0x0018, 0x1000), "LO", "tab\there")
        .element((0x0018, 0x6020), "SL", &bytes(&(-5i32).to_le_bytes(), wire))
        .element((0x0018, 0x9073), "FD", &bytes(&1.25e-7f64.to_le_bytes(), wire))
        .text((0x0020, 0x000D), "UI", "1.2.3.4")
        .text((0x0020, 0x000E), "UI", "1.2.3.4.5")
        .text((0x0020, 0x0013), "IS", " 007")
        .header((0x0028, 0x0009), "AT", 4)
        .half(0x0018)
        .half(0x1063)
        .number((0x0028, 0x0010), 2)
        .number((0x0028, 0x0011), 2)
        .text((0x0028, 0x0030), "DS", "0.5\\5e-1")
        .number((0x0028, 0x0100), 16)
        .number((0x0028, 0x0103), 1)
        .element((0x0028, 0x0106), "SS", &bytes(&(-3i16).to_le_bytes(), wire))
        .text((0x0040, 0xA160), "UT", "a text")
        .element((0x0066, 0x0016), "OF", &bytes(&1.5f32.to_le_bytes(), wire))
        .element((0x0070, 0x0022), "FL", &bytes(&0.1f32.to_le_bytes(), wire))
        .element(PIXEL_DATA, "OW", &[0, 1, 2, 3, 4, 5, 6, 7]);
    set
}

#[test]
fn others_read_the_same_in_objects_of_all_kinds() {
    let folder = Folder::new("json-others-read-the-same");
    let mut objects = Vec::new();
    for wire in Wire::ALL {
        objects.push(every_vr(wire).part10());
        objects.push(mr_image(wire).part10());
    }
    let exams = fixture::study("20260401", 3);
    let model = fixture::model();
    let home = fixture::home(&exams);
    let segments = exams.segments(&model);
    objects.push(seg::write(&home, &exams.source(), &segments, &uids("seg")).unwrap());
    objects.push(crate::sr::example());
    let document = Document { title: "Verlauf", pdf: &b"%PDF-1.7 x".repeat(300), sources: &[] };
    objects.push(pdf::write(&home, &document, &uids("document")).unwrap());
    for scanner in SCANNERS {
        let Some(files) = shared_files(scanner) else { continue };
        objects
            .extend(files.into_iter().filter(|file| file.get(128..132) == Some(b"DICM")).take(3));
    }
    for (at, object) in objects.iter().enumerate() {
        folder.write(&format!("{at:03}.dcm"), object);
        let file = folder.write(&format!("{at:03}.json"), json(object).as_bytes());
        if at + 1 == objects.len() {
            script("dicom_json.py", &[file.parent().unwrap().to_str().unwrap()]);
        }
    }
}
#[test]
fn a_file_cut_off_in_its_pixels_has_the_same_json() {
    for wire in Wire::ALL {
        let file = every_vr(wire).part10();
        assert_eq!(json(&file[..file.len() - 4]), json(&file));
    }
    let cut = every_vr(Wire::Explicit).part10();
    let mut short = Vec::new();
    let surroundings = Surroundings::default();
    assert!(write(&cut[..cut.len() - 30], &surroundings, &mut short).is_err());
    assert!(short.is_empty());
}
#[test]
fn what_the_archive_knows_stands_among_the_tags() {
    let available = [EXPLICIT_LITTLE, IMPLICIT_LITTLE].map(|uid| uid.parse().unwrap());
    let surroundings = Surroundings { instance: "/instance", available: &available };
    let mut json = Vec::new();
    write(&mr_image(Wire::Explicit).part10(), &surroundings, &mut json).unwrap();
    let json = String::from_utf8(json).unwrap();
    let expected = r#","00083002":{"vr":"UI","Value":["1.2.840.10008.1.2.1","1.2.840.10008.1.2"]},"00090010":"#;
    assert!(json.contains(expected), "{json}");
}
#[test]
fn an_unknown_sequence_is_one_and_knows_its_alphabet() {
    let mut inner = DataSet::new(Wire::Implicit);
    inner.text((0x0008, 0x0005), "CS", "ISO_IR 100").element(
        (0x0008, 0x0104),
        "LO",
        b"Gr\xF6\xDFe ",
    );
    let mut set = DataSet::new(Wire::Explicit);
    set.text((0x0008, 0x0005), "CS", "ISO_IR 192");
    set.header((0x0008, 0x1140), "UN", UNDEFINED).header(ITEM, "", UNDEFINED);
    set.bytes.extend(&inner.bytes);
    set.header(ITEM_END, "", 0).header(SEQUENCE_END, "", 0);
    set.text((0x0010, 0x0010), "UN", "Größe").element((0x0029, 0x1010), "OB", &[0; 1025]);
    let expected = [
        r#"{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00081140":{"vr":"SQ","Value":[{"#,
        r#""00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00080104":{"vr":"LO","Value":["Größe"]}}]}"#,
        r#","00100010":{"vr":"PN","Value":[{"Alphabetic":"Größe"}]}"#,
        r#","00291010":{"vr":"OB","BulkDataURI":"/instance/bulkdata/00291010"}}"#,
    ];
    assert_eq!(json(&set.part10()), expected.concat());
}
