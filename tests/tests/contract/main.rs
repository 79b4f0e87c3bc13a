//! The contract with subscribers: schema files, golden records, ninjs and the AsyncAPI document.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests name the file that is at fault and what was skipped"
)]

mod asyncapi;
mod golden;
mod ninjs;
mod schemas;
mod support;
mod yaml;
