use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::BoxFuture;
use wiredesk_testkit::web::{Answer as Scripted, TestSite};

use super::*;

/// The loopback site of a test plays the public server: its network is allowed by its number.
fn settings() -> FetcherSettings {
    FetcherSettings {
        allow_networks: vec!["127.0.0.1/32".to_owned()],
        connect_timeout_ms: 2_000,
        ..FetcherSettings::default()
    }
}

/// `post.example` is public, `inside.example` is not, and `turncoat.example` is public when first
/// asked for and private from then on.
#[derive(Debug, Default)]
struct Names(AtomicUsize);

impl Lookup for Names {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let address = match name.as_str() {
            "post.example" => [127, 0, 0, 1],
            "turncoat.example" if self.0.fetch_add(1, Ordering::Relaxed) == 0 => [127, 0, 0, 1],
            _ => [127, 0, 0, 2],
        };
        Box::pin(async move { Ok(vec![SocketAddr::from((address, 0))]) })
    }
}

fn get(http: &HttpClient, url: &str) -> Result<Answer, FetchError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(http.get(
        &Request::new(url, Wanted::Feed, false),
        Timestamp::UNIX_EPOCH,
    ))
}

#[test]
fn messages_show_no_secrets() {
    assert_eq!(
        shown("https://user:key@x.example/feed?token=abc"),
        "https://x.example/feed?…"
    );
    assert_eq!(shown("no url?token=abc"), "no url");
}

#[test]
fn a_public_source_cannot_redirect_into_a_private_network() {
    let site = TestSite::start();
    let port = site.port();
    let http = HttpClient::with_lookup(&settings(), Arc::new(Names::default())).unwrap();
    let inside = [
        ("/by-name", format!("http://inside.example:{port}/secret")),
        ("/by-number", format!("http://127.0.0.2:{port}/secret")),
        (
            "/metadata",
            "http://169.254.169.254/latest/meta-data/".to_owned(),
        ),
        ("/odd", format!("http://2130706434:{port}/secret")),
        ("/six", format!("http://[::ffff:7f00:2]:{port}/secret")),
    ];
    for (path, target) in inside {
        site.answer(path, Scripted::redirect(302, &target));
        let outcome = get(&http, &format!("http://post.example:{port}{path}"));
        assert!(
            matches!(outcome, Err(FetchError::NotPublic { .. })),
            "{path}: {outcome:?}"
        );
    }
    assert_eq!(site.requests_for("/secret").len(), 0);
}

#[test]
fn a_name_that_turns_private_between_two_requests_is_refused() {
    let site = TestSite::start();
    site.answer("/feed", Scripted::ok("text/xml", "<rss/>"));
    let url = format!("http://turncoat.example:{}/feed", site.port());
    let http = HttpClient::with_lookup(&settings(), Arc::new(Names::default())).unwrap();
    assert!(get(&http, &url).is_ok());
    let outcome = get(&http, &url);
    assert!(
        matches!(outcome, Err(FetchError::NotPublic { .. })),
        "{outcome:?}"
    );
}

#[test]
fn only_permanent_redirects_before_any_other_are_told() {
    let site = TestSite::start();
    let http = HttpClient::with_lookup(&settings(), Arc::new(Names::default())).unwrap();
    site.answer("/feed", Scripted::ok("text/xml", "<rss/>"));
    site.answer("/old", Scripted::redirect(301, "/older"));
    site.answer("/older", Scripted::redirect(308, "/feed"));
    site.answer("/away", Scripted::redirect(302, "/old"));
    site.answer("/mixed", Scripted::redirect(301, "/away"));
    let moved = |path: &str| get(&http, &site.url(path)).unwrap().moved_to;
    assert_eq!(moved("/old"), Some(site.url("/feed")));
    assert_eq!(moved("/away"), None);
    assert_eq!(moved("/mixed"), Some(site.url("/away")));
}
