//! What people take home.
