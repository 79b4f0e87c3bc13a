//! Membership of a group with patience: joining, rewinding and waiting for a transport that is
//! out of reach. Both runners stand on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wiredesk_model::{InstanceId, Position, Topic, TopicPartition};

use crate::backoff::Backoff;
use crate::{
    Batch, Count, Member, Membership, Phase, Polled, RunError, RunnerSettings, Status, StopSignal,
    Transport, TransportError, observe,
};

/// How often the lag is asked for.
const LAG_EVERY: Duration = Duration::from_secs(2);

/// What a runner runs with.
#[derive(Clone)]
pub struct Run {
    /// The log to run on.
    pub transport: Arc<dyn Transport>,
    /// This instance; unique among the live members of the group.
    pub instance: InstanceId,
    /// Limits.
    pub settings: RunnerSettings,
    /// The signal to stop.
    pub stop: StopSignal,
    /// Where progress is shown.
    pub status: Arc<Status>,
}

/// What became of a commit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    /// The batch took effect.
    Yes,
    /// Nothing was written: everything under way is void and is read again.
    No,
    /// Nothing was written, and trying again cannot help: a record is refused.
    Refused(String),
}

/// A member of the group of one service.
pub(crate) struct Group {
    pub service: &'static str,
    pub run: Run,
    member: Box<dyn Member>,
    backoff: Backoff,
    lag_due: Instant,
    /// Since when the transport has been out of reach.
    away_since: Option<Instant>,
    /// Partitions whose reading must go back to the committed positions.
    to_rewind: Vec<TopicPartition>,
    /// Partitions that must be given up.
    to_release: Vec<TopicPartition>,
}

impl Group {
    /// Joins the group of this name for `service`, trying again while the transport is out of
    /// reach; `None` where asked to stop first.
    pub fn join(
        (service, group): (&'static str, &str),
        input: Topic,
        run: Run,
    ) -> Result<Option<Self>, RunError> {
        let membership = Membership {
            service: group.to_owned(),
            instance: run.instance.clone(),
            inputs: vec![input],
        };
        let mut backoff = Backoff::new(run.settings.backoff_limit);
        loop {
            match run.transport.join(&membership) {
                Ok(member) => {
                    run.status.set_phase(Phase::Running);
                    tracing::info!(service, instance = %run.instance, "joined the group");
                    let lag_due = Instant::now();
                    backoff.reset();
                    return Ok(Some(Self {
                        service,
                        run,
                        member,
                        backoff,
                        lag_due,
                        away_since: None,
                        to_rewind: Vec::new(),
                        to_release: Vec::new(),
                    }));
                }
                Err(TransportError::Unavailable(detail)) => {
                    wait_for_transport(service, &run, &detail);
                    if run.stop.wait(backoff.step()) {
                        return Ok(None);
                    }
                }
                Err(source) => return Err(failure(service, source)),
            }
        }
    }

    /// Polls, after any rewind that is still owed. Comes back empty while the transport is out of
    /// reach.
    pub fn poll(&mut self, max: usize, wait: Duration) -> Result<Polled, RunError> {
        let polled = self
            .settle_owed()
            .and_then(|()| self.member.poll(max, wait));
        match polled {
            Ok(polled) => {
                self.note_reachable();
                Ok(polled)
            }
            Err(error) => {
                self.bear(error)?;
                Ok(Polled::default())
            }
        }
    }

    /// Commits. `No` means that everything held must be read again; `rewind` does that.
    pub fn commit(&mut self, batch: Batch) -> Result<Committed, RunError> {
        let committed = self.member.commit(batch);
        observe::commit_result(self.service, result_name(&committed));
        match committed {
            Ok(()) => {
                self.note_reachable();
                Ok(Committed::Yes)
            }
            Err(TransportError::Refused(detail)) => Ok(Committed::Refused(detail)),
            Err(error) => {
                self.bear(error)?;
                Ok(Committed::No)
            }
        }
    }

    /// The committed position of a partition; `None` while it cannot be asked.
    pub fn committed(&mut self, at: TopicPartition) -> Result<Option<Position>, RunError> {
        match self.member.committed(&[at]) {
            Ok(positions) => Ok(positions.first().copied()),
            Err(error) => self.bear(error).map(|()| None),
        }
    }

    /// Has these partitions read again from their committed positions, at the latest before the
    /// next poll.
    pub fn rewind(&mut self, partitions: &[TopicPartition]) -> Result<(), RunError> {
        self.to_rewind.extend_from_slice(partitions);
        self.settle_owed().or_else(|error| self.bear(error))
    }

    /// Gives up and rewinds what is owed; what fails stays owed.
    fn settle_owed(&mut self) -> Result<(), TransportError> {
        if !self.to_release.is_empty() {
            self.member.release(&self.to_release)?;
            self.to_release.clear();
        }
        if !self.to_rewind.is_empty() {
            self.member.rewind(&self.to_rewind)?;
            self.to_rewind.clear();
        }
        Ok(())
    }

    /// Gives partitions up, at the latest before the next poll.
    pub fn release(&mut self, partitions: &[TopicPartition]) -> Result<(), RunError> {
        self.forget(partitions);
        self.to_release.extend_from_slice(partitions);
        self.settle_owed().or_else(|error| self.bear(error))
    }

    /// Nothing is owed for partitions that are gone.
    pub fn forget(&mut self, partitions: &[TopicPartition]) {
        self.to_rewind.retain(|at| !partitions.contains(at));
        self.to_release.retain(|at| !partitions.contains(at));
    }

    /// Stops or goes on with the delivery of these partitions; whether that could be done.
    pub fn set_paused(&mut self, parts: &[TopicPartition], paused: bool) -> Result<bool, RunError> {
        let done = match paused {
            true => self.member.pause(parts),
            false => self.member.resume(parts),
        };
        match done {
            Ok(()) => Ok(true),
            Err(error) => self.bear(error).map(|()| false),
        }
    }

    /// Shows phase and partitions from time to time, and the lag where it says something.
    pub fn show_standing(&mut self, partitions: usize, reads_its_input: bool) {
        self.run.status.set(Count::Partitions, partitions as u64);
        if self.lag_due > Instant::now() {
            return;
        }
        self.lag_due = Instant::now() + LAG_EVERY;
        if reads_its_input {
            match self.member.lag() {
                Ok(lag) => self.run.status.set(Count::Lag, lag),
                Err(error) => tracing::debug!(service = self.service, %error, "lag not known"),
            }
        }
        observe::standing(self.service, self.run.status.get(Count::Lag), partitions);
        let away = self
            .away_since
            .map_or(Duration::ZERO, |since| since.elapsed());
        observe::phase(self.service, &self.run.status.phase(), away);
    }

    /// Takes an error of the transport: waits a little where that can help, ends otherwise.
    pub fn bear(&mut self, error: TransportError) -> Result<(), RunError> {
        match error {
            TransportError::Superseded(detail) => {
                tracing::info!(service = self.service, "{detail}; reading again");
                Ok(())
            }
            TransportError::Unavailable(detail) => {
                self.away_since.get_or_insert_with(Instant::now);
                wait_for_transport(self.service, &self.run, &detail);
                self.run.stop.wait(self.backoff.step());
                Ok(())
            }
            other => Err(failure(self.service, other)),
        }
    }

    fn note_reachable(&mut self) {
        self.backoff.reset();
        self.away_since = None;
        if matches!(self.run.status.phase(), Phase::Waiting(_)) {
            tracing::info!(service = self.service, "the transport is back");
            self.run.status.set_phase(Phase::Running);
        }
    }
}

/// Says once that the transport is out of reach, and shows it.
fn wait_for_transport(service: &str, run: &Run, detail: &str) {
    if !matches!(run.status.phase(), Phase::Waiting(_)) {
        tracing::warn!(
            service,
            "{detail}; trying again until it is back, nothing is lost"
        );
    }
    run.status.set_phase(Phase::Waiting(detail.to_owned()));
}

fn result_name(committed: &Result<(), TransportError>) -> &'static str {
    match committed {
        Ok(()) => "committed",
        Err(TransportError::Superseded(_) | TransportError::Fenced(_)) => "superseded",
        Err(TransportError::Unavailable(_)) => "unavailable",
        Err(TransportError::Refused(_)) => "refused",
        Err(TransportError::Invalid(_) | TransportError::Fatal(_)) => "failed",
    }
}

fn failure(service: &'static str, source: TransportError) -> RunError {
    match source {
        TransportError::Fenced(detail) => RunError::Fenced { service, detail },
        source => RunError::Transport { service, source },
    }
}
