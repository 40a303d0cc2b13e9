//! Who wrote an object, and the SOP classes and transfer syntaxes that this crate speaks of.

/// Implementation Class UID (0002,0012): ours, under 2.25 from a UUID drawn once.
pub const IMPLEMENTATION_CLASS: &str = "2.25.28564172826594872097199473731160726158";

/// Implementation Version Name (0002,0013), at most 16 characters.
pub const IMPLEMENTATION_VERSION: &str = "INTERVAL_0_1";

/// MR Image Storage (PS3.4 table B.5-1).
pub const MR_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.4";
/// Enhanced MR Image Storage.
pub const ENHANCED_MR_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.4.1";
/// Legacy Converted Enhanced MR Image Storage.
pub const LEGACY_CONVERTED_ENHANCED_MR_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.4.4";

/// Implicit VR Little Endian (PS3.5 section A.1).
pub const IMPLICIT_LITTLE: &str = "1.2.840.10008.1.2";
/// Explicit VR Little Endian (PS3.5 section A.2): what we write.
pub const EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1";
/// Deflated Explicit VR Little Endian (PS3.5 section A.5).
pub const DEFLATED_EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1.99";
/// Explicit VR Big Endian (retired; PS3.5 2016b section A.3).
pub const EXPLICIT_BIG: &str = "1.2.840.10008.1.2.2";
