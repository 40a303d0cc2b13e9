//! The attributes that can be asked for, as a table (PS3.4 C.6.1.1, C.6.2.1; PS3.18 10.6.3.3).

use std::fmt;

/// A level of the DICOM hierarchy (PS3.4 C.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Patients.
    Patient,
    /// Studies.
    Study,
    /// Series.
    Series,
    /// Instances; DIMSE calls the level IMAGE.
    Instance,
}

impl Level {
    /// The value of Query/Retrieve Level (0008,0052).
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Patient => "PATIENT",
            Level::Study => "STUDY",
            Level::Series => "SERIES",
            Level::Instance => "IMAGE",
        }
    }

    /// The level of that name.
    pub fn of(text: &str) -> Option<Self> {
        let all = [Level::Patient, Level::Study, Level::Series, Level::Instance];
        all.into_iter().find(|level| level.as_str() == text)
    }
}

/// Value representations that occur here (PS3.5 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vr {
    /// Application Entity.
    Ae,
    /// Code String.
    Cs,
    /// Date.
    Da,
    /// Integer String.
    Is,
    /// Long String.
    Lo,
    /// Person Name.
    Pn,
    /// Short String.
    Sh,
    /// Time.
    Tm,
    /// Unique Identifier.
    Ui,
    /// Unsigned Short.
    Us,
}

impl Vr {
    /// Its two letters.
    pub fn as_str(self) -> &'static str {
        match self {
            Vr::Ae => "AE",
            Vr::Cs => "CS",
            Vr::Da => "DA",
            Vr::Is => "IS",
            Vr::Lo => "LO",
            Vr::Pn => "PN",
            Vr::Sh => "SH",
            Vr::Tm => "TM",
            Vr::Ui => "UI",
            Vr::Us => "US",
        }
    }
}

/// Where an attribute comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// From the objects.
    Objects,
    /// Counted or known by whoever answers: told, never matched, but for Modalities in Study and
    /// SOP Classes in Study.
    Archive,
}

macro_rules! attributes {
    ($($keyword:ident $group:literal $element:literal $vr:ident $level:ident $source:ident,)*) => {
        /// An attribute by its DICOM keyword.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the keywords of PS3.6 are the documentation")]
        pub enum Attribute {
            $($keyword,)*
        }

        impl Attribute {
            /// All of them, by tag.
            pub const ALL: &'static [Attribute] = &[$(Attribute::$keyword,)*];

            /// Group and element.
            pub fn tag(self) -> (u16, u16) {
                match self { $(Attribute::$keyword => ($group, $element),)* }
            }

            /// Its keyword in PS3.6.
            pub fn keyword(self) -> &'static str {
                match self { $(Attribute::$keyword => stringify!($keyword),)* }
            }

            /// Its value representation.
            pub fn vr(self) -> Vr {
                match self { $(Attribute::$keyword => Vr::$vr,)* }
            }

            /// The level that it belongs to.
            pub fn level(self) -> Level {
                match self { $(Attribute::$keyword => Level::$level,)* }
            }

            /// Where it comes from.
            pub fn source(self) -> Source {
                match self { $(Attribute::$keyword => Source::$source,)* }
            }
        }
    };
}

attributes! {
    SOPClassUID                        0x0008 0x0016 Ui Instance Objects,
    SOPInstanceUID                     0x0008 0x0018 Ui Instance Objects,
    StudyDate                          0x0008 0x0020 Da Study    Objects,
    SeriesDate                         0x0008 0x0021 Da Series   Objects,
    StudyTime                          0x0008 0x0030 Tm Study    Objects,
    SeriesTime                         0x0008 0x0031 Tm Series   Objects,
    AccessionNumber                    0x0008 0x0050 Sh Study    Objects,
    RetrieveAETitle                    0x0008 0x0054 Ae Study    Archive,
    InstanceAvailability               0x0008 0x0056 Cs Study    Archive,
    Modality                           0x0008 0x0060 Cs Series   Objects,
    ModalitiesInStudy                  0x0008 0x0061 Cs Study    Archive,
    SOPClassesInStudy                  0x0008 0x0062 Ui Study    Archive,
    Manufacturer                       0x0008 0x0070 Lo Series   Objects,
    InstitutionName                    0x0008 0x0080 Lo Series   Objects,
    ReferringPhysicianName             0x0008 0x0090 Pn Study    Objects,
    TimezoneOffsetFromUTC              0x0008 0x0201 Sh Study    Objects,
    StudyDescription                   0x0008 0x1030 Lo Study    Objects,
    SeriesDescription                  0x0008 0x103E Lo Series   Objects,
    PatientName                        0x0010 0x0010 Pn Patient  Objects,
    PatientID                          0x0010 0x0020 Lo Patient  Objects,
    IssuerOfPatientID                  0x0010 0x0021 Lo Patient  Objects,
    PatientBirthDate                   0x0010 0x0030 Da Patient  Objects,
    PatientSex                         0x0010 0x0040 Cs Patient  Objects,
    BodyPartExamined                   0x0018 0x0015 Cs Series   Objects,
    ProtocolName                       0x0018 0x1030 Lo Series   Objects,
    StudyInstanceUID                   0x0020 0x000D Ui Study    Objects,
    SeriesInstanceUID                  0x0020 0x000E Ui Series   Objects,
    StudyID                            0x0020 0x0010 Sh Study    Objects,
    SeriesNumber                       0x0020 0x0011 Is Series   Objects,
    InstanceNumber                     0x0020 0x0013 Is Instance Objects,
    NumberOfPatientRelatedStudies      0x0020 0x1200 Is Patient  Archive,
    NumberOfPatientRelatedSeries       0x0020 0x1202 Is Patient  Archive,
    NumberOfPatientRelatedInstances    0x0020 0x1204 Is Patient  Archive,
    NumberOfStudyRelatedSeries         0x0020 0x1206 Is Study    Archive,
    NumberOfStudyRelatedInstances      0x0020 0x1208 Is Study    Archive,
    NumberOfSeriesRelatedInstances     0x0020 0x1209 Is Series   Archive,
    NumberOfFrames                     0x0028 0x0008 Is Instance Objects,
    Rows                               0x0028 0x0010 Us Instance Objects,
    Columns                            0x0028 0x0011 Us Instance Objects,
    BitsAllocated                      0x0028 0x0100 Us Instance Objects,
    PerformedProcedureStepStartDate    0x0040 0x0244 Da Series   Objects,
    PerformedProcedureStepStartTime    0x0040 0x0245 Tm Series   Objects,
}

impl Attribute {
    /// The attribute with a tag.
    pub fn by_tag(group: u16, element: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|attribute| attribute.tag() == (group, element))
    }

    /// The attribute with a keyword, or with a tag written as eight hexadecimal digits (PS3.18
    /// 8.3.4).
    pub fn by_name(name: &str) -> Option<Self> {
        let keyword = Self::ALL.iter().copied().find(|attribute| attribute.keyword() == name);
        keyword.or_else(|| {
            let digits = name.len() == 8 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
            let tag = u32::from_str_radix(name, 16).ok().filter(|_| digits)?;
            Self::by_tag((tag >> 16) as u16, tag as u16)
        })
    }

    /// Whether it can be matched, and not only told.
    pub fn is_key(self) -> bool {
        let listed = [Attribute::ModalitiesInStudy, Attribute::SOPClassesInStudy];
        self.source() == Source::Objects || listed.contains(&self)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_tags() {
        let tags: Vec<_> = Attribute::ALL.iter().map(|attribute| attribute.tag()).collect();
        assert!(tags.windows(2).all(|pair| pair[0] < pair[1]));
    }
    #[test]
    fn an_attribute_is_named_by_keyword_or_tag() {
        assert_eq!(Attribute::by_name("PatientID"), Some(Attribute::PatientID));
        assert_eq!(Attribute::by_name("00100020"), Some(Attribute::PatientID));
        assert_eq!(Attribute::by_name("0010002"), None);
        assert_eq!(Attribute::by_name("+0100020"), None);
        assert_eq!(Attribute::by_name("PatientAge"), None);
    }
    #[test]
    fn a_count_is_told_and_never_matched() {
        assert!(!Attribute::NumberOfStudyRelatedInstances.is_key());
        assert!(Attribute::ModalitiesInStudy.is_key());
    }
    #[test]
    fn levels_have_the_names_of_the_standard() {
        assert_eq!(Level::of("IMAGE"), Some(Level::Instance));
        assert_eq!(Level::of("INSTANCE"), None);
    }
}
