//! What we take: SOP classes and transfer syntaxes, as tables (PS3.4 B.5, PS3.5 section 10).
//!
//! A study must not fail because it also holds a CT: whatever a brain MRI study may contain is
//! taken and kept, also where nothing here can read it.

/// Verification (PS3.4 Annex A).
pub const VERIFICATION: &str = "1.2.840.10008.1.1";
/// Implicit VR Little Endian, which every application knows (PS3.5 10.1).
pub const IMPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2";
/// Explicit VR Little Endian.
pub const EXPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";

/// Patient Root Query/Retrieve Information Model - FIND (PS3.4 C.6.1.3).
pub const PATIENT_ROOT_FIND: &str = "1.2.840.10008.5.1.4.1.2.1.1";
/// Patient Root - MOVE.
pub const PATIENT_ROOT_MOVE: &str = "1.2.840.10008.5.1.4.1.2.1.2";
/// Patient Root - GET.
pub const PATIENT_ROOT_GET: &str = "1.2.840.10008.5.1.4.1.2.1.3";
/// Study Root Query/Retrieve Information Model - FIND (PS3.4 C.6.2.3).
pub const STUDY_ROOT_FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
/// Study Root - MOVE.
pub const STUDY_ROOT_MOVE: &str = "1.2.840.10008.5.1.4.1.2.2.2";
/// Study Root - GET.
pub const STUDY_ROOT_GET: &str = "1.2.840.10008.5.1.4.1.2.2.3";
/// Storage Commitment Push Model (PS3.4 J.3.1).
pub const STORAGE_COMMITMENT: &str = "1.2.840.10008.1.20.1";
/// Its one, well-known instance (PS3.4 J.3.5).
pub const STORAGE_COMMITMENT_INSTANCE: &str = "1.2.840.10008.1.20.1.1";
/// Instance Availability Notification (PS3.4 Annex R).
pub const INSTANCE_AVAILABILITY: &str = "1.2.840.10008.5.1.4.33";

/// What becomes of an object of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The pipeline reads it.
    Read,
    /// It is kept as it came, and nothing more.
    Keep,
}

/// A SOP class that we take by C-STORE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageClass {
    /// SOP Class UID.
    pub uid: &'static str,
    /// Its name in PS3.6.
    pub name: &'static str,
    /// What becomes of its objects.
    pub purpose: Purpose,
}

/// Whether the pixels are the ones that were acquired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pixels {
    /// Uncompressed, or compressed without loss.
    Exact,
    /// Compressed with loss, or possibly so: kept, but not measured on.
    Lossy,
}

/// A transfer syntax that we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferSyntax {
    /// Transfer Syntax UID.
    pub uid: &'static str,
    /// Its name in PS3.6.
    pub name: &'static str,
    /// What it may do to pixels.
    pub pixels: Pixels,
}

const fn read(uid: &'static str, name: &'static str) -> StorageClass {
    StorageClass { uid, name, purpose: Purpose::Read }
}
const fn keep(uid: &'static str, name: &'static str) -> StorageClass {
    StorageClass { uid, name, purpose: Purpose::Keep }
}
const fn exact(uid: &'static str, name: &'static str) -> TransferSyntax {
    TransferSyntax { uid, name, pixels: Pixels::Exact }
}
const fn lossy(uid: &'static str, name: &'static str) -> TransferSyntax {
    TransferSyntax { uid, name, pixels: Pixels::Lossy }
}

/// Storage SOP classes of which we are a provider (PS3.4 B.5).
pub const STORAGE: &[StorageClass] = &[
    read("1.2.840.10008.5.1.4.1.1.4", "MR Image Storage"),
    read("1.2.840.10008.5.1.4.1.1.4.1", "Enhanced MR Image Storage"),
    read("1.2.840.10008.5.1.4.1.1.4.4", "Legacy Converted Enhanced MR Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.4.3", "Enhanced MR Color Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.4.2", "MR Spectroscopy Storage"),
    read("1.2.840.10008.5.1.4.1.1.66.4", "Segmentation Storage"),
    read("1.2.840.10008.5.1.4.1.1.66.7", "Label Map Segmentation Storage"),
    keep("1.2.840.10008.5.1.4.1.1.66.5", "Surface Segmentation Storage"),
    keep("1.2.840.10008.5.1.4.1.1.66.1", "Spatial Registration Storage"),
    keep("1.2.840.10008.5.1.4.1.1.66.2", "Spatial Fiducials Storage"),
    keep("1.2.840.10008.5.1.4.1.1.66.3", "Deformable Spatial Registration Storage"),
    keep("1.2.840.10008.5.1.4.1.1.66", "Raw Data Storage"),
    keep("1.2.840.10008.5.1.4.1.1.67", "Real World Value Mapping Storage"),
    keep("1.2.840.10008.5.1.4.1.1.30", "Parametric Map Storage"),
    read("1.2.840.10008.5.1.4.1.1.88.34", "Comprehensive 3D SR Storage"),
    read("1.2.840.10008.5.1.4.1.1.88.33", "Comprehensive SR Storage"),
    keep("1.2.840.10008.5.1.4.1.1.88.35", "Extensible SR Storage"),
    keep("1.2.840.10008.5.1.4.1.1.88.22", "Enhanced SR Storage"),
    keep("1.2.840.10008.5.1.4.1.1.88.11", "Basic Text SR Storage"),
    keep("1.2.840.10008.5.1.4.1.1.88.67", "X-Ray Radiation Dose SR Storage"),
    keep("1.2.840.10008.5.1.4.1.1.88.59", "Key Object Selection Document Storage"),
    keep("1.2.840.10008.5.1.4.1.1.104.1", "Encapsulated PDF Storage"),
    keep("1.2.840.10008.5.1.4.1.1.104.2", "Encapsulated CDA Storage"),
    keep("1.2.840.10008.5.1.4.1.1.7", "Secondary Capture Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.7.1", "Multi-frame Single Bit Secondary Capture Image Storage"),
    keep(
        "1.2.840.10008.5.1.4.1.1.7.2",
        "Multi-frame Grayscale Byte Secondary Capture Image Storage",
    ),
    keep(
        "1.2.840.10008.5.1.4.1.1.7.3",
        "Multi-frame Grayscale Word Secondary Capture Image Storage",
    ),
    keep("1.2.840.10008.5.1.4.1.1.7.4", "Multi-frame True Color Secondary Capture Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.11.1", "Grayscale Softcopy Presentation State Storage"),
    keep("1.2.840.10008.5.1.4.1.1.11.2", "Color Softcopy Presentation State Storage"),
    keep("1.2.840.10008.5.1.4.1.1.11.3", "Pseudo-Color Softcopy Presentation State Storage"),
    keep("1.2.840.10008.5.1.4.1.1.11.4", "Blending Softcopy Presentation State Storage"),
    keep("1.2.840.10008.5.1.4.1.1.11.8", "Advanced Blending Presentation State Storage"),
    keep("1.2.840.10008.5.1.4.1.1.481.1", "RT Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.481.2", "RT Dose Storage"),
    keep("1.2.840.10008.5.1.4.1.1.481.3", "RT Structure Set Storage"),
    keep("1.2.840.10008.5.1.4.1.1.481.5", "RT Plan Storage"),
    keep("1.2.840.10008.5.1.4.1.1.2", "CT Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.2.1", "Enhanced CT Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.2.2", "Legacy Converted Enhanced CT Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.128", "Positron Emission Tomography Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.128.1", "Legacy Converted Enhanced PET Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.130", "Enhanced PET Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.20", "Nuclear Medicine Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.1", "Computed Radiography Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.1.1", "Digital X-Ray Image Storage - For Presentation"),
    keep("1.2.840.10008.5.1.4.1.1.12.1", "X-Ray Angiographic Image Storage"),
    keep("1.2.840.10008.5.1.4.1.1.6.1", "Ultrasound Image Storage"),
];

/// What a service class is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// C-FIND.
    Find,
    /// C-MOVE.
    Move,
    /// C-GET.
    Get,
    /// Storage commitment, as its provider.
    Commitment,
    /// The reports of storage commitments that we asked for: the same class, its roles exchanged.
    CommitmentReports,
    /// Instance availability.
    Availability,
}

/// A SOP class of a service besides storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceClass {
    /// SOP Class UID.
    pub uid: &'static str,
    /// Its name in PS3.6.
    pub name: &'static str,
    /// What it is for.
    pub service: Service,
}

const fn serves(uid: &'static str, name: &'static str, service: Service) -> ServiceClass {
    ServiceClass { uid, name, service }
}

/// SOP classes of services that a host may offer.
pub const SERVICES: &[ServiceClass] = &[
    serves(STUDY_ROOT_FIND, "Study Root Query/Retrieve Information Model - FIND", Service::Find),
    serves(STUDY_ROOT_MOVE, "Study Root Query/Retrieve Information Model - MOVE", Service::Move),
    serves(STUDY_ROOT_GET, "Study Root Query/Retrieve Information Model - GET", Service::Get),
    serves(
        PATIENT_ROOT_FIND,
        "Patient Root Query/Retrieve Information Model - FIND",
        Service::Find,
    ),
    serves(
        PATIENT_ROOT_MOVE,
        "Patient Root Query/Retrieve Information Model - MOVE",
        Service::Move,
    ),
    serves(PATIENT_ROOT_GET, "Patient Root Query/Retrieve Information Model - GET", Service::Get),
    serves(STORAGE_COMMITMENT, "Storage Commitment Push Model SOP Class", Service::Commitment),
    serves(
        INSTANCE_AVAILABILITY,
        "Instance Availability Notification SOP Class",
        Service::Availability,
    ),
];

/// The service of a class, if it is one of those.
pub fn service_of(class: &str) -> Option<Service> {
    SERVICES.iter().find(|known| known.uid == class).map(|known| known.service)
}

/// Transfer syntaxes for every storage class, the one we like best first: what every reader here
/// reads, then what can be decoded without loss, then what is only kept.
pub const SYNTAXES: &[TransferSyntax] = &[
    exact(EXPLICIT_LITTLE_ENDIAN, "Explicit VR Little Endian"),
    exact(IMPLICIT_LITTLE_ENDIAN, "Implicit VR Little Endian"),
    exact("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian"),
    exact("1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian"),
    exact("1.2.840.10008.1.2.5", "RLE Lossless"),
    exact("1.2.840.10008.1.2.4.70", "JPEG Lossless, Non-Hierarchical, First-Order Prediction"),
    exact("1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical"),
    exact("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless"),
    exact("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless"),
    exact("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Lossless"),
    exact("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 Lossless with RPCL"),
    exact("1.2.840.10008.1.2.2", "Explicit VR Big Endian (retired)"),
    exact("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression"),
    exact("1.2.840.10008.1.2.4.110", "JPEG XL Lossless"),
    lossy("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression"),
    lossy("1.2.840.10008.1.2.4.112", "JPEG XL"),
    lossy("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000"),
    lossy("1.2.840.10008.1.2.4.91", "JPEG 2000"),
    lossy("1.2.840.10008.1.2.4.81", "JPEG-LS Near-Lossless"),
    lossy("1.2.840.10008.1.2.4.50", "JPEG Baseline (8 bit)"),
    lossy("1.2.840.10008.1.2.4.51", "JPEG Extended (12 bit)"),
];

/// Transfer syntaxes of everything that is not an object: the two that need no compression.
pub const PLAIN_SYNTAXES: &[TransferSyntax] = SYNTAXES.split_at(2).0;

/// Whether a class is one of objects that we take.
pub fn is_storage(class: &str) -> bool {
    STORAGE.iter().any(|known| known.uid == class)
}

/// Transfer syntaxes of a SOP class, the one we like best first; empty for a class we do not take.
pub fn syntaxes_of(class: &str) -> &'static [TransferSyntax] {
    if is_storage(class) {
        SYNTAXES
    } else if class == VERIFICATION || SERVICES.iter().any(|service| service.uid == class) {
        PLAIN_SYNTAXES
    } else {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::dictionary::UidDictionary;
    use dicom_dictionary_std::StandardSopClassDictionary;
    use std::collections::HashSet;

    #[test]
    fn every_class_is_one_of_the_standard() {
        for class in STORAGE {
            let entry = StandardSopClassDictionary.by_uid(class.uid);
            let name = entry.map(|entry| entry.name.to_owned()).unwrap_or_default();
            assert_eq!(name, class.name, "{}", class.uid);
        }
    }

    #[test]
    fn nothing_is_listed_twice() {
        let classes: HashSet<_> = STORAGE.iter().map(|class| class.uid).collect();
        let syntaxes: HashSet<_> = SYNTAXES.iter().map(|syntax| syntax.uid).collect();
        assert_eq!((classes.len(), syntaxes.len()), (STORAGE.len(), SYNTAXES.len()));
    }

    #[test]
    fn an_echo_is_offered_uncompressed_syntaxes_only() {
        let offered: Vec<_> = syntaxes_of(VERIFICATION).iter().map(|s| s.uid).collect();
        assert_eq!(offered, [EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN]);
    }

    #[test]
    fn a_class_of_no_service_is_not_taken() {
        assert!(syntaxes_of("1.2.840.10008.5.1.4.31").is_empty(), "Modality Worklist FIND");
    }

    #[test]
    fn every_service_is_one_of_the_standard() {
        for class in SERVICES {
            let entry = StandardSopClassDictionary.by_uid(class.uid);
            let name = entry.map(|entry| entry.name.to_owned()).unwrap_or_default();
            assert_eq!(name, class.name, "{}", class.uid);
        }
    }
}
