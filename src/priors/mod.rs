//! Earlier studies of a patient, fetched when a study arrives: what is compared is there before the
//! comparison begins.

pub mod errand;
pub mod identity;
pub mod wanted;
