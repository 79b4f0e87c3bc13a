//! `wiredesk feeds` as people call it, against a site on this machine.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use wiredesk_testkit::wait::wait_until;
use wiredesk_testkit::web::{Answer, TestSite};

const LIMIT: Duration = Duration::from_secs(60);
const RSS: &str = "application/rss+xml; charset=utf-8";

/// A folder with a configuration, and a site with feeds.
struct Scene {
    folder: tempfile::TempDir,
    site: TestSite,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("sources")).expect("a folder");
        let config =
            "[http]\naddress = \"\"\n[fetcher]\nhost_pause_ms = 0\nwatch_sources_seconds = 1\n";
        std::fs::write(folder.path().join("w.toml"), config).expect("a file");
        let site = TestSite::start();
        for name in ["home", "world"] {
            site.answer(&format!("/{name}.xml"), feed(name).header("ETag", "\"v1\""));
        }
        Self { folder, site }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wiredesk"));
        command
            .args(arguments)
            .args(["--config", "w.toml"])
            .current_dir(self.path())
            .env_remove("WIREDESK_CONFIG")
            .stdin(Stdio::null());
        command
    }

    /// Exit code, output and errors.
    fn call(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.command(arguments).output().expect("it runs");
        (
            output.status.code().expect("it ended by itself"),
            String::from_utf8(output.stdout).expect("text"),
            String::from_utf8(output.stderr).expect("text"),
        )
    }

    #[track_caller]
    fn well(&self, arguments: &[&str]) -> String {
        let (code, text, errors) = self.call(arguments);
        assert_eq!(code, 0, "{arguments:?}: {text}{errors}");
        text
    }

    #[track_caller]
    fn wrong(&self, arguments: &[&str], told: &str) {
        let (code, text, errors) = self.call(arguments);
        assert_ne!(code, 0, "{arguments:?}: {text}");
        assert!(errors.contains(told), "{arguments:?}: {errors}");
    }

    fn add(&self, path: &str) -> String {
        self.well(&["feeds", "add", &self.site.url(path), "--allow-private"])
    }

    fn sources(&self) -> String {
        std::fs::read_to_string(self.path().join("sources/feeds.toml")).expect("a file")
    }
}

fn feed(name: &str) -> Answer {
    let body = format!(
        "<rss version=\"2.0\"><channel><title>The {name} desk</title><ttl>30</ttl><item><guid>{name}-1</guid>\
         <title>One</title><pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate></item></channel></rss>"
    );
    Answer::ok(RSS, body)
}

#[test]
fn a_feed_is_found_added_tested_and_listed() {
    let scene = Scene::new();
    let page = "<html><head><link rel=alternate type=application/rss+xml title=Home href=/home.xml></head>\
                <body><a href=/world.xml>no</a><a href='/old/rss.xml'>old</a></body></html>";
    scene.site.answer("/", Answer::ok("text/html", page));
    let found = scene.well(&["feeds", "discover", &scene.site.url("/")]);
    assert!(found.contains("/home.xml"), "{found}");
    assert!(
        found.contains("The home desk (declared, rss, 1 items"),
        "{found}"
    );

    let text = scene.add("/");
    assert!(text.contains("the-home-desk at http://"), "{text}");
    let sources = scene.sources();
    assert!(
        sources.contains("/home.xml\"\nallow_private = true"),
        "{sources}"
    );
    let home = scene.site.url("/home.xml");
    scene.wrong(&["feeds", "add", &home], "is among the sources already");

    let told = scene.well(&["feeds", "test", "the-home-desk"]);
    for word in [
        "The home desk",
        "asked again with them, it says 304",
        "1 by guid",
        "ttl 30 min",
        "after 30 min",
    ] {
        assert!(told.contains(word), "{word} is missing in:\n{told}");
    }
    let list = scene.well(&["feeds", "list"]);
    assert!(list.contains("1 feeds: 1 new"), "{list}");
    assert!(!scene.path().join(".wiredesk").exists(), "nothing was made");
}

#[test]
fn what_cannot_be_added_is_told_and_nothing_is_written() {
    let scene = Scene::new();
    let url = |path: &str| scene.site.url(path);
    let several = "<a href=/home.xml/feed>a</a><link rel=alternate type=application/rss+xml href=/home.xml>\
                   <link rel=alternate type=application/rss+xml href=/world.xml>";
    scene
        .site
        .answer("/several", Answer::ok("text/html", several));
    scene
        .site
        .answer("/none", Answer::ok("text/html", "<p>hello</p>"));
    let add = |more: &[&str], told: &str| {
        let mut arguments = vec!["feeds", "add"];
        arguments.extend(more);
        scene.wrong(&arguments, told);
    };
    let (several, none, gone) = (url("/several"), url("/none"), url("/gone"));
    add(&[&several, "--allow-private"], "is a page with 2 feeds");
    add(&[&none, "--allow-private"], "no feed of it was found");
    add(&[&gone, "--allow-private"], "status 404");
    add(&[&url("/home.xml")], "which is not public");
    let home = url("/home.xml");
    add(
        &[&home, "--allow-private", "--id", "a b"],
        "must be letters, digits",
    );
    add(
        &[&home, "--allow-private", "--file", "feeds.txt"],
        "must end in .toml",
    );
    add(&["ftp://x.example/", "--unchecked"], "must begin with http");
    assert!(!scene.path().join("sources/feeds.toml").exists());
    scene.wrong(
        &["feeds", "test", "nobody"],
        "neither a source nor an address",
    );
    scene.wrong(&["feeds", "list", "nobody"], "there is no feed nobody");
}

#[test]
fn lists_go_out_and_come_in() {
    let scene = Scene::new();
    let list = scene.path().join("feeds.opml");
    let text = "<opml version='2.0'><body><outline text='News'><outline text='Home &amp; away' xmlUrl='https://x.example/home'/>\
                <outline text='World' xmlUrl='https://x.example/world' language='de'/></outline>\
                <outline text='World' xmlUrl='https://y.example/world'/><outline text='Mail' xmlUrl='mailto:x'/></body></opml>";
    std::fs::write(&list, text).expect("a file");
    let told = scene.well(&["feeds", "import", "feeds.opml", "--dry-run"]);
    assert!(told.contains("3 feeds would be added"), "{told}");
    assert!(!scene.path().join("sources/feeds.toml").exists());
    let told = scene.well(&["feeds", "import", "feeds.opml"]);
    assert!(told.contains("3 feeds were added"), "{told}");
    assert!(told.contains("1 were left out"), "{told}");
    let sources = scene.sources();
    for line in [
        "id = \"home-away\"",
        "id = \"world-2\"",
        "categories = [\"News\"]",
    ] {
        assert!(sources.contains(line), "{line} is missing in:\n{sources}");
    }
    let again = scene.well(&["feeds", "import", "feeds.opml"]);
    assert!(again.contains("0 feeds were added"), "{again}");

    let exported = scene.well(&["feeds", "export"]);
    let other = Scene::new();
    std::fs::write(other.path().join("feeds.opml"), &exported).expect("a file");
    other.well(&["feeds", "import", "feeds.opml"]);
    assert_eq!(other.sources(), sources);
    for (text, told) in [
        ("<opml>", "no outline in it has an xmlUrl"),
        ("{}", "no <opml> in it"),
    ] {
        std::fs::write(&list, text).expect("a file");
        scene.wrong(&["feeds", "import", "feeds.opml"], told);
    }
    scene.wrong(
        &["feeds", "import", "nowhere.opml"],
        "cannot read nowhere.opml",
    );
}

/// A process that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has noticed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_running_fetcher_takes_in_what_is_added_and_keeps_what_it_has_where_that_is_wrong() {
    let scene = Scene::new();
    scene.add("/home.xml");
    let child = scene.command(&["fetcher"]).stderr(Stdio::null()).spawn();
    let _running = Running(child.expect("it starts"));
    let lists = |word: &str| scene.well(&["feeds", "list"]).contains(word);
    wait_until("the first feed", LIMIT, || lists("1 feeds: 1 ok"));
    scene.add("/world.xml");
    wait_until("the second feed", LIMIT, || lists("2 feeds: 2 ok"));
    let one = scene.well(&["feeds", "list", "the-world-desk"]);
    for word in ["last polls", "changed", "1 in the document, 1 remembered"] {
        assert!(one.contains(word), "{word} is missing in:\n{one}");
    }

    let broken = format!("{}[[source]]\nid = 'a b'\n", scene.sources());
    let file = scene.path().join("sources/feeds.toml");
    let sound = scene.sources().replace("/home.xml", "/gone.xml");
    std::fs::write(&file, broken).expect("a file");
    scene.wrong(&["feeds", "list"], "must be letters, digits");
    std::fs::write(&file, sound).expect("a file");
    wait_until("a changed address", LIMIT, || {
        lists("2 feeds: 1 failing, 1 ok")
    });
}
