//! Reads, merges and checks the configuration; every problem at once, with file and line.
