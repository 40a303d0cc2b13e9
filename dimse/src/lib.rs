//! DICOM associations: what is said over TCP.
