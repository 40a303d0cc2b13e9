//! Objects as a whole: what is written reads back, here and by other people's software.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod charset;
mod edition;
mod fixture;
mod json;
mod outside;
mod pdf;
mod render;
mod seg;
mod sr;
mod transcode;
#[path = "../wire/mod.rs"]
mod wire;
