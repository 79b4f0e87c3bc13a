//! What a stage reads beside its input: orders, which overtake the records that wait, and news of
//! what the other instances know. Neither moves a position: an order is taken in again whenever
//! memories are read again, and what is done already is not done twice.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wiredesk_model::{Incoming, Timestamp, Topic};

use crate::group::Run;
use crate::memories::Memories;
use crate::{KeyedStage, Reader, Start, TransportError};

/// Records of one read.
const AT_ONCE: usize = 1_000;
/// A batch of records waits no longer for what was written beside it before it was read.
const PATIENCE: Duration = Duration::from_secs(10);

/// A topic read as a whole, outside every group.
struct Side {
    topic: Topic,
    /// How far back it is read; `None` from its oldest record.
    back: Option<Duration>,
    reader: Option<Box<dyn Reader>>,
    opened: Instant,
    caught_up: bool,
}

impl Side {
    fn new(topic: Topic, back: Option<Duration>) -> Self {
        Self {
            topic,
            back,
            reader: None,
            opened: Instant::now(),
            caught_up: false,
        }
    }

    /// Reads it from its beginning again.
    fn begin_again(&mut self) {
        self.reader = None;
        self.opened = Instant::now();
        self.caught_up = false;
    }

    /// What came since the last time, without waiting.
    fn read(&mut self, run: &Run) -> Result<Vec<Incoming>, TransportError> {
        let start = self.start();
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(run.transport.reader(self.topic, start)?),
        };
        let records = reader.read(AT_ONCE, Duration::ZERO)?;
        if !self.caught_up {
            // Where others write all the time its end moves on and on.
            let waited = self.opened.elapsed() > PATIENCE;
            self.caught_up = waited || records.is_empty() && reader.at_end()?;
        }
        Ok(records)
    }

    fn start(&self) -> Start {
        match self.back {
            None => Start::Earliest,
            Some(back) => {
                let back_ms = i64::try_from(back.as_millis()).unwrap_or(i64::MAX);
                let now_ms = Timestamp::now().as_millisecond();
                Start::Time(now_ms.saturating_sub(back_ms))
            }
        }
    }
}

/// What a stage reads beside its input.
pub(crate) struct Beside<S> {
    stage: Arc<S>,
    orders: Option<Side>,
    news: Option<Side>,
}

impl<S: KeyedStage> Beside<S> {
    pub fn new(stage: Arc<S>) -> Self {
        let orders = stage.orders().map(|topic| Side::new(topic, None));
        let news = stage
            .news()
            .map(|(topic, back)| Side::new(topic, Some(back)));
        Self {
            stage,
            orders,
            news,
        }
    }

    /// Whether everything that was written before the memories were read has been taken in.
    pub fn is_ready(&self) -> bool {
        let sides = [&self.orders, &self.news];
        sides.into_iter().flatten().all(|side| side.caught_up)
    }

    /// Memories were read again: the orders are given to them again.
    pub fn give_orders_again(&mut self) {
        self.orders.iter_mut().for_each(Side::begin_again);
    }

    /// Takes in what came since the last time.
    pub fn take_in(&mut self, memories: &mut Memories<S>, run: &Run) -> Result<(), TransportError> {
        if let Some(news) = &mut self.news {
            for record in news.read(run)? {
                self.stage.learn(&record);
            }
        }
        if let Some(orders) = &mut self.orders {
            for record in orders.read(run)? {
                memories.order(&record);
            }
        }
        Ok(())
    }
}
