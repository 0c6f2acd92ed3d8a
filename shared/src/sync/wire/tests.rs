//! Promises of the wire format.
