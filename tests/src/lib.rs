//! The whole system under test: simulation, browsers, faults.
