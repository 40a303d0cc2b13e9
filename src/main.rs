//! Interval.
fn main() {}
