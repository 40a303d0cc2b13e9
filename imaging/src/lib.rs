//! Volumes in, volumes and numbers out: pure computation on the types of `interval-core`.
