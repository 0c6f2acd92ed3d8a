//! Promises of the session.
