//! SIGINT and SIGTERM.

use std::time::{Duration, Instant};

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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(|source| system("start the thread for signals", source))?;
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

fn system(what: &'static str, source: std::io::Error) -> HostError {
    HostError::System { what, source }
}
