//! The stage's work, on threads of its own: many records at once, answers in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use rayon::prelude::*;
use wiredesk_model::ReasonCode;

use crate::lanes::Queued;
use crate::{Outcome, Stage};

/// A record with what became of it.
#[derive(Debug)]
pub(crate) struct Decided {
    pub queued: Queued,
    pub outcome: Outcome,
}

/// Threads that run a stage.
pub(crate) struct Workers {
    pool: rayon::ThreadPool,
    stage: Arc<dyn Stage>,
}

/// The threads ended without an answer.
#[derive(Debug)]
pub(crate) struct GivenUp;

/// A batch whose records are being decided.
pub(crate) struct Flight {
    pub launched: Instant,
    answer: Receiver<Vec<Decided>>,
}

impl Workers {
    pub fn new(stage: Arc<dyn Stage>, threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let name = stage.name();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(move |number| format!("{name}-{number}"))
            .build()?;
        Ok(Self { pool, stage })
    }

    /// Hands a batch to the threads.
    pub fn launch(&self, batch: Vec<Queued>) -> Flight {
        let (sender, answer) = bounded(1);
        let stage = Arc::clone(&self.stage);
        self.pool.spawn(move || {
            let decided = batch
                .into_par_iter()
                .with_max_len(8)
                .map(|queued| decide(&*stage, queued));
            // Nobody listens where the batch was given up meanwhile.
            let _ = sender.send(decided.collect());
        });
        Flight {
            launched: Instant::now(),
            answer,
        }
    }
}

impl Flight {
    /// The decided batch, in the order it was launched; `None` where it takes longer than `limit`.
    ///
    /// # Errors
    /// Where the threads gave the batch up, so that it must be read again.
    pub fn wait(&self, limit: Duration) -> Result<Option<Vec<Decided>>, GivenUp> {
        match self.answer.recv_timeout(limit) {
            Ok(decided) => Ok(Some(decided)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(GivenUp),
        }
    }
}

/// Asks the stage; a panic in it makes the record a dead letter instead of ending the service.
fn decide(stage: &dyn Stage, queued: Queued) -> Decided {
    let asked = catch_unwind(AssertUnwindSafe(|| stage.process(&queued.record)));
    let outcome = asked.unwrap_or_else(|payload| Outcome::Dead {
        code: ReasonCode::Panicked,
        detail: panic_text(payload.as_ref()),
    });
    Decided { queued, outcome }
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    let said = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    format!(
        "the stage panicked: {}",
        said.unwrap_or_else(|| "no message".to_owned())
    )
}
