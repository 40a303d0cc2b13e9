//! Volumes in, volumes and numbers out.
