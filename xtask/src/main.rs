//! Set-up and developer commands of Interval.
fn main() {}
