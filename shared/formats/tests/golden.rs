//! Every fixture, read and compared with its expected file beside it. `UPDATE_GOLDEN=1` writes
//! the expected files anew; read the difference before it is kept.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

use std::path::{Path, PathBuf};

use wiredesk_formats::{
    FORMATS, Hints, Kind, Limits, answer, formats_table, parse, parse_document,
};

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found = Vec::new();
    for folder in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if !path.to_string_lossy().ends_with(".expected.json") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn fixtures_are_read_as_expected() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut formats_seen = Vec::new();
    for path in fixtures() {
        let bytes = std::fs::read(&path).unwrap();
        let hints = Hints::default();
        let result = if path.to_string_lossy().contains("/document/") {
            parse_document(&bytes, &hints, &Limits::default())
        } else {
            parse(&bytes, &hints)
        };
        let parsed = result.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(
            parsed.items.len(),
            parsed.item_sources.len(),
            "{}",
            path.display()
        );
        formats_seen.push(parsed.format.clone());
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let got = serde_json::to_string_pretty(&answer(&name.as_str().into(), Ok(parsed))).unwrap()
            + "\n";
        let expected_path = path.with_file_name(format!("{name}.expected.json"));
        if update {
            std::fs::write(&expected_path, &got).unwrap();
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_else(|error| {
            panic!(
                "{}: {error}; run with UPDATE_GOLDEN=1",
                expected_path.display()
            )
        });
        assert_eq!(got, expected, "{}", path.display());
    }
    for format in FORMATS {
        assert!(
            formats_seen.iter().any(|seen| seen == format.name),
            "no fixture of {}",
            format.name
        );
    }
}

#[test]
fn each_item_carries_its_own_bytes() {
    for path in fixtures() {
        if path.to_string_lossy().contains("/document/") {
            continue;
        }
        let parsed = parse(&std::fs::read(&path).unwrap(), &Hints::default()).unwrap();
        for (item, source) in parsed.items.iter().zip(&parsed.item_sources) {
            // Text wires have no ids; that of their items is made of who, when and the slug.
            let is_text_wire = matches!(parsed.format.as_str(), "anpa-1312" | "iptc-7901");
            if let Some(id) = item.id.as_ref().filter(|_| !is_text_wire) {
                assert!(
                    source.contains(id.as_str()),
                    "{}: {id} is not in {source:?}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn every_feed_format_is_told_by_its_content() {
    for path in fixtures() {
        let folder = path
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let Some(format) = FORMATS.iter().find(|format| format.name == folder) else {
            continue;
        };
        assert_eq!(format.kind, Kind::Feed);
        let lying = Hints {
            content_type: Some("text/plain".to_owned()),
            ..Hints::default()
        };
        let parsed = parse(&std::fs::read(&path).unwrap(), &lying).unwrap();
        assert_eq!(parsed.format, folder, "{}", path.display());
    }
}

#[test]
fn the_table_in_the_docs_is_that_of_the_list() {
    const BEGIN: &str = "<!-- the list of formats: make golden -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/wire-formats.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, behind) = page.split_once(BEGIN).unwrap();
    let end = behind.find("\n\n").unwrap() + 1;
    let wanted = format!("{before}{BEGIN}{}{}", formats_table(), &behind[end..]);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    assert!(
        page == wanted,
        "docs/wire-formats.md is behind the list of formats; make golden"
    );
}
