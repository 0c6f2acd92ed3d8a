//! Group commits per second, in memory and on disk.

fn main() {}
