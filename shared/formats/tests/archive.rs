//! Archives as a source: what stands in them comes out in order, and what is damaged says where.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

use std::io::{Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use wiredesk_formats::archive::{Archive, ArchiveKind, ArchivedDocument, kind_of};
use wiredesk_formats::{FormatError, Limits};

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn record(kind: &str, uri: &str, content_type: &str, content: &[u8]) -> Vec<u8> {
    let mut record = format!(
        "WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2026-03-01T10:00:00Z\r\n\
         WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        content.len()
    )
    .into_bytes();
    record.extend_from_slice(content);
    record.extend_from_slice(b"\r\n\r\n");
    record
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// Records as crawlers write them; those that hold a document are the second, third and last.
fn records() -> Vec<Vec<u8>> {
    let http = "application/http; msgtype=response";
    let page = "https://news.example/bridge";
    let packed_page = answer(
        "Content-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip",
        &packed(b"<p>The bridge opens.</p>"),
    );
    let chunked = answer(
        "content-type: text/xml\r\nTransfer-Encoding: chunked",
        b"5\r\n<rss>\r\n6\r\n</rss>\r\n0\r\n\r\n",
    );
    vec![
        record(
            "warcinfo",
            "",
            "application/warc-fields",
            b"software: none\r\n",
        ),
        record("response", &format!("<{page}>"), http, &packed_page),
        record("response", "https://news.example/feed", http, &chunked),
        record(
            "request",
            page,
            "application/http",
            b"GET / HTTP/1.1\r\n\r\n",
        ),
        record("response", "dns:news.example", "text/dns", b"20260301"),
        record(
            "resource",
            "https://news.example/a.txt",
            "text/plain",
            b"Ferry\n\nIt sails.",
        ),
    ]
}

fn all(bytes: &[u8]) -> Vec<Result<ArchivedDocument, FormatError>> {
    match Archive::open(bytes, &Limits::default()) {
        Ok(archive) => archive.collect(),
        Err(error) => vec![Err(error)],
    }
}

#[test]
fn documents_of_a_warc_come_in_order_packed_or_not() {
    let plain = records().concat();
    let by_record: Vec<u8> = records().iter().flat_map(|record| packed(record)).collect();
    for bytes in [&plain, &by_record, &packed(&plain)] {
        assert_eq!(kind_of(bytes), Some(ArchiveKind::Warc));
        let mut archive = Archive::open(bytes.as_slice(), &Limits::default()).unwrap();
        let found: Vec<_> = archive.by_ref().map(Result::unwrap).collect();
        assert_eq!(archive.passed_over(), 3);
        let bodies: Vec<_> = found.iter().map(|found| found.bytes.as_slice()).collect();
        assert_eq!(
            bodies,
            [
                b"<p>The bridge opens.</p>".as_slice(),
                b"<rss></rss>",
                b"Ferry\n\nIt sails."
            ]
        );
        assert_eq!(found[0].url.as_deref(), Some("https://news.example/bridge"));
        assert_eq!(found[0].date.as_deref(), Some("2026-03-01T10:00:00Z"));
        assert_eq!(found[0].status, Some(200));
        assert_eq!(
            found[0].content_type.as_deref(),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(found[1].header("transfer-encoding"), Some("chunked"));
        assert_eq!((found[1].place, found[2].place), (3, 6));
        assert_eq!(found[2].status, None);
        assert!(found.iter().all(ArchivedDocument::is_answer));
    }
}

#[test]
fn an_answer_packed_with_brotli_is_unpacked() {
    // `Bridge opens`, as a brotli encoder writes it without compressing.
    let brotli = [
        0x8b, 0x05, 0x80, b'B', b'r', b'i', b'd', b'g', b'e', b' ', b'o', b'p', b'e', b'n', b's',
        0x03,
    ];
    let answer = answer("Content-Encoding: br", &brotli);
    let bytes = record(
        "response",
        "https://news.example/",
        "application/http",
        &answer,
    );
    assert_eq!(all(&bytes)[0].as_ref().unwrap().bytes, b"Bridge opens");
}

#[test]
fn a_body_that_is_not_packed_as_its_head_says_is_taken_as_it_is() {
    for coding in ["gzip", "br", "deflate"] {
        let answer = answer(
            &format!("Content-Encoding: {coding}\r\nTransfer-Encoding: chunked"),
            b"<rss>no chunks, no packing</rss>",
        );
        let bytes = record(
            "response",
            "https://news.example/",
            "application/http",
            &answer,
        );
        let found = all(&bytes).remove(0).unwrap();
        assert_eq!(found.bytes, b"<rss>no chunks, no packing</rss>", "{coding}");
    }
}

#[test]
fn wherever_an_archive_is_cut_off_what_came_before_stands() {
    let whole = all(&records().concat());
    let plain = records().concat();
    let by_record: Vec<u8> = records().iter().flat_map(|record| packed(record)).collect();
    for bytes in [plain, by_record] {
        for end in 600..bytes.len() {
            let found = all(&bytes[..end]);
            let good = found.iter().filter(|found| found.is_ok()).count();
            assert_eq!(found[..good], whole[..good], "cut off at {end}");
            if let Some(error) = found.get(good) {
                assert!(
                    matches!(error, Err(FormatError::CutOff { .. })),
                    "{error:?} at {end}"
                );
                assert_eq!(found.len(), good + 1);
            }
        }
    }
}

#[test]
fn the_error_says_where_an_archive_is_cut_off() {
    let bytes = records()[..3].concat();
    let found = all(&bytes[..bytes.len() - 40]);
    assert_eq!(
        found.last().unwrap().as_ref().unwrap_err().to_string(),
        "the archive ends inside https://news.example/feed (entry 3): fetch it again; the entries before it are whole"
    );
}

#[test]
fn a_document_over_the_limit_is_an_error_in_its_place() {
    let limits = Limits {
        document_bytes: 100,
        ..Limits::default()
    };
    let uri = "https://news.example/";
    let warc = [
        record("resource", uri, "text/plain", &[b'x'; 101]),
        record("resource", uri, "text/plain", b"small"),
    ]
    .concat();
    let tar = tar_of(&[("large.txt", &[b'x'; 101]), ("small.txt", b"small")]);
    for bytes in [warc, tar] {
        let found: Vec<_> = Archive::open(bytes.as_slice(), &limits).unwrap().collect();
        assert!(matches!(
            found[0],
            Err(FormatError::OverLimit { found: 101, .. })
        ));
        assert_eq!(found[1].as_ref().unwrap().bytes, b"small");
        assert_eq!(found.len(), 2);
    }
}

#[test]
fn a_damaged_record_ends_the_archive_and_says_which() {
    let mut bytes = records()[..2].concat();
    bytes.extend_from_slice(b"<html>no record</html>\r\n\r\n");
    let found = all(&bytes);
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[1].as_ref().unwrap_err().to_string(),
        "damaged warc document: something else where a record must begin in entry 3"
    );
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mtime(1_772_359_200);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn files_of_a_tar_come_in_order_whatever_their_names() {
    let long = format!("{}/story.xml", "a-folder-with-a-long-name/".repeat(12));
    let mut builder = tar::Builder::new(Vec::new());
    let mut folder = tar::Header::new_ustar();
    folder.set_entry_type(tar::EntryType::Directory);
    folder.set_size(0);
    builder.append_data(&mut folder, "wire/", &b""[..]).unwrap();
    builder
        .append_pax_extensions([
            ("path", "wire/Köln.xml".as_bytes()),
            ("mtime", b"1772359201.5"),
        ])
        .unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(5);
    builder
        .append_data(&mut header, "wire/K.xml", &b"<rss>"[..])
        .unwrap();
    let mut bytes = builder.into_inner().unwrap();
    bytes.truncate(bytes.len() - 1024);
    bytes.extend(tar_of(&[(&long, &[b'x'; 1000]), ("b.txt", b"")]));
    for bytes in [bytes.clone(), packed(&bytes)] {
        assert_eq!(kind_of(&bytes), Some(ArchiveKind::Tar));
        let mut archive = Archive::open(bytes.as_slice(), &Limits::default()).unwrap();
        let found: Vec<_> = archive.by_ref().map(Result::unwrap).collect();
        let names: Vec<_> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["wire/Köln.xml", long.as_str(), "b.txt"]);
        assert_eq!(found[0].date.as_deref(), Some("2026-03-01T10:00:01Z"));
        assert_eq!(found[1].date.as_deref(), Some("2026-03-01T10:00:00Z"));
        assert_eq!(found[1].bytes.len(), 1000);
        assert_eq!(archive.passed_over(), 1);
    }
}

#[test]
fn a_tar_that_is_cut_off_says_so() {
    let bytes = tar_of(&[("a.txt", &[b'a'; 600]), ("b.txt", &[b'b'; 600])]);
    let found = all(&bytes[..512 + 1024 + 512 + 100]);
    assert_eq!(found[0].as_ref().unwrap().bytes, [b'a'; 600]);
    let Err(FormatError::CutOff { entry, inside }) = &found[1] else {
        panic!("{:?}", found[1]);
    };
    assert_eq!((*entry, inside.as_str()), (2, "b.txt"));
}

#[test]
fn what_is_no_archive_is_refused() {
    for bytes in [
        &b""[..],
        b"<rss>",
        &packed(b"<rss>"),
        &[0; 2048],
        b"\x1f\x8b\x08",
    ] {
        assert_eq!(kind_of(bytes), None);
        assert_eq!(all(bytes)[0], Err(FormatError::NotAnArchive));
    }
}

#[test]
fn a_reader_that_fails_is_told_from_an_archive_that_ends() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let begin = records()[..2].concat();
    let padded = [begin, vec![b'\n'; 8192]].concat();
    let mut archive = Archive::open(padded.as_slice().chain(Broken), &Limits::default()).unwrap();
    assert!(archive.next().unwrap().is_ok());
    let error = archive.next().unwrap().unwrap_err();
    assert!(error.to_string().ends_with("the disk is gone"), "{error}");
    assert!(archive.next().is_none());
}

proptest! {
    #[test]
    fn damage_never_panics_and_always_ends(
        at in 0_usize..2600, byte in any::<u8>(), is_tar in any::<bool>(), is_packed in any::<bool>()
    ) {
        let mut bytes = if is_tar {
            tar_of(&[("a.txt", b"one"), ("b.txt", &[b'b'; 700])])
        } else {
            records().concat()
        };
        if is_packed {
            bytes = packed(&bytes);
        }
        let at = at % bytes.len();
        bytes[at] = byte;
        prop_assert!(all(&bytes).len() <= 8);
    }
}
