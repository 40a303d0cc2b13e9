//! Objects in other transfer syntaxes, and what others see in them.

use crate::json::{every_vr, json};
use crate::outside::{Folder, script, shared_files, tool};
use crate::wire::{DataSet, ITEM, ITEM_END, SEQUENCE_END, UNDEFINED, Wire, mr_image};
use interval_core::uid::SyntaxUid;
use interval_iod::part10;
use interval_iod::transcode::{TranscodeError, transcode};
use interval_iod::uids::{
    DEFLATED_EXPLICIT_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, MR_IMAGE,
};
use std::borrow::Cow;
use std::io::Write as _;

fn syntax(uid: &str) -> SyntaxUid {
    uid.parse().unwrap()
}

/// The object in the first of some syntaxes, as a file.
fn filed(file: &[u8], acceptable: &[&str]) -> Result<Vec<u8>, TranscodeError> {
    let acceptable: Vec<SyntaxUid> = acceptable.iter().map(|uid| syntax(uid)).collect();
    let transcoded = transcode(file, &acceptable)?;
    let (class, instance) = (MR_IMAGE.parse().unwrap(), "1.2.3".parse().unwrap());
    let mut bytes = part10::prefix(&class, &instance, &transcoded.syntax, "");
    bytes.extend_from_slice(&transcoded.data_set);
    Ok(bytes)
}

#[test]
fn an_object_says_the_same_in_every_encoding() {
    for wire in Wire::ALL {
        for set in [every_vr(wire), mr_image(wire)] {
            let file = set.part10();
            for target in [EXPLICIT_LITTLE, IMPLICIT_LITTLE] {
                let written = filed(&file, &[target]).unwrap();
                assert_eq!(json(&written), json(&file), "{wire:?} to {target}");
            }
            let implicit = filed(&file, &[IMPLICIT_LITTLE]).unwrap();
            let there = filed(&implicit, &[EXPLICIT_LITTLE]).unwrap();
            let back = filed(&filed(&there, &[IMPLICIT_LITTLE]).unwrap(), &[EXPLICIT_LITTLE]);
            assert_eq!(back.unwrap(), there);
        }
    }
}
#[test]
fn what_is_acceptable_goes_as_it_is() {
    let file = mr_image(Wire::Big).part10();
    let acceptable = [syntax(EXPLICIT_LITTLE), syntax(EXPLICIT_BIG)];
    let transcoded = transcode(&file, &acceptable).unwrap();
    assert!(matches!(&transcoded.data_set, Cow::Borrowed(bytes) if file.ends_with(bytes)));
    assert_eq!(transcoded.syntax, acceptable[1]);
}
#[test]
fn a_deflated_object_is_opened() {
    let set = mr_image(Wire::Explicit);
    let mut deflater = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    deflater.write_all(&set.bytes).unwrap();
    let deflated = DataSet { bytes: deflater.finish().unwrap(), ..set.clone() };
    let file = deflated.part10_in(DEFLATED_EXPLICIT_LITTLE);
    assert_eq!(json(&file), json(&set.part10()));
    assert_eq!(transcode(&file, &[syntax(EXPLICIT_LITTLE)]).unwrap().data_set, set.bytes);
    assert_eq!(json(&filed(&file, &[IMPLICIT_LITTLE]).unwrap()), json(&set.part10()));
}
#[test]
fn a_syntax_that_nothing_leads_to_is_no_way() {
    let file = mr_image(Wire::Explicit).part10();
    for acceptable in [&[][..], &["1.2.840.10008.1.2.4.80"]] {
        assert!(matches!(filed(&file, acceptable), Err(TranscodeError::NoWay(_))));
    }
}
#[test]
fn a_sequence_of_unknown_representation_is_one_again() {
    let mut inner = DataSet::new(Wire::Implicit);
    inner.text((0x0008, 0x0104), "LO", "meaning ");
    let mut set = DataSet::new(Wire::Explicit);
    set.header((0x0008, 0x1140), "UN", UNDEFINED).header(ITEM, "", UNDEFINED);
    set.bytes.extend(&inner.bytes);
    set.header(ITEM_END, "", 0).header(SEQUENCE_END, "", 0).text((0x0010, 0x0020), "LO", "ID");
    let file = set.part10();
    let implicit = filed(&file, &[IMPLICIT_LITTLE]).unwrap();
    assert_eq!(json(&implicit), json(&file));
    let explicit = transcode(&implicit, &[syntax(EXPLICIT_LITTLE)]).unwrap();
    assert_eq!(&explicit.data_set[..8], [0x08, 0, 0x40, 0x11, b'S', b'Q', 0, 0]);
}
#[test]
fn a_text_too_long_for_its_length_is_of_unknown_representation() {
    let mut set = DataSet::new(Wire::Implicit);
    set.text((0x0010, 0x4000), "LT", &"x".repeat(70_000));
    let file = set.part10();
    let explicit = filed(&file, &[EXPLICIT_LITTLE]).unwrap();
    assert_eq!(&explicit[explicit.len() - 70_008..][..4], b"UN\0\0");
}
#[test]
fn others_see_the_same_pixels() {
    let folder = Folder::new("transcode-others-see-the-same-pixels");
    let mut files = Vec::new();
    for scanner in ["data/dicom_qa/dcm_qa/AxInt36mb", "data/dicom_qa/dcm_qa/AxAsc36mb2a"] {
        files.extend(shared_files(scanner).into_iter().flatten());
    }
    let enhanced = shared_files("data/dicom_qa/dcm_qa_enh/Siemens_XA10");
    files.extend(enhanced.into_iter().flatten().filter(|file| file.len() > 132).take(1));
    let plain = files.clone();
    for (at, file) in plain.iter().enumerate() {
        let Ok(explicit) = filed(file, &[EXPLICIT_LITTLE]) else { continue };
        let source = folder.write(&format!("{at}.plain"), &explicit);
        let packed = source.with_extension("packed");
        let (from, to) = (source.to_str().unwrap(), packed.to_str().unwrap());
        for packer in ["dcmcrle", "dcmcjpeg"] {
            let run = tool(packer, &[from, to]);
            if run.is_some_and(|run| run.status.success()) {
                files.push(std::fs::read(&packed).unwrap());
            }
        }
    }
    let mut written = None;
    for (at, file) in files.iter().enumerate() {
        for (target, name) in [(EXPLICIT_LITTLE, "explicit"), (IMPLICIT_LITTLE, "implicit")] {
            folder.write(&format!("{at:03}-{name}.before"), file);
            let after = filed(file, &[target]).unwrap();
            written = Some(folder.write(&format!("{at:03}-{name}.after"), &after));
        }
    }
    if let Some(written) = written {
        script("pixels.py", &[written.parent().unwrap().to_str().unwrap()]);
    }
}
