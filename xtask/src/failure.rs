//! Why a command stopped, for the person at the terminal: what went wrong and what to do.

use std::fmt;
use std::path::Path;

/// A sentence that says what went wrong.
#[derive(Debug)]
pub struct Failure(String);

/// What a command ends with.
pub type Ended<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure of these words.
    pub fn new(words: impl fmt::Display) -> Self {
        Self(words.to_string())
    }

    /// A failure at a file or folder.
    pub fn at<E: fmt::Display>(path: &Path) -> impl FnOnce(E) -> Self {
        let path = path.display().to_string();
        move |error| Self(format!("{path}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
