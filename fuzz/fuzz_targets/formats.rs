//! libFuzzer drives the target that `WIREDESK_FUZZ_TARGET` names.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../targets.rs"]
mod targets;

static TARGET: LazyLock<String> = LazyLock::new(|| {
    let target = std::env::var("WIREDESK_FUZZ_TARGET").unwrap_or_else(|_| "any".to_owned());
    let mut names = targets::names();
    assert!(names.any(|name| name == target), "no target is named {target}");
    target
});

fuzz_target!(|bytes: &[u8]| targets::run(&TARGET, bytes));
