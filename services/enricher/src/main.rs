//! The enricher as a process of its own.

fn main() {}
