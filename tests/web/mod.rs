//! What the tests of the web door share: a provider that says whatever a test wants, a ward with
//! patients and people, and calls through the real router.
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod browser;
pub mod call;
pub mod provider;
pub mod ward;
