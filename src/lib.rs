//! Interval.
