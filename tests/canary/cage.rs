//! One canary for each kind of element.

use super::{Canary, Element, nested};

/// How a series codes its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// UTF-8.
    Utf8,
    /// ISO 8859-8.
    Hebrew,
    /// ISO 8859-8 after an escape sequence (ISO 2022).
    HebrewByEscape,
    /// JIS X 0208 after an escape sequence (ISO 2022).
    JapaneseByEscape,
}

impl Coding {
    /// One for each series. The last is that of the series from which the identity is read: texts
    /// behind escape sequences pass the node unread, and would come home as they are.
    pub const ALL: [Self; 4] =
        [Self::Utf8, Self::JapaneseByEscape, Self::HebrewByEscape, Self::Hebrew];

    /// Specific Character Set (0008,0005).
    fn term(self) -> &'static str {
        match self {
            Self::Utf8 => "ISO_IR 192",
            Self::Hebrew => "ISO_IR 138",
            Self::HebrewByEscape => "\\ISO 2022 IR 138",
            Self::JapaneseByEscape => "\\ISO 2022 IR 87",
        }
    }

    /// A text of this coding's alphabet: its bytes. For Japanese the one name that stands here.
    fn code(self, hebrew: &str) -> Vec<u8> {
        let letters = || hebrew.chars().map(|letter| (letter as u32 - 0x05D0 + 0xE0) as u8);
        match self {
            Self::Utf8 => hebrew.as_bytes().to_vec(),
            Self::Hebrew => letters().collect(),
            Self::HebrewByEscape => [0x1B, b'-', b'H'].into_iter().chain(letters()).collect(),
            Self::JapaneseByEscape => [b"\x1B$B".as_slice(), JAPANESE.1, b"\x1B(B"].concat(),
        }
    }
}

/// A name in Japanese, and its bytes in JIS X 0208.
const JAPANESE: (&str, &[u8]) = ("山田太郎", b"\x3B\x33\x45\x44\x42\x40\x4F\x3A");

/// Text elements by VR: each kind of element that may say who somebody is. Which device made an
/// image passes (Retain Device Identity), so Station Name is none of them.
const TEXTS: [((u16, u16), &str); 33] = [
    ((0x0008, 0x0050), "SH"), // Accession Number
    ((0x0008, 0x0054), "AE"), // Retrieve AE Title
    ((0x0008, 0x0080), "LO"), // Institution Name
    ((0x0008, 0x0081), "ST"), // Institution Address
    ((0x0008, 0x0090), "PN"), // Referring Physician's Name
    ((0x0008, 0x0092), "ST"), // Referring Physician's Address
    ((0x0008, 0x0094), "SH"), // Referring Physician's Telephone Numbers
    ((0x0008, 0x0119), "UC"), // Long Code Value
    ((0x0008, 0x0120), "UR"), // URN Code Value
    ((0x0008, 0x1040), "LO"), // Institutional Department Name
    ((0x0008, 0x1048), "PN"), // Physician(s) of Record
    ((0x0008, 0x1050), "PN"), // Performing Physician's Name
    ((0x0008, 0x1070), "PN"), // Operators' Name
    ((0x0008, 0x1080), "LO"), // Admitting Diagnoses Description
    ((0x0008, 0xFFF0), "LO"), // an element that no dictionary has
    ((0x0010, 0x0021), "LO"), // Issuer of Patient ID
    ((0x0010, 0x1000), "LO"), // Other Patient IDs
    ((0x0010, 0x1001), "PN"), // Other Patient Names
    ((0x0010, 0x1040), "LO"), // Patient's Address
    ((0x0010, 0x1060), "PN"), // Patient's Mother's Birth Name
    ((0x0010, 0x2154), "SH"), // Patient's Telephone Numbers
    ((0x0010, 0x21B0), "LT"), // Additional Patient History
    ((0x0010, 0x4000), "LT"), // Patient Comments
    ((0x0020, 0x0010), "SH"), // Study ID
    ((0x0020, 0x4000), "LT"), // Image Comments
    ((0x0032, 0x1032), "PN"), // Requesting Physician
    ((0x0032, 0x1060), "LO"), // Requested Procedure Description
    ((0x0032, 0x4000), "LT"), // Study Comments
    ((0x0040, 0x0241), "AE"), // Performed Station AE Title
    ((0x0040, 0x0254), "LO"), // Performed Procedure Step Description
    ((0x0040, 0x0280), "ST"), // Comments on the Performed Procedure Step
    ((0x0040, 0xA160), "UT"), // Text Value
    ((0x0040, 0xA123), "PN"), // Person Name
];

/// Patient ID of the canaries' patient.
pub const PATIENT_ID: &str = "KANARIID77";
/// Its birth date.
pub const BIRTH_DATE: &str = "19370213";
/// Date of its study.
pub const STUDY_DATE: &str = "20111103";
/// First letters of its name, and the name in Hebrew.
pub const NAME: (&str, &str) = ("KANARINAME^HANNA", "קנריציפורכהנ");

/// All canaries, and the elements that carry them.
#[derive(Debug, Default)]
pub struct Cage {
    /// Texts that belong in no other place.
    pub texts: Vec<Canary>,
    /// UIDs that the processing zone does not see.
    pub uids: Vec<Canary>,
    count: usize,
}

impl Cage {
    /// The elements of a series of one coding; the first call makes the canaries known.
    pub fn elements(&mut self, coding: Coding) -> Vec<Element> {
        self.count = 0;
        let mut elements = vec![Element::new((8, 5), "CS", coding.term())];
        for (tag, vr) in TEXTS {
            elements.push(self.text(tag, vr));
        }
        elements.extend(self.identity(coding));
        elements.extend(self.foreign(coding));
        elements.extend(self.nested());
        elements.extend(self.private());
        elements.extend(self.dated());
        elements.push(self.text((0x6000, 0x0022), "LO")); // Overlay Description
        let trailing = self.text((0xFFFC, 0xFFFC), "OB"); // Data Set Trailing Padding
        elements.push(trailing);
        elements
    }

    fn add(&mut self, canary: Canary) {
        if !self.texts.iter().any(|known| known.place == canary.place) {
            self.texts.push(canary);
        }
    }

    /// An element with a canary of its own.
    fn text(&mut self, tag: (u16, u16), vr: &'static str) -> Element {
        self.count += 1;
        let text = format!("KANARI{:03}X", self.count);
        let place = format!("{vr} ({:04X},{:04X}) no. {}", tag.0, tag.1, self.count);
        self.add(Canary::new(&place, &text, &[]));
        let value = match vr {
            "UR" => format!("urn:{text}"),
            "PN" => format!("{text}^{text}"),
            _ => text,
        };
        Element::new(tag, vr, value)
    }

    fn identity(&mut self, coding: Coding) -> Vec<Element> {
        self.add(Canary::new("patient id", PATIENT_ID, &[]));
        self.add(Canary::new("patient name", NAME.0.split('^').next().unwrap(), &[]));
        self.add(Canary::new("birth date", BIRTH_DATE, b"1937-02-13"));
        let hebrew = Coding::Hebrew.code(NAME.1);
        self.add(Canary::new("patient name in Hebrew", NAME.1, &hebrew));
        let name = [NAME.0.as_bytes(), b"=", &coding.code(NAME.1)].concat();
        vec![
            Element::new((0x0010, 0x0010), "PN", name),
            Element::new((0x0010, 0x0020), "LO", PATIENT_ID),
            Element::new((0x0010, 0x0030), "DA", BIRTH_DATE),
        ]
    }

    /// Names and texts in the alphabet of the coding.
    fn foreign(&mut self, coding: Coding) -> Vec<Element> {
        self.add(Canary::new("name in Japanese", JAPANESE.0, JAPANESE.1));
        let tags = [
            ((0x0010, 0x1005), "PN"), // Patient's Birth Name
            ((0x0010, 0x2180), "SH"), // Occupation
            ((0x0010, 0x21F0), "LO"), // Patient's Religious Preference
            ((0x0018, 0x4000), "LT"), // Acquisition Comments
            ((0x0040, 0x1400), "LT"), // Requested Procedure Comments
            ((0x0040, 0x2400), "LT"), // Imaging Service Request Comments
            ((0x0040, 0x4034), "LO"), // an element that is a sequence by the dictionary
        ];
        let mut elements = Vec::new();
        for (number, (tag, vr)) in tags.into_iter().enumerate() {
            let last = char::from_u32(0x05D0 + number as u32).unwrap();
            let text = format!("צפורקנרית{last}{last}");
            let place = format!("Hebrew {vr} ({:04X},{:04X})", tag.0, tag.1);
            self.add(Canary::new(&place, &text, &Coding::Hebrew.code(&text)));
            elements.push(Element::new(tag, vr, coding.code(&text)));
        }
        elements
    }

    fn nested(&mut self) -> Vec<Element> {
        let inner = nested((0x0040, 0xA730), &[self.text((0x0040, 0xA160), "UT")]);
        let deep = [self.text((0x0040, 0xA123), "PN"), inner];
        let unknown = self.text((0x0040, 0xA124), "UN");
        vec![
            nested((0x0040, 0xA730), &deep), // Content Sequence
            nested(
                (0x0040, 0x0275), // Request Attributes Sequence
                &[
                    self.text((0x0032, 0x1060), "LO"),
                    self.text((0x0040, 0x0007), "LO"),
                    self.text((0x0040, 0x1001), "SH"),
                    unknown,
                ],
            ),
            nested((0x0008, 0x1110), &[self.uid((0x0008, 0x1155))]), // Referenced Study Sequence
            self.uid((0x0008, 0x3010)),                              // Irradiation Event UID
        ]
    }

    fn uid(&mut self, tag: (u16, u16)) -> Element {
        self.count += 1;
        let uid = format!("1.2.826.0.1.3680043.9999.77.{}.1937", self.count);
        let place = format!("UID ({:04X},{:04X})", tag.0, tag.1);
        if !self.uids.iter().any(|known| known.place == place) {
            self.uids.push(Canary::new(&place, &uid, &[]));
        }
        Element::new(tag, "UI", uid)
    }

    fn private(&mut self) -> Vec<Element> {
        let sequence = nested((0x0011, 0x1004), &[self.text((0x0011, 0x1001), "LO")]);
        let inside = nested((0x0011, 0x1005), &[self.text((0x0010, 0x4000), "LT")]);
        // A sequence that somebody along the way did not know.
        let unknown = Element { vr: "UN", ..inside };
        vec![
            self.text((0x0011, 0x0010), "LO"), // the creator of the block itself
            self.text((0x0011, 0x1001), "LO"),
            self.text((0x0011, 0x1002), "UN"),
            self.text((0x0011, 0x1003), "OB"),
            sequence,
            unknown,
            self.text((0x0013, 0x1001), "SH"), // a block without a creator
            Element::new((0x0029, 0x0010), "LO", "SIEMENS CSA HEADER"),
            self.text((0x0029, 0x1010), "OB"),
            self.text((0x0029, 0x1020), "UN"),
            Element::new((0x2001, 0x0010), "LO", "Philips Imaging DD 001"),
            self.text((0x2001, 0x10C8), "LO"), // Exam Card Name
        ]
    }

    fn dated(&mut self) -> Vec<Element> {
        self.add(Canary::new("study date", STUDY_DATE, b"2011-11-03"));
        self.add(Canary::new("other date", "19530607", b"1953-06-07"));
        let day = |tag| Element::new(tag, "DA", STUDY_DATE);
        vec![
            day((0x0008, 0x0020)),
            day((0x0008, 0x0021)),
            day((0x0008, 0x0022)),
            day((0x0008, 0x0023)),
            Element::new((0x0008, 0x002A), "DT", format!("{STUDY_DATE}101112.5")),
            day((0x0040, 0x0244)),
            Element::new((0x0038, 0x0020), "DA", "19530607"), // Admitting Date
        ]
    }
}
