//! Signed registers: what the facilitator decides.
