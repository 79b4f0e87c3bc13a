//! Bytes to feed items: one folder a source format.
