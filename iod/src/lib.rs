//! DICOM objects to and from the core types.
