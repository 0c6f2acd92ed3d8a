//! Promises of the relay's core.
