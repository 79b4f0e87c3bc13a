//! Shared helpers of the suites in this folder.
