//! Findings to a signed document.
