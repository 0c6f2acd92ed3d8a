//! The JSON archive and the board file.
