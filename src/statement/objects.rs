//! The objects that we make, their codes, and the character sets that we read.

use super::Text;
use interval_iod::codes;
use interval_iod::home::MANUFACTURER;

/// Objects that we make: name, SOP class, Modality, what is in it.
const MADE: [(&str, &str, &str, &str); 4] = [
    (
        "Segmentation",
        "1.2.840.10008.5.1.4.1.1.66.4",
        "SEG",
        "BINARY, on the grid of the source series; a segment for each lesion and region, each with \
         Tracking ID and UID, algorithm identification, display colour; SEMIAUTOMATIC where a person corrected the outlines; \
         Derivation Image Sequence to the source images",
    ),
    (
        "Comprehensive 3D SR",
        "1.2.840.10008.5.1.4.1.1.88.34",
        "SR",
        "TID 1500: a measurement group for each lesion with the Tracking UIDs of the segmentation, \
         volumes, diameters, change, response; PRELIMINARY and UNVERIFIED until a person signed, \
         then FINAL and VERIFIED with the verifying observer; predecessor documents where it \
         replaces another",
    ),
    (
        "Encapsulated PDF",
        "1.2.840.10008.5.1.4.1.1.104.1",
        "DOC",
        "the signed report (PAdES B-B), its exact length in (0042,0015), source instances; \
         verification and predecessor documents as in the SR",
    ),
    (
        "Key Object Selection",
        "1.2.840.10008.5.1.4.1.1.88.59",
        "KO",
        "when a person rejected a result: TID 2010, Rejected for Quality Reasons (113001, DCM), the \
         reason, and every object of the version that is taken back",
    ),
];

/// Sections 5 and 6.
pub fn tell(text: &mut Text) {
    text.heading("## 5 Objects that we make");
    text.say(&format!(
        "All are Explicit VR Little Endian, in ISO_IR 192, in the study of the images, in series \
         of their own; Patient and General Study are those of the source images. Manufacturer \
         (0008,0070) is {MANUFACTURER}. UIDs are derived (2.25), so that a repeated analysis gives \
         the same. No private attributes; no Standard Extended or Specialised SOP classes."
    ));
    let row = |(name, class, modality, content): &(&str, &str, &str, &str)| {
        [*name, *class, *modality, *content].map(str::to_owned)
    };
    text.table(["object", "SOP class UID", "Modality", "content"], MADE.iter().map(row));
    text.heading("### 5.1 Coded concepts");
    text.say(&format!(
        "Private codes are of the scheme {} (UID {}, version {}), which each object declares.",
        codes::SCHEME,
        codes::SCHEME_UID,
        codes::SCHEME_VERSION
    ));
    let code = |code: &codes::Code| [code.value, code.scheme, code.meaning].map(str::to_owned);
    text.table(["value", "scheme", "meaning"], codes::ALL.iter().map(code));
    text.heading("## 6 Character sets");
    text.say(
        "Read: ISO_IR 6, 100, 101, 109, 110, 126, 127, 138, 144, 148, 166, 13, 192, GB18030, GBK, \
         and ISO 2022 code extensions with IR 6, 13, 58, 87, 149, 159 and the single-byte sets. \
         Text without a declared set is read as UTF-8 where it is that, else as Latin-1. Written: \
         ISO_IR 192.",
    );
}
