//! The move of a whole log to another place: from one machine to a cluster.
//!
//! Every record keeps its place: topic, partition and offset. So positions of groups are taken over
//! as they are, what names a record by its place still finds it, and the archive and the search
//! index go on. Offsets without a record (compacted or past their retention) are filled with
//! tombstones under [`GAP_KEY`], and where a topic forgets by age those at its beginning are cut off.
//!
//! The move keeps no progress of its own: the end of each partition of the copy says how far it is.
//! A later run compares what is there with the log, record by record, and goes on behind it.
//! Positions come last, and one that is there already is never moved.

mod comparing;
mod copying;

use wiredesk_model::{Cleanup, Position, Topic, TopicPartition, TopicSpec};
use wiredesk_pipeline::{Extent, LogCopy, Stock, StoppedLog, TransportError};

use copying::Copying;

pub use copying::GAP_KEY;

/// Why a log cannot be moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// It is in use.
    #[error("somebody works with {0}, or was killed a moment ago: stop that first")]
    AtWork(String),
    /// It has none of the topics.
    #[error("{0} has no topics of this name: is topics.prefix the one that it was made with?")]
    Nothing(String),
    /// Keys would belong to other partitions.
    #[error(
        "topic {topic} has {there} partitions there and {here} here: stories would belong to \
         other partitions; delete it there, and the move makes it anew"
    )]
    Partitions {
        /// Which topic.
        topic: Topic,
        /// Its partitions here.
        here: usize,
        /// Its partitions there.
        there: usize,
    },
    /// The copy goes on behind the log.
    #[error(
        "{at} ends at {there} there and at {here} here: it holds records that this log never had. \
         If services have worked there since a move, it was done before; otherwise choose another \
         topics.prefix, or delete the topics there"
    )]
    Beyond {
        /// Where.
        at: TopicPartition,
        /// The end here.
        here: i64,
        /// The end there.
        there: i64,
    },
    /// A record of the copy is not the one of the log.
    #[error(
        "{at} holds another record at {offset} there than here: nothing was written; choose \
         another topics.prefix, or delete the topics there"
    )]
    Differs {
        /// Where.
        at: TopicPartition,
        /// At which offset.
        offset: i64,
    },
    /// A record of the log is missing amid the copy.
    #[error("{at} lacks the record at {offset} there: delete the topic there and begin again")]
    Lacks {
        /// Where.
        at: TopicPartition,
        /// At which offset.
        offset: i64,
    },
    /// The copy did not end where it must.
    #[error("{at} ends at {there} there after all was written, and not at {here}: begin again")]
    Misplaced {
        /// Where.
        at: TopicPartition,
        /// The end here.
        here: i64,
        /// The end there.
        there: i64,
    },
    /// A group of the copy stands elsewhere.
    #[error(
        "the {service} stands at {there} of {at} there and at {here} here: it has worked there; \
         its position stays as it is"
    )]
    Stands {
        /// The service.
        service: String,
        /// Where.
        at: TopicPartition,
        /// Its position here.
        here: i64,
        /// Its position there.
        there: i64,
    },
    /// Somebody wrote to the log meanwhile.
    #[error("somebody worked with {0} while it was moved: stop that, and run the move again")]
    Changed(String),
    /// One of the two cannot be read or written.
    #[error(transparent)]
    Log(#[from] TransportError),
}

/// How far a move is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MoveProgress {
    /// What is being worked on; `None` before the first and behind the last.
    pub topic: Option<Topic>,
    /// Records that an earlier run had written, compared with the log.
    pub compared: u64,
    /// Offsets written by this run.
    pub written: u64,
    /// Offsets that this run has to write.
    pub to_write: u64,
    /// Positions committed by this run.
    pub positions: u64,
}

/// A move that nothing stands in the way of, as far as can be told without reading everything.
pub struct Move<'a> {
    from: &'a dyn StoppedLog,
    to: &'a mut dyn LogCopy,
    stocks: Vec<Stock>,
    progress: MoveProgress,
}

impl<'a> Move<'a> {
    /// Looks at both sides and writes nothing. Topics of `specs` that the log was never given are
    /// made as they say there.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn prepare(
        from: &'a dyn StoppedLog,
        to: &'a mut dyn LogCopy,
        specs: &[TopicSpec],
    ) -> Result<Self, MoveError> {
        if from.is_at_work()? {
            return Err(MoveError::AtWork(from.place()));
        }
        let mut stocks = Vec::new();
        let mut is_there = false;
        for spec in specs {
            let found = from.stock(spec.topic)?;
            is_there |= found.is_some();
            stocks.push(found.unwrap_or_else(|| empty(spec)));
        }
        if !is_there {
            return Err(MoveError::Nothing(from.place()));
        }
        let mut prepared = Self {
            from,
            to,
            stocks,
            progress: MoveProgress::default(),
        };
        prepared.look()?;
        prepared.open_positions()?;
        Ok(prepared)
    }

    /// How much there is to do.
    pub fn progress(&self) -> MoveProgress {
        self.progress
    }

    /// Moves everything; `tell` hears how far it is.
    ///
    /// # Errors
    /// What came in the way. What was written stays, and the next run goes on behind it.
    pub fn carry_out(
        mut self,
        tell: &mut dyn FnMut(MoveProgress),
    ) -> Result<MoveProgress, MoveError> {
        let specs: Vec<TopicSpec> = self.stocks.iter().map(|one| one.spec.clone()).collect();
        let topics: Vec<Topic> = specs.iter().map(|spec| spec.topic).collect();
        self.to.make_topics(&specs)?;
        self.to.settle(&topics)?;
        let there = self.look()?;
        for (stock, there) in self.stocks.iter().zip(&there) {
            self.progress.topic = Some(stock.spec.topic);
            comparing::compare(self.from, self.to, (stock, there), &mut |records| {
                self.progress.compared += records;
                tell(self.progress);
            })?;
        }
        for (stock, there) in self.stocks.iter().zip(&there) {
            self.progress.topic = Some(stock.spec.topic);
            let mut told = |offsets| {
                self.progress.written += offsets;
                tell(self.progress);
            };
            Copying::of(self.to, stock, there, &mut told).run(self.from)?;
            cut(self.to, stock)?;
        }
        self.progress.topic = None;
        self.see_that_nobody_wrote()?;
        for (service, positions) in self.open_positions()? {
            self.to.commit(&service, &positions)?;
            self.progress.positions += positions.len() as u64;
        }
        tell(self.progress);
        Ok(self.progress)
    }

    /// What the copy holds of each topic, and nothing where it is missing.
    fn look(&mut self) -> Result<Vec<Vec<Extent>>, MoveError> {
        let mut all = Vec::new();
        let mut to_write = 0;
        for stock in &self.stocks {
            let found = self.to.extents(stock.spec.topic)?;
            let there = found.unwrap_or_else(|| vec![NOTHING; stock.extents.len()]);
            check(stock, &there)?;
            let missing = stock.extents.iter().zip(&there);
            to_write += missing
                .map(|(here, there)| (here.next - there.next).max(0).cast_unsigned())
                .sum::<u64>();
            all.push(there);
        }
        self.progress.to_write = to_write;
        Ok(all)
    }

    fn see_that_nobody_wrote(&self) -> Result<(), MoveError> {
        let mut is_changed = self.from.is_at_work()?;
        for stock in &self.stocks {
            let now = self.from.stock(stock.spec.topic)?;
            is_changed |= now.is_some_and(|now| now.extents != stock.extents);
        }
        match is_changed {
            true => Err(MoveError::Changed(self.from.place())),
            false => Ok(()),
        }
    }

    /// The positions that the groups of the copy do not have yet.
    fn open_positions(&self) -> Result<Vec<(String, Vec<Position>)>, MoveError> {
        let mut open = Vec::new();
        for (service, positions) in self.from.committed()? {
            let positions: Vec<Position> = positions
                .into_iter()
                .filter_map(|position| self.within(position))
                .collect();
            let at: Vec<TopicPartition> = positions.iter().map(|position| position.at).collect();
            let there = self.to.committed(&service, &at)?;
            let mut missing = Vec::new();
            for (position, there) in positions.into_iter().zip(there) {
                match there {
                    None => missing.push(position),
                    Some(there) if there == position.next_offset => {}
                    Some(there) => {
                        return Err(MoveError::Stands {
                            service,
                            at: position.at,
                            here: position.next_offset,
                            there,
                        });
                    }
                }
            }
            if !missing.is_empty() {
                open.push((service, missing));
            }
        }
        Ok(open)
    }

    /// A position as it is there: what is past its retention cannot be read from.
    fn within(&self, position: Position) -> Option<Position> {
        let of_topic = |stock: &&Stock| stock.spec.topic == position.at.topic;
        let stock = self.stocks.iter().find(of_topic)?;
        let extent = stock.extents.get(position.at.partition as usize)?;
        let start = if forgets_by_age(stock) {
            extent.start
        } else {
            0
        };
        Some(Position {
            next_offset: position.next_offset.clamp(start, extent.next.max(start)),
            ..position
        })
    }
}

const NOTHING: Extent = Extent {
    start: 0,
    next: 0,
    last_ms: 0,
};

fn empty(spec: &TopicSpec) -> Stock {
    Stock {
        spec: spec.clone(),
        extents: vec![NOTHING; spec.partitions as usize],
    }
}

fn forgets_by_age(stock: &Stock) -> bool {
    matches!(stock.spec.cleanup, Cleanup::Delete { .. })
}

/// Whether the copy can be a beginning of the log, by its partitions and their ends.
fn check(stock: &Stock, there: &[Extent]) -> Result<(), MoveError> {
    let topic = stock.spec.topic;
    if there.len() != stock.extents.len() {
        return Err(MoveError::Partitions {
            topic,
            here: stock.extents.len(),
            there: there.len(),
        });
    }
    let ends = (0_u32..).zip(stock.extents.iter().zip(there));
    for (partition, (here, there)) in ends {
        if there.next > here.next {
            return Err(MoveError::Beyond {
                at: TopicPartition::new(topic, partition),
                here: here.next,
                there: there.next,
            });
        }
    }
    Ok(())
}

/// Takes what was filled in for expired records off the beginning of the copy.
fn cut(to: &mut dyn LogCopy, stock: &Stock) -> Result<(), MoveError> {
    if !forgets_by_age(stock) {
        return Ok(());
    }
    let there = to.extents(stock.spec.topic)?.unwrap_or_default();
    let starts = (0_u32..).zip(stock.extents.iter().zip(&there));
    let starts: Vec<Position> = starts
        .filter(|(_, (here, there))| there.start < here.start)
        .map(|(partition, (here, _))| Position {
            at: TopicPartition::new(stock.spec.topic, partition),
            next_offset: here.start,
        })
        .collect();
    match starts.is_empty() {
        true => Ok(()),
        false => Ok(to.cut(&starts)?),
    }
}

/// Positions of all partitions of a topic, by their numbers.
fn positions(topic: Topic, offsets: impl Iterator<Item = i64>) -> Vec<Position> {
    (0_u32..)
        .zip(offsets)
        .map(|(partition, next_offset)| Position {
            at: TopicPartition::new(topic, partition),
            next_offset,
        })
        .collect()
}
