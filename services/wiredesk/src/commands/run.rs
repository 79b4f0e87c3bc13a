//! `wiredesk run`: the whole pipeline in this process.

use std::fs::File;
use std::path::Path;

use wiredesk_fetcher::Configured;
use wiredesk_host::{Exit, Host, HostError, HttpServer, stop_on_signals};
use wiredesk_settings::{Settings, TransportKind};

use super::service::{Service, add, listen, start_telemetry};
use crate::cli::{Common, RunArgs};
use crate::demo::DemoWire;
use crate::feeds;
use crate::live::Live;

/// Where the demo wire remembers its port, below the data folder.
const DEMO_PORT_FILE: &str = "demo-port";
/// Locked by the process that runs on a data folder, or moves it.
pub(super) const LOCK_FILE: &str = "run.lock";
/// Name of the instance that holds the lock.
const ALL_IN_ONE: &str = "all-in-one";

/// Runs everything until it is asked to stop.
pub(crate) fn run(common: &Common, args: &RunArgs) -> anyhow::Result<Exit> {
    let mut settings = super::settings(common)?;
    start_telemetry(&settings)?;
    let demo = if args.demo {
        settings.sources.clear();
        Some(demo_wire(&settings.data_dir)?)
    } else {
        None
    };
    let _lock = take_name(&mut settings)?;
    let mut host = Host::open(settings, stop_on_signals()?)?;
    match &demo {
        Some(wire) => {
            let feeds = demo_feeds(&host, wire);
            feeds.add_to(&mut host)?;
        }
        None => add(&mut host, Service::Fetcher)?,
    }
    add(&mut host, Service::Cleaner)?;
    add(&mut host, Service::Enricher)?;
    if wiredesk_archiver::is_enabled(host.settings())? {
        add(&mut host, Service::Archiver)?;
    }
    wiredesk_indexer::add_enabled(&mut host)?;
    let server = open_desk(&host, args.demo)?;
    super::complain(&banner(common, &host, demo.as_ref(), server.as_ref()));
    let live = Live::start(host.transport(), host.statuses(), host.stop());
    let ended = host.run();
    live.finish();
    ended?;
    Ok(Exit::Done)
}

/// Gives the only process of its kind in a data folder a name that stays: so it takes over at once
/// from one that was killed, instead of waiting until that one counts as gone. The name is ours
/// while the returned file is open.
fn take_name(settings: &mut Settings) -> Result<Option<File>, HostError> {
    if settings.transport.kind != TransportKind::Embedded || !settings.instance.is_empty() {
        return Ok(None);
    }
    make_folder(&settings.data_dir)?;
    let lock =
        File::create(settings.data_dir.join(LOCK_FILE)).map_err(|source| HostError::System {
            what: "write to the data folder",
            source,
        })?;
    if lock.try_lock().is_err() {
        tracing::info!("another process runs on this data folder, sharing the work with it");
        return Ok(None);
    }
    ALL_IN_ONE.clone_into(&mut settings.instance);
    Ok(Some(lock))
}

fn make_folder(data_dir: &Path) -> Result<(), HostError> {
    std::fs::create_dir_all(data_dir).map_err(|source| HostError::System {
        what: "make the data folder",
        source,
    })
}

/// The demo wire instead of the configured sources; the fetcher's limits stay as they are.
fn demo_feeds(host: &Host, wire: &DemoWire) -> Configured {
    let (configured, _) = Configured::read(host.settings());
    Configured {
        sources: feeds::demo_sources(wire),
        watched: None,
        ..configured
    }
}

fn demo_wire(data_dir: &Path) -> Result<DemoWire, HostError> {
    make_folder(data_dir)?;
    DemoWire::start(&data_dir.join(DEMO_PORT_FILE))
}

/// Opens the web desk. For a first look any free port will do where the usual one is taken.
fn open_desk(host: &Host, demo: bool) -> Result<Option<HttpServer>, HostError> {
    match listen(host, None) {
        Err(HostError::Listen { address, source }) if demo => {
            tracing::warn!("cannot listen on {address} ({source}), taking a free port");
            listen(host, Some(0))
        }
        other => other,
    }
}

fn banner(
    common: &Common,
    host: &Host,
    demo: Option<&DemoWire>,
    server: Option<&HttpServer>,
) -> String {
    let settings = host.settings();
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "wiredesk".to_owned());
    let mut call = program;
    for (option, value) in [("--config", &common.config), ("--data", &common.data_dir)] {
        if let Some(value) = value {
            call.push_str(&format!(" {option} {}", value.display()));
        }
    }
    let mut lines = vec![format!(
        "\nWiredesk {} on {}",
        env!("CARGO_PKG_VERSION"),
        place(settings)
    )];
    if let Some(wire) = demo {
        lines.push(format!("  demo wire  {}", feeds_line(wire)));
    } else if settings.sources.is_empty() {
        lines
            .push("  no source is configured: add one to config/sources, or try --demo".to_owned());
    }
    if let Some(server) = server {
        let base = format!("http://{}", server.address());
        lines.push(format!("  look       {base}/"));
        lines.push(format!("  search     {base}/search"));
        lines.push(format!(
            "  subscribe  curl -N '{base}/v1/topics/enriched/stream?from=-10'"
        ));
        lines.push(format!("  health     {base}/readyz and {base}/metrics"));
    }
    lines.push(format!(
        "  read       {call} tail enriched          one line a record"
    ));
    lines.push(format!(
        "             {call} tail enriched --json   whole records"
    ));
    lines.push(
        "Ctrl-C finishes what is under way and ends; the next start goes on from there.\n"
            .to_owned(),
    );
    lines.join("\n")
}

fn place(settings: &Settings) -> String {
    match settings.transport.kind {
        TransportKind::Embedded => settings.embedded_file().display().to_string(),
        TransportKind::Kafka => format!("Kafka at {}", settings.transport.kafka.bootstrap),
    }
}

fn feeds_line(wire: &DemoWire) -> String {
    let feeds: Vec<String> = wire.feeds().into_iter().map(|(_, feed)| feed).collect();
    feeds.join("\n             ")
}
