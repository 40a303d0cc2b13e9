//! Searches (PS3.18 10.6): what the address asks, as the words of [`interval_core::query`], and
//! the matches as DICOM JSON.

mod answer;
mod question;

pub use answer::{Answer, always, told};
pub use question::{QidoError, Question, Scope, Terms, Unknown};
