//! For whoever keeps the node: how it is, whom it speaks with, what its rules would do, what is on
//! its way. Patients appear by pseudonym.

pub mod applications;
pub mod deliveries;
pub mod overview;
pub mod rules;
