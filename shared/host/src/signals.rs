//! SIGINT and SIGTERM, and SIGHUP.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use wiredesk_pipeline::StopSignal;

use crate::HostError;

/// What a shell reports for a program that ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Shells and supervisors may signal the process and its group: so soon it is the same signal.
const ECHO: Duration = Duration::from_millis(300);

/// A stop signal that the first SIGINT or SIGTERM gives; the second ends the process at once.
///
/// # Errors
/// Where the handlers cannot be installed.
pub fn stop_on_signals() -> Result<StopSignal, HostError> {
    let stop = StopSignal::new();
    let given = stop.clone();
    let runtime = runtime()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        let handler = |kind| signal(kind).map_err(|source| system("listen for signals", source));
        (
            handler(SignalKind::interrupt())?,
            handler(SignalKind::terminate())?,
        )
    };
    // Lives as long as the process: a second signal must work to the very end.
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                let mut first = None;
                loop {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                    }
                    let again = first.is_some_and(|at: Instant| at.elapsed() >= ECHO);
                    if again {
                        tracing::warn!("stopping at once; what was under way is read again");
                        std::process::exit(INTERRUPTED);
                    }
                    if first.is_some() {
                        continue;
                    }
                    first = Some(Instant::now());
                    tracing::info!(
                        "stopping: finishing what is under way (once more to stop at once)"
                    );
                    given.request();
                }
            });
        })
        .map_err(|source| system("start the thread for signals", source))?;
    Ok(stop)
}

/// Whether a SIGHUP came.
#[derive(Debug, Clone, Default)]
pub struct Hangup(Arc<AtomicBool>);

impl Hangup {
    /// Whether one came since the last look.
    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

/// Takes SIGHUP for the wish to read the configuration again. Where a terminal is at the other end,
/// it means that the terminal is gone, and stops the process as ever.
///
/// # Errors
/// Where the handler cannot be installed.
pub fn on_hangup(stop: StopSignal) -> Result<Hangup, HostError> {
    let hangup = Hangup::default();
    let came = hangup.clone();
    let has_terminal = std::io::stdin().is_terminal();
    let runtime = runtime()?;
    let mut signals = {
        let _inside = runtime.enter();
        signal(SignalKind::hangup()).map_err(|source| system("listen for signals", source))?
    };
    std::thread::Builder::new()
        .name("hangup".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                while signals.recv().await.is_some() {
                    match has_terminal {
                        true => stop.request(),
                        false => came.0.store(true, Ordering::Release),
                    }
                }
            });
        })
        .map_err(|source| system("start the thread for signals", source))?;
    Ok(hangup)
}

fn runtime() -> Result<Runtime, HostError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(|source| system("start the thread for signals", source))
}

fn system(what: &'static str, source: std::io::Error) -> HostError {
    HostError::System { what, source }
}
