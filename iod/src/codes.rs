//! Every coded concept that we write, once (PS3.3 section 8).
//!
//! Standard codes come from PS3.16 (the context group is named where there is one). A code of our
//! own scheme is used only where no standard code exists; the scheme is declared in each object.

use interval_core::lesion::{Fate, Region};
use interval_core::response::Category;

/// One coded concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Code Value (0008,0100).
    pub value: &'static str,
    /// Coding Scheme Designator (0008,0102).
    pub scheme: &'static str,
    /// Code Meaning (0008,0104).
    pub meaning: &'static str,
}

/// Designator of our own scheme; "99" marks a private one (PS3.3 section 8.2).
pub const SCHEME: &str = "99INTERVAL";
/// Coding Scheme UID (0008,010C) of our own scheme.
pub const SCHEME_UID: &str = "2.25.329800735698586629295641978511506172918";
/// Coding Scheme Name (0008,0115) of our own scheme.
pub const SCHEME_NAME: &str = "Interval private codes";
/// Coding Scheme Version (0008,0103): raised when the meaning of a private code changes.
pub const SCHEME_VERSION: &str = "1";

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $value:literal, $scheme:expr, $meaning:literal;)*) => {
        $(
            $(#[$doc])*
            pub const $name: Code = Code { value: $value, scheme: $scheme, meaning: $meaning };
        )*
        /// All of them, for whoever lists what we write.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    // What is seen: categories and regions (CID 7150, 7168, 7159).
    /// Category of every segment.
    ABNORMAL_STRUCTURE = "49755003", "SCT", "Morphologically Abnormal Structure";
    /// ET.
    ENHANCING_LESION = "C113842", "NCIt", "Enhancing Lesion";
    /// NETC.
    NON_ENHANCING_LESION = "C81175", "NCIt", "Non-Enhancing Lesion";
    /// SNFH.
    EDEMA = "79654002", "SCT", "Edema";
    /// RC: no standard code.
    RESECTION_CAVITY = "RESCAV", SCHEME, "Resection cavity";
    /// ET + NETC + SNFH.
    WHOLE_TUMOR = "WT", SCHEME, "Whole tumor (ET+NETC+SNFH)";
    /// ET + NETC.
    TUMOR_CORE = "TC", SCHEME, "Tumor core (ET+NETC)";
    /// All lesions of a patient together (CID 7194).
    BRAIN_LESION = "301766008", "SCT", "Lesion of Brain";
    /// Where it is.
    BRAIN = "12738006", "SCT", "Brain";
    /// Value of Modality in an image library.
    MAGNETIC_RESONANCE = "MR", "DCM", "Magnetic Resonance";

    // How a segmentation came about.
    /// Derivation of a SEG frame (CID 7203).
    SEGMENTATION = "113076", "DCM", "Segmentation";
    /// Purpose of the images it was derived from (CID 7202).
    SOURCE_FOR_PROCESSING = "121322", "DCM", "Source Image for Image Processing Operation";
    /// Algorithm family (CID 7162).
    ARTIFICIAL_INTELLIGENCE = "123110", "DCM", "Artificial Intelligence";

    // Documents and their frame (TID 1500, 1001, 1204).
    /// Title of the structured report (CID 7021).
    ONCOLOGY_REPORT = "126001", "DCM", "Oncology Measurement Report";
    /// Title of the PDF report.
    IMAGING_STUDY = "18748-4", "LN", "Diagnostic imaging study";
    /// Name of the language item.
    LANGUAGE = "121049", "DCM", "Language of Content Item and Descendants";
    /// The language.
    ENGLISH = "en-US", "RFC5646", "English (United States)";
    /// Name of the procedure item.
    PROCEDURE_REPORTED = "121058", "DCM", "Procedure reported";
    /// The procedure (LOINC).
    BRAIN_MRI = "24590-2", "LN", "Brain MRI";

    // Who observed (TID 1002, 1004).
    /// Name of the item that says who observes.
    OBSERVER_TYPE = "121005", "DCM", "Observer Type";
    /// A person who observed (TID 1003).
    PERSON = "121006", "DCM", "Person";
    /// Name of the person.
    PERSON_NAME = "121008", "DCM", "Person Observer Name";
    /// Title of a note that takes results back (CID 7010, 7011).
    REJECTED_FOR_QUALITY = "113001", "DCM", "Rejected for Quality Reasons";
    /// Why they were taken back (TID 2010).
    KEY_OBJECT_DESCRIPTION = "113012", "DCM", "Key Object Description";
    /// A machine does (CID 270).
    DEVICE = "121007", "DCM", "Device";
    /// Its UID.
    DEVICE_UID = "121012", "DCM", "Device Observer UID";
    /// Its name.
    DEVICE_NAME = "121013", "DCM", "Device Observer Name";
    /// Its maker.
    DEVICE_MANUFACTURER = "121014", "DCM", "Device Observer Manufacturer";
    /// Its model.
    DEVICE_MODEL = "121015", "DCM", "Device Observer Model Name";
    /// Its serial number.
    DEVICE_SERIAL = "121016", "DCM", "Device Observer Serial Number";

    // Image library (TID 1600 to 1602).
    /// Container of all images.
    IMAGE_LIBRARY = "111028", "DCM", "Image Library";
    /// Container of one series.
    IMAGE_LIBRARY_GROUP = "126200", "DCM", "Image Library Group";
    /// Name of an image in the library.
    SOURCE = "260753009", "SCT", "Source";
    /// Modality of a series.
    MODALITY = "121139", "DCM", "Modality";
    /// Date of a study.
    STUDY_DATE = "111060", "DCM", "Study Date";
    /// Frame of reference of a series.
    FRAME_OF_REFERENCE = "112227", "DCM", "Frame of Reference UID";
    /// What a series shows, in our words.
    SERIES_ROLE = "ROLE", SCHEME, "Role of series";

    // Groups (TID 1411, 1501).
    /// Container of all groups.
    IMAGING_MEASUREMENTS = "126010", "DCM", "Imaging Measurements";
    /// Container of one group.
    MEASUREMENT_GROUP = "125007", "DCM", "Measurement Group";
    /// Container of statements in words (TID 1500).
    QUALITATIVE_EVALUATIONS = "C0034375", "UMLS", "Qualitative Evaluations";
    /// Name of a lesion, for people.
    TRACKING_IDENTIFIER = "112039", "DCM", "Tracking Identifier";
    /// Name of a lesion, for life.
    TRACKING_UID = "112040", "DCM", "Tracking Unique Identifier";
    /// Category of a finding.
    FINDING_CATEGORY = "276214006", "SCT", "Finding category";
    /// A finding.
    FINDING = "121071", "DCM", "Finding";
    /// Place of a finding.
    FINDING_SITE = "363698007", "SCT", "Finding Site";
    /// Remark in words.
    COMMENT = "121106", "DCM", "Comment";
    /// Final sentence.
    CONCLUSION = "121077", "DCM", "Conclusion";
    /// How something was measured, or by which criteria.
    MEASUREMENT_METHOD = "370129005", "SCT", "Measurement Method";
    /// Criteria (CID 6147).
    RANO = "C114879", "NCIt", "RANO";
    /// A segment of a segmentation.
    REFERENCED_SEGMENT = "121191", "DCM", "Referenced Segment";
    /// The series that was outlined.
    SOURCE_SERIES = "121232", "DCM", "Source series for segmentation";
    /// An image that was measured.
    SOURCE_OF_MEASUREMENT = "121112", "DCM", "Source of Measurement";
    /// A line that was measured.
    PATH = "121055", "DCM", "Path";

    // Algorithm identification (TID 4019).
    /// Family of an algorithm.
    ALGORITHM_FAMILY = "111000", "DCM", "Algorithm Family";
    /// Name of an algorithm.
    ALGORITHM_NAME = "111001", "DCM", "Algorithm Name";
    /// Parameter of an algorithm.
    ALGORITHM_PARAMETERS = "111002", "DCM", "Algorithm Parameters";
    /// Version of an algorithm.
    ALGORITHM_VERSION = "111003", "DCM", "Algorithm Version";
    /// Maker of an algorithm.
    ALGORITHM_MANUFACTURER = "122405", "DCM", "Algorithm Manufacturer";

    // Timepoints (TID 1502, CID 6146).
    /// A timepoint, for people.
    TIME_POINT = "C2348792", "UMLS", "Time Point";
    /// What kind of timepoint.
    TIME_POINT_TYPE = "126072", "DCM", "Time Point Type";
    /// Its number.
    TIME_POINT_ORDER = "126073", "DCM", "Time Point Order";
    /// Its name.
    TIME_POINT_IDENTIFIER = "126070", "DCM", "Subject Time Point Identifier";
    /// Days since an event.
    TEMPORAL_OFFSET = "128740", "DCM", "Longitudinal Temporal Offset from Event";
    /// The event.
    TEMPORAL_EVENT = "128741", "DCM", "Longitudinal Temporal Event Type";
    /// Reference named by the clinical dates.
    BASELINE = "C1442488", "UMLS", "Baseline";
    /// Timepoint with the smallest burden.
    NADIR = "C1708760", "UMLS", "Nadir";
    /// Reference for want of clinical dates: never called baseline.
    EARLIEST_AVAILABLE = "EARLIEST", SCHEME, "Earliest available study";

    // Measurements (CID 7470, 7472, 7474) and what they are modified by.
    /// Volume.
    VOLUME = "118565006", "SCT", "Volume";
    /// How volumes are measured (CID 7474).
    VOXEL_SUM = "126030", "DCM", "Sum of segmented voxel method for volume";
    /// Longest diameter in the plane.
    LONG_AXIS = "103339001", "SCT", "Long axis";
    /// Longest diameter across it.
    SHORT_AXIS = "103340004", "SCT", "Short axis";
    /// Their product.
    PRODUCT = "BIDPROD", SCHEME, "Product of perpendicular diameters";
    /// Sum of products over the measurable targets.
    SUM_OF_PRODUCTS = "SPD", SCHEME, "Sum of products of diameters";
    /// Sum of the long axes.
    SUM_OF_LONG_AXES = "SLD", SCHEME, "Sum of longest diameters";
    /// Volume of all lesions.
    TOTAL_VOLUME = "TOTVOL", SCHEME, "Total volume of all lesions";
    /// Change since the baseline.
    PERCENT_FROM_BASELINE = "PCTBASE", SCHEME, "Percent change from baseline";
    /// Change since the earliest study there is.
    PERCENT_FROM_EARLIEST = "PCTEARLY", SCHEME, "Percent change from earliest available study";
    /// Change since the nadir.
    PERCENT_FROM_NADIR = "PCTNADIR", SCHEME, "Percent change from nadir";
    /// Change since the study before.
    PERCENT_FROM_PRIOR = "PCTPRIOR", SCHEME, "Percent change from prior study";
    /// Change since the study before, in cm3.
    VOLUME_CHANGE = "DELTAVOL", SCHEME, "Change of volume from prior study";
    /// Half the span between the volumes of an outline half a voxel further in and out.
    VOLUME_UNCERTAINTY = "PROPVOLERR", SCHEME, "Volume uncertainty from outline position";
    /// Volume if the outline lay half a voxel further in.
    VOLUME_INNER = "VOLINNER", SCHEME, "Volume with outline half a voxel inward";
    /// Volume if the outline lay half a voxel further out.
    VOLUME_OUTER = "VOLOUTER", SCHEME, "Volume with outline half a voxel outward";
    /// Components that were too small to count.
    IGNORED_COMPONENTS = "IGNCOUNT", SCHEME, "Components below detection floor";
    /// Their volume.
    IGNORED_VOLUME = "IGNVOL", SCHEME, "Volume of components below detection floor";
    /// A number that could not be computed (CID 42).
    NOT_A_NUMBER = "114000", "DCM", "Not a number";

    // Units (UCUM, CID 82).
    /// Unit of volume.
    CM3 = "cm3", "UCUM", "cubic centimeter";
    /// Unit of length.
    MM = "mm", "UCUM", "millimeter";
    /// Unit of area.
    MM2 = "mm2", "UCUM", "square millimeter";
    /// Per cent.
    PERCENT = "%", "UCUM", "Percent";
    /// Unit of time.
    DAY = "d", "UCUM", "day";
    /// Unit of counts.
    NO_UNITS = "1", "UCUM", "no units";

    // Response.
    /// All things considered.
    RESPONSE_EVALUATION = "112020", "DCM", "Response Evaluation";
    /// By the images alone.
    IMAGING_CATEGORY = "IMGRESP", SCHEME, "Response category by imaging alone";
    /// CR.
    COMPLETE_RESPONSE = "C4870", "NCIt", "Complete Response";
    /// PR.
    PARTIAL_RESPONSE = "C18058", "NCIt", "Partial Response";
    /// SD.
    STABLE_DISEASE = "C18213", "NCIt", "Stable Disease";
    /// PD.
    PROGRESSIVE_DISEASE = "C35571", "NCIt", "Progressive Disease";
    /// No category for want of an earlier or a measurable timepoint.
    NOT_EVALUABLE = "C62222", "NCIt", "Not Evaluable";
    /// No category for want of clinical input.
    NOT_DETERMINABLE = "NOTDET", SCHEME, "Not determinable";
    /// What would have been needed.
    MISSING_INPUT = "MISSINPUT", SCHEME, "Missing input";
    /// The row of the table that fired.
    RULE = "RULE", SCHEME, "Criteria rule applied";
    /// Nothing large enough to be measured: a finding.
    NO_MEASURABLE_TUMOR = "NOMEAS", SCHEME, "No measurable tumor";

    // What became of a lesion.
    /// Name of the item.
    LESION_COURSE = "COURSE", SCHEME, "Course of lesion since prior study";
    /// Not there before (CID 6134).
    NEW_FINDING = "129721008", "SCT", "New finding";
    /// Seen first in the study that starts the timeline.
    FIRST_SEEN = "FIRST", SCHEME, "First study of the timeline";
    /// The same lesion.
    PERSISTING = "PERSIST", SCHEME, "Persisting lesion";
    /// One of several that one lesion became.
    SPLIT = "SPLIT", SCHEME, "Part of a lesion that split";
    /// What several lesions became.
    MERGED = "MERGED", SCHEME, "Lesions that merged";
    /// Gone.
    VANISHED = "VANISHED", SCHEME, "Lesion no longer seen";
    /// Back.
    REAPPEARED = "REAPPEAR", SCHEME, "Lesion that reappeared";
}

/// The code of a region.
pub fn region(region: Region) -> Code {
    match region {
        Region::Enhancing => ENHANCING_LESION,
        Region::NonEnhancingCore => NON_ENHANCING_LESION,
        Region::FlairHyperintensity => EDEMA,
        Region::ResectionCavity => RESECTION_CAVITY,
    }
}

/// The colour of a region, as Recommended Display CIELab Value (0062,000D): red, thistle, sky blue
/// and yellow, the colours of the field's viewers.
pub fn cielab(region: Region) -> [u16; 3] {
    match region {
        Region::Enhancing => [34_886, 53_484, 50_172],
        Region::NonEnhancingCore => [52_479, 36_294, 30_522],
        Region::FlairHyperintensity => [55_193, 26_619, 30_325],
        Region::ResectionCavity => [63_660, 27_356, 57_178],
    }
}

/// The code of a response category; nothing is "not evaluable" by the images and "not
/// determinable" overall, and the caller knows which.
pub fn category(category: Category) -> Code {
    match category {
        Category::CompleteResponse => COMPLETE_RESPONSE,
        Category::PartialResponse => PARTIAL_RESPONSE,
        Category::StableDisease => STABLE_DISEASE,
        Category::ProgressiveDisease => PROGRESSIVE_DISEASE,
    }
}

/// The code of what became of a lesion.
pub fn course(fate: Fate) -> Code {
    match fate {
        Fate::First => FIRST_SEEN,
        Fate::Persisting => PERSISTING,
        Fate::New => NEW_FINDING,
        Fate::Split => SPLIT,
        Fate::Merged => MERGED,
        Fate::Vanished => VANISHED,
        Fate::Reappeared => REAPPEARED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_written_twice() {
        for (i, code) in ALL.iter().enumerate() {
            let same = |other: &&Code| (other.value, other.scheme) == (code.value, code.scheme);
            assert_eq!(ALL.iter().position(|other| same(&other)), Some(i), "{code:?}");
        }
    }
    #[test]
    fn every_code_fits_its_attributes() {
        for code in ALL {
            assert!(code.value.len() <= 16 && code.scheme.len() <= 16, "{code:?}");
            assert!(code.meaning.len() <= 64, "{code:?}");
        }
    }

    /// CIELab of an sRGB colour (IEC 61966-2-1) against its own white, D65, as the viewers' own
    /// libraries compute it; scaled as PS3.3 C.10.7.1.1 says.
    fn cielab_of(rgb: [u8; 3]) -> [f64; 3] {
        let linear = rgb.map(|c| {
            let c = f64::from(c) / 255.;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        let to_xyz = [
            [0.412_456_4, 0.357_576_1, 0.180_437_5],
            [0.212_672_9, 0.715_152_2, 0.072_175],
            [0.019_333_9, 0.119_192, 0.950_304_1],
        ];
        let white = [0.950_47, 1., 1.088_83];
        let f = |t: f64| {
            if t > 216. / 24_389. { t.cbrt() } else { (24_389. / 27. * t + 16.) / 116. }
        };
        let [x, y, z] = [0, 1, 2].map(|r| {
            let sum: f64 = (0..3).map(|c| to_xyz[r][c] * linear[c]).sum();
            f(sum / white[r])
        });
        let (l, a, b) = (116. * y - 16., 500. * (x - y), 200. * (y - z));
        [l / 100. * 65_535., (a + 128.) / 255. * 65_535., (b + 128.) / 255. * 65_535.]
    }

    #[track_caller]
    fn check(wanted: Region, rgb: [u8; 3]) {
        for (written, expected) in cielab(wanted).into_iter().zip(cielab_of(rgb)) {
            // Matrices of four and of seven digits are in use: a tenth of a unit of a* or b*.
            assert!((f64::from(written) - expected).abs() <= 25., "{written} for {expected}");
        }
    }

    #[test]
    fn colours_are_those_of_the_viewers() {
        check(Region::Enhancing, [255, 0, 0]);
        check(Region::NonEnhancingCore, [216, 191, 216]);
        check(Region::FlairHyperintensity, [140, 224, 228]);
        check(Region::ResectionCavity, [255, 255, 0]);
    }
}
