//! A WARC file that warcio wrote is replayed: answers packed, in chunks, both and neither, and none
//! of the records that crawlers put around them.

mod stages;

use stages::{records, wiredesk};
use wiredesk_host::open_transport;
use wiredesk_model::{ArticleRecord, Topic};
use wiredesk_settings::Settings;
use wiredesk_testkit::python::Python;

#[test]
fn a_crawl_that_warcio_wrote_is_replayed() {
    let Some(python) = Python::for_tests() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let written = python.run("write_warc.py", &[&folder.join("news.warc.gz")]);
    written.expect("it is written");
    let arguments = ["replay", "news.warc.gz", "--into", "crawl", "--as", "post"];
    let output = wiredesk(folder, &folder.join("data"), &arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");

    let settings = Settings {
        data_dir: folder.join("data/runs/crawl"),
        ..Settings::default()
    };
    let log = open_transport(&settings).expect("the run is there");
    let mut found: Vec<(String, String, String)> = records(log.as_ref(), Topic::Enriched)
        .into_iter()
        .map(|record| {
            let value = record.value.as_deref().expect("a value");
            let record: ArticleRecord = serde_json::from_slice(value).expect("a record");
            let body = record.article.bodies.first();
            let body = body.map(|body| body.value.clone()).unwrap_or_default();
            let headline = record.article.headlines[0].value.clone();
            (headline, record.wire.fetched_at.to_string(), body)
        })
        .collect();
    found.sort();
    let expected = [
        ("Bridge opens", "2019-05-01T06:00:00Z", "over the Alder"),
        ("High tide", "2019-05-01T06:10:00Z", "stood higher"),
        ("Mast falls", "2019-05-01T06:30:00Z", "training ship"),
        ("Pier shut", "2019-05-01T06:20:00Z", "took its planks"),
        ("Sea wall", "2019-05-01T07:00:00Z", "put off its vote"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (one, (headline, time, text)) in found.iter().zip(expected) {
        assert_eq!((one.0.as_str(), one.1.as_str()), (headline, time));
        assert!(one.2.contains(text), "{one:?}");
    }
    assert_eq!(records(log.as_ref(), Topic::Dead).len(), 0);
}
