//! The sidecar as a library.
