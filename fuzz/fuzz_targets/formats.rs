//! libFuzzer drives the target that `WIREDESK_FUZZ_TARGET` names.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../cleaning.rs"]
mod cleaning;
#[path = "../targets.rs"]
mod targets;

static TARGET: LazyLock<String> = LazyLock::new(|| {
    let target = std::env::var("WIREDESK_FUZZ_TARGET").unwrap_or_else(|_| "any".to_owned());
    let mut names = targets::names().chain(cleaning::NAMES);
    assert!(names.any(|name| name == target), "no target is named {target}");
    target
});

fuzz_target!(|bytes: &[u8]| {
    if cleaning::NAMES.contains(&TARGET.as_str()) {
        cleaning::run(&TARGET, bytes);
    } else {
        targets::run(&TARGET, bytes);
    }
});
