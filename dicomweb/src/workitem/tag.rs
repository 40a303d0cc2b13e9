//! Attributes of a workitem (PS3.3 C.30, PS3.4 table CC.2.5-3): their tags, and those that can be
//! searched for.

use crate::json::{Tag, Vr};

macro_rules! tags {
    ($($name:ident $keyword:ident $group:literal $element:literal $vr:ident,)*) => {
        $(
            #[doc = stringify!($keyword)]
            pub const $name: Tag = Tag($group, $element);
        )*

        /// Keyword, tag and representation of each.
        pub const KNOWN: &[(&str, Tag, Vr)] = &[$((stringify!($keyword), $name, Vr::$vr),)*];
    };
}

tags! {
    AFFECTED_CLASS              AffectedSOPClassUID                           0x0000 0x0002 UI,
    AFFECTED_INSTANCE           AffectedSOPInstanceUID                        0x0000 0x1000 UI,
    CLASS                       SOPClassUID                                   0x0008 0x0016 UI,
    INSTANCE                    SOPInstanceUID                                0x0008 0x0018 UI,
    ACCESSION_NUMBER            AccessionNumber                               0x0008 0x0050 SH,
    CODE_VALUE                  CodeValue                                     0x0008 0x0100 SH,
    CODING_SCHEME               CodingSchemeDesignator                        0x0008 0x0102 SH,
    CODE_MEANING                CodeMeaning                                   0x0008 0x0104 LO,
    REFERENCED_CLASS            ReferencedSOPClassUID                         0x0008 0x1150 UI,
    REFERENCED_INSTANCE         ReferencedSOPInstanceUID                      0x0008 0x1155 UI,
    TRANSACTION                 TransactionUID                                0x0008 0x1195 UI,
    REFERENCED_SOP              ReferencedSOPSequence                         0x0008 0x1199 SQ,
    PATIENT_NAME                PatientName                                   0x0010 0x0010 PN,
    PATIENT_ID                  PatientID                                     0x0010 0x0020 LO,
    ISSUER_OF_PATIENT_ID        IssuerOfPatientID                             0x0010 0x0021 LO,
    PATIENT_BIRTH_DATE          PatientBirthDate                              0x0010 0x0030 DA,
    PATIENT_SEX                 PatientSex                                    0x0010 0x0040 CS,
    STUDY                       StudyInstanceUID                              0x0020 0x000D UI,
    SERIES                      SeriesInstanceUID                             0x0020 0x000E UI,
    ADMISSION_ID                AdmissionID                                   0x0038 0x0010 LO,
    REQUESTED_PROCEDURE_ID      RequestedProcedureID                          0x0040 0x1001 SH,
    START                       ScheduledProcedureStepStartDateTime           0x0040 0x4005 DT,
    MODIFIED                    ScheduledProcedureStepModificationDateTime    0x0040 0x4010 DT,
    EXPECTED_END                ExpectedCompletionDateTime                    0x0040 0x4011 DT,
    SCHEDULED_WORKITEM          ScheduledWorkitemCodeSequence                 0x0040 0x4018 SQ,
    PERFORMED_WORKITEM          PerformedWorkitemCodeSequence                 0x0040 0x4019 SQ,
    INPUT                       InputInformationSequence                      0x0040 0x4021 SQ,
    STATION_NAME                ScheduledStationNameCodeSequence              0x0040 0x4025 SQ,
    STATION_CLASS               ScheduledStationClassCodeSequence             0x0040 0x4026 SQ,
    STATION_LOCATION            ScheduledStationGeographicLocationCodeSequence 0x0040 0x4027 SQ,
    PERFORMED_STATION           PerformedStationNameCodeSequence              0x0040 0x4028 SQ,
    OUTPUT                      OutputInformationSequence                     0x0040 0x4033 SQ,
    HUMAN_PERFORMERS            ScheduledHumanPerformersSequence              0x0040 0x4034 SQ,
    READINESS                   InputReadinessState                           0x0040 0x4041 CS,
    PERFORMED_START             PerformedProcedureStepStartDateTime           0x0040 0x4050 DT,
    PERFORMED_END               PerformedProcedureStepEndDateTime             0x0040 0x4051 DT,
    CANCELLED_AT                ProcedureStepCancellationDateTime             0x0040 0x4052 DT,
    REFERENCED_REQUEST          ReferencedRequestSequence                     0x0040 0xA370 SQ,
    STATE                       ProcedureStepState                            0x0074 0x1000 CS,
    PROGRESS_INFORMATION        ProcedureStepProgressInformationSequence      0x0074 0x1002 SQ,
    PROGRESS                    ProcedureStepProgress                         0x0074 0x1004 DS,
    PROGRESS_DESCRIPTION        ProcedureStepProgressDescription              0x0074 0x1006 ST,
    CONTACT_URI                 ContactURI                                    0x0074 0x100A UR,
    CONTACT_NAME                ContactDisplayName                            0x0074 0x100C LO,
    DISCONTINUATION             ProcedureStepDiscontinuationReasonCodeSequence 0x0074 0x100E SQ,
    PRIORITY                    ScheduledProcedureStepPriority                0x0074 0x1200 CS,
    WORKLIST                    WorklistLabel                                 0x0074 0x1202 LO,
    LABEL                       ProcedureStepLabel                            0x0074 0x1204 LO,
    PARAMETERS                  ScheduledProcessingParametersSequence         0x0074 0x1210 SQ,
    PERFORMED                   UnifiedProcedureStepPerformedProcedureSequence 0x0074 0x1216 SQ,
    CANCELLATION_REASON         ReasonForCancellation                         0x0074 0x1238 LT,
}

/// The class that every workitem is of: UPS Push.
pub const PUSH_CLASS: &str = "1.2.840.10008.5.1.4.34.6.1";

/// The worklist as a whole, as a target of subscriptions.
pub const GLOBAL: &str = "1.2.840.10008.5.1.4.34.5";

/// What of the worklist is as a filter says, as a target of subscriptions.
pub const FILTERED: &str = "1.2.840.10008.5.1.4.34.5.1";

/// The attribute of a keyword, or of a tag in eight hexadecimal digits, with its representation
/// where it is known.
pub fn by_name(name: &str) -> Option<(Tag, Option<Vr>)> {
    if let Some((_, tag, vr)) = KNOWN.iter().find(|(keyword, ..)| *keyword == name) {
        return Some((*tag, Some(*vr)));
    }
    let tag = name.parse().ok()?;
    let vr = KNOWN.iter().find(|(_, known, _)| *known == tag).map(|(_, _, vr)| *vr);
    Some((tag, vr))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_tags() {
        assert!(KNOWN.windows(2).all(|pair| pair[0].1 < pair[1].1));
    }
    #[test]
    fn an_attribute_is_named_by_keyword_or_tag() {
        assert_eq!(by_name("ProcedureStepState"), Some((STATE, Some(Vr::CS))));
        assert_eq!(by_name("00741000"), Some((STATE, Some(Vr::CS))));
        assert_eq!(by_name("00091001"), Some((Tag(9, 0x1001), None)));
        assert_eq!(by_name("Nonsense"), None);
    }
}
