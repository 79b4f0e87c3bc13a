//! The program as people call it: help, exit codes, messages.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

fn wiredesk(folder: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiredesk"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("WIREDESK_CONFIG")
        .env("COLUMNS", "100")
        .stdin(Stdio::null());
    command
}

fn outcome(arguments: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    told(
        wiredesk(folder.path(), arguments)
            .output()
            .expect("it runs"),
    )
}

fn told(output: Output) -> (i32, String, String) {
    (
        output.status.code().expect("it ended by itself"),
        String::from_utf8(output.stdout).expect("text"),
        String::from_utf8(output.stderr).expect("text"),
    )
}

#[test]
fn help_names_every_command_and_every_exit_code() {
    let (code, text, _) = outcome(&["--help"]);
    assert_eq!(code, 0);
    for word in [
        "run",
        "fetcher",
        "cleaner",
        "enricher",
        "topics",
        "feeds",
        "check",
        "tail",
        "try",
        "parse",
        "clean",
        "enrich",
        "completions",
        "man",
        "--config",
        "--data",
        "Examples:",
        "Exit codes:",
    ] {
        assert!(text.contains(word), "{word} is missing in:\n{text}");
    }
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/help.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden, &text).expect("the golden file is written");
    }
    let expected = std::fs::read_to_string(golden).unwrap_or_default();
    assert_eq!(text, expected, "UPDATE_GOLDEN=1 rewrites {golden}");
}

#[test]
fn exit_codes_tell_what_kind_of_failure_it_was() {
    let cases: [(&[&str], i32, &str); 8] = [
        (&["rnu"], 2, "unrecognized subcommand"),
        (&["tail", "enrichd"], 2, "did you mean enriched?"),
        (
            &["tail", "--from", "yesterday"],
            2,
            "no place to start from",
        ),
        (&["tail"], 1, "start `wiredesk run` first"),
        (
            &["check", "--config", "nowhere.toml"],
            2,
            "cannot read nowhere.toml",
        ),
        (&["try", "nowhere.html"], 1, "cannot read nowhere.html"),
        (&["try", "http://127.0.0.1:1/"], 3, "http://127.0.0.1:1/"),
        (
            &["run", "--config", "nowhere.toml"],
            2,
            "cannot read nowhere.toml",
        ),
    ];
    for (arguments, expected, text) in cases {
        let (code, _, errors) = outcome(arguments);
        assert_eq!(code, expected, "{arguments:?}: {errors}");
        assert!(errors.contains(text), "{arguments:?}: {errors}");
        let causes = errors.matches("(os error").count();
        assert!(
            causes <= 1,
            "{arguments:?} says it {causes} times: {errors}"
        );
    }
}

/// Runs `check` in a folder and holds that it left the folder as it was.
fn checked(folder: &std::path::Path, arguments: &[&str]) -> (i32, String) {
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        names
    };
    let before = names();
    let output = wiredesk(folder, arguments).output().expect("it runs");
    let (code, text, errors) = told(output);
    assert_eq!(names(), before, "{text}{errors}");
    (code, text)
}

#[test]
fn check_makes_nothing_and_says_what_the_first_start_will_make() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, text) = checked(folder.path(), &["check"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("will be made at the first start"), "{text}");
    std::fs::write(folder.path().join("taken"), "").expect("a file");
    let (code, text) = checked(folder.path(), &["check", "--data", "taken/deep"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("taken is a file, not a folder"), "{text}");
}

#[test]
fn check_of_a_broken_configuration_does_not_look_at_the_defaults() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for config in ["[transport\nkind = 'kafka'\n", "[fetcher]\nconcurent = 3\n"] {
        std::fs::write(folder.path().join("w.toml"), config).expect("a file");
        let (code, text) = checked(folder.path(), &["check", "--probe", "--config", "w.toml"]);
        assert_eq!(code, 2, "{text}");
        let left = "transport, topics and sources: not checked, because the configuration is wrong";
        assert!(text.contains(left), "{text}");
        for word in ["ok    transport", "ok    topics", "ok    sources"] {
            assert!(!text.contains(word), "{config}: {text}");
        }
    }
}

#[test]
fn every_problem_of_the_configuration_is_told_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = "[topics]\nprefxi = 'a'\n[runner]\nthreads = -1\n[fetcher]\nconcurent_polls = 3\n";
    std::fs::write(folder.path().join("w.toml"), config).expect("a file");
    std::fs::create_dir(folder.path().join("sources")).expect("a folder");
    let source = "[[source]]\nid = 'a'\nurl = 'ftp://x.example/'\n";
    std::fs::write(folder.path().join("sources/a.toml"), source).expect("a file");
    let arguments = ["check", "--offline", "--config", "w.toml"];
    let (code, text, _) = told(
        wiredesk(folder.path(), &arguments)
            .output()
            .expect("it runs"),
    );
    assert_eq!(code, 2, "{text}");
    for problem in [
        "w.toml:2: unknown key `prefxi` in [topics], did you mean `prefix`?",
        "w.toml:4: `threads`:",
        "w.toml:6: unknown key `concurent_polls` in [fetcher], did you mean `concurrent_polls`?",
        "sources/a.toml:3: ",
    ] {
        assert!(text.contains(problem), "{problem} is missing in:\n{text}");
    }
}

#[test]
fn a_broker_that_is_down_is_told_by_its_address() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = wiredesk(folder.path(), &["check"]);
    command
        .env("WIREDESK_TRANSPORT", "kafka")
        .env("WIREDESK_KAFKA_BOOTSTRAP", "127.0.0.1:1");
    let (code, text, _) = told(command.output().expect("it runs"));
    assert!(text.contains("127.0.0.1:1"), "{text}");
    assert_ne!(code, 0, "{text}");
}

#[test]
fn filters_answer_every_line_in_order() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut child = wiredesk(folder.path(), &["clean"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("piped");
    input
        .write_all(b"{\"id\":\"1\",\"text\":\"The wall held.\"}\n{broken\n{\"id\":\"3\",\"text\":\"It rained.\"}\n")
        .expect("it reads");
    drop(input);
    let (code, text, errors) = told(child.wait_with_output().expect("it ends"));
    assert_eq!(code, 0, "{errors}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].contains("The wall held."), "{text}");
    assert!(lines[1].starts_with("{\"id\":null,\"error\":"), "{text}");
    assert!(lines[2].contains("It rained."), "{text}");
}

#[test]
fn completions_and_manual_pages_are_made() {
    let (code, text, _) = outcome(&["completions", "bash"]);
    assert_eq!(code, 0);
    assert!(text.contains("_wiredesk"));
    let (code, text, _) = outcome(&["man"]);
    assert_eq!(code, 0);
    assert!(text.contains(".TH wiredesk"), "{text}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let made = wiredesk(folder.path(), &["man", "pages"])
        .output()
        .expect("it runs");
    assert!(made.status.success());
    assert!(
        folder
            .path()
            .join("pages/wiredesk-topics-create.1")
            .exists()
    );
}
