//! The thread on which a sink works, so that a slow store never keeps the runner from polling.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use wiredesk_model::{Incoming, Position, TopicPartition};

use crate::work::caught;
use crate::{Flush, Sink, SinkError, Stored};

/// What the sink is asked to do next.
#[derive(Debug)]
pub(crate) enum Order {
    Open(Position),
    Close(TopicPartition),
    Take(Vec<Incoming>),
    Flush(Flush),
}

/// The runner's end of the thread. Dropping it ends the thread after the order under way.
pub(crate) struct Desk {
    orders: Sender<Order>,
    answers: Receiver<Result<Stored, SinkError>>,
    /// Orders that are not answered yet.
    open: usize,
}

impl Desk {
    pub fn start(sink: Box<dyn Sink>) -> std::io::Result<Self> {
        let (orders, taken) = bounded(1);
        let (tell, answers) = bounded(1);
        let thread = std::thread::Builder::new().name(format!("{}-store", sink.name()));
        thread.spawn(move || work(sink, &taken, &tell))?;
        Ok(Self {
            orders,
            answers,
            open: 0,
        })
    }

    /// Hands an order on; only where none is under way.
    pub fn order(&mut self, order: Order) {
        self.open += 1;
        // A thread that has ended answers nothing, which `answer` tells.
        let _ = self.orders.send(order);
    }

    pub fn is_busy(&self) -> bool {
        self.open > 0
    }

    /// The answer to the order under way; `None` where it takes longer than `limit`.
    pub fn answer(&mut self, limit: Duration) -> Option<Result<Stored, SinkError>> {
        if !self.is_busy() {
            return None;
        }
        let answer = match self.answers.recv_timeout(limit) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => return None,
            Err(RecvTimeoutError::Disconnected) => Err(SinkError::Fatal(
                "the thread of the sink has ended".to_owned(),
            )),
        };
        self.open -= 1;
        Some(answer)
    }
}

fn work(
    mut sink: Box<dyn Sink>,
    orders: &Receiver<Order>,
    tell: &Sender<Result<Stored, SinkError>>,
) {
    for order in orders {
        let done = caught(|| follow(&mut *sink, order));
        let answer = done.unwrap_or_else(|said| Err(SinkError::Fatal(said)));
        if tell.send(answer).is_err() {
            return;
        }
    }
}

fn follow(sink: &mut dyn Sink, order: Order) -> Result<Stored, SinkError> {
    match order {
        Order::Open(from) => sink.open(from),
        Order::Close(at) => {
            sink.close(at);
            Ok(Stored::default())
        }
        Order::Take(records) => sink.take(records),
        Order::Flush(when) => sink.flush(when),
    }
}
