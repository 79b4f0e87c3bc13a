//! A server with very many feeds at many addresses; it ends when its standard input does.

use std::fmt::Write as _;
use std::io::Read as _;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Requests of a feed for each that finds news.
const NEWS_EVERY: u64 = 50;
/// Items of a feed.
const ITEMS: u64 = 30;
/// Feeds are told apart by number up to here.
const MOST_FEEDS: usize = 1 << 20;

/// What was asked.
#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    unchanged: AtomicU64,
    connections: AtomicU64,
}

struct Feeds {
    counts: Counts,
    /// Requests of each feed so far.
    asked: Vec<AtomicU64>,
}

/// Serves from so many addresses, and tells them on a line.
pub fn serve(hosts: usize) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let feeds = Arc::new(Feeds {
        counts: Counts::default(),
        asked: (0..MOST_FEEDS).map(|_| AtomicU64::new(0)).collect(),
    });
    let mut addresses = String::new();
    let mut port = 0;
    for number in 0..hosts {
        let address = Ipv4Addr::from_bits(0x7f00_0001 + number as u32);
        let listener = runtime.block_on(TcpListener::bind((address, port)))?;
        port = listener.local_addr()?.port();
        write!(addresses, "{address}:{port} ")?;
        runtime.spawn(accept(listener, Arc::clone(&feeds)));
    }
    println!("{addresses}");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    let counts = &feeds.counts;
    println!(
        "the server counted {} requests, {} of them answered 304, over {} connections",
        counts.requests.load(Ordering::Relaxed),
        counts.unchanged.load(Ordering::Relaxed),
        counts.connections.load(Ordering::Relaxed),
    );
    Ok(())
}

async fn accept(listener: TcpListener, feeds: Arc<Feeds>) {
    while let Ok((stream, _)) = listener.accept().await {
        feeds.counts.connections.fetch_add(1, Ordering::Relaxed);
        let feeds = Arc::clone(&feeds);
        // A client that goes away ends its connection.
        tokio::spawn(async move { answer_all(stream, &feeds).await.ok() });
    }
}

async fn answer_all(stream: TcpStream, feeds: &Feeds) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    let (mut number, mut etag) = (0, String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let text = line.trim_end();
        if let Some(path) = text.strip_prefix("GET /feed/") {
            number = path
                .split(' ')
                .next()
                .and_then(|n| n.parse().ok())
                .unwrap_or(0);
            etag.clear();
        } else if let Some((name, value)) = text.split_once(": ") {
            if name.eq_ignore_ascii_case("if-none-match") {
                value.clone_into(&mut etag);
            }
        } else if text.is_empty() {
            let answer = answer(feeds, number, &etag);
            stream.get_mut().write_all(answer.as_bytes()).await?;
        }
    }
}

fn answer(feeds: &Feeds, number: usize, etag: &str) -> String {
    feeds.counts.requests.fetch_add(1, Ordering::Relaxed);
    let asked = feeds.asked[number % MOST_FEEDS].fetch_add(1, Ordering::Relaxed);
    // Not all of them have news at the same time.
    let version = (asked + number as u64) / NEWS_EVERY;
    let now = format!("\"{version}\"");
    if etag == now {
        feeds.counts.unchanged.fetch_add(1, Ordering::Relaxed);
        return format!("HTTP/1.1 304 Not Modified\r\nETag: {now}\r\n\r\n");
    }
    let body = document(number, version);
    format!(
        "HTTP/1.1 200 OK\r\nETag: {now}\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn document(number: usize, version: u64) -> String {
    let mut body = format!(
        "<rss version=\"2.0\"><channel><title>Feed {number}</title><language>en</language>"
    );
    for item in (version..version + ITEMS).rev() {
        // Writing to a text cannot fail.
        let _ = write!(
            body,
            "<item><guid>https://feed-{number}.example/story/{item}</guid><title>Story {item} of feed {number}</title>\
             <link>https://feed-{number}.example/story/{item}</link>\
             <description>The harbour office counted {item} ships on Monday, more than in any week of the year before.</description></item>"
        );
    }
    body.push_str("</channel></rss>");
    body
}
