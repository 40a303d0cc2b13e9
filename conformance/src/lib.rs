//! Foreign tools read what we write and send what we read.
