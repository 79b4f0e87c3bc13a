//! The stage's work, on threads of its own: many records at once, answers in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use rayon::prelude::*;
use wiredesk_model::ReasonCode;

use crate::KeyedStage;
use crate::lanes::Queued;

/// A record with what was made of it.
#[derive(Debug)]
pub(crate) struct Drafted<D> {
    pub queued: Queued,
    pub draft: D,
}

/// Threads that run a stage.
pub(crate) struct Workers<S> {
    pool: rayon::ThreadPool,
    stage: Arc<S>,
}

/// The threads ended without an answer.
#[derive(Debug)]
pub(crate) struct GivenUp;

/// A batch whose records are being worked on.
pub(crate) struct Flight<D> {
    pub launched: Instant,
    answer: Receiver<Vec<Drafted<D>>>,
}

impl<S: KeyedStage> Workers<S> {
    pub fn new(stage: Arc<S>, threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let name = stage.name();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(move |number| format!("{name}-{number}"))
            .build()?;
        Ok(Self { pool, stage })
    }

    /// Hands a batch to the threads.
    pub fn launch(&self, batch: Vec<Queued>) -> Flight<S::Draft> {
        let (sender, answer) = bounded(1);
        let stage = Arc::clone(&self.stage);
        self.pool.spawn(move || {
            let work = batch
                .into_par_iter()
                .with_max_len(8)
                .map(|queued| draft(&*stage, queued));
            // Nobody listens where the batch was given up meanwhile.
            let _ = sender.send(work.collect());
        });
        Flight {
            launched: Instant::now(),
            answer,
        }
    }
}

impl<D> Flight<D> {
    /// The batch with its drafts, in the order it was launched; `None` where it takes longer than `limit`.
    ///
    /// # Errors
    /// Where the threads gave the batch up, so that it must be read again.
    pub fn wait(&self, limit: Duration) -> Result<Option<Vec<Drafted<D>>>, GivenUp> {
        match self.answer.recv_timeout(limit) {
            Ok(drafted) => Ok(Some(drafted)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(GivenUp),
        }
    }
}

/// Asks the stage; a panic in it spoils the record instead of ending the service.
fn draft<S: KeyedStage>(stage: &S, queued: Queued) -> Drafted<S::Draft> {
    let asked = caught(|| stage.draft(&queued.record));
    let draft = asked.unwrap_or_else(|said| stage.spoiled(ReasonCode::Panicked, said));
    Drafted { queued, draft }
}

/// Does `work`, and survives a panic in it; what it was changing is void then.
///
/// # Errors
/// What its panic said.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let said = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        let said = said.unwrap_or_else(|| "no message".to_owned());
        format!("panicked: {said}")
    })
}
