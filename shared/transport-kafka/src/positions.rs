//! Input positions of a batch, handed to the transaction from a thread of their own.
//!
//! librdkafka can lose the answer while a coordinator moves, and then waits for good. The thread
//! that waits with it is left behind where that happens, together with its producer.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaResult;
use rdkafka::producer::Producer;
use wiredesk_pipeline::TransportError;

use crate::producer::Live;

/// How much longer than its limit librdkafka may take to answer.
const ANSWER_GRACE: Duration = Duration::from_secs(5);

/// The positions of one batch.
pub(crate) struct Question {
    pub(crate) live: Live,
    pub(crate) offsets: TopicPartitionList,
    pub(crate) group: Arc<ConsumerGroupMetadata>,
    pub(crate) limit: Duration,
}

/// The thread that asks, one question at a time.
pub(crate) struct PositionsAsker {
    questions: Sender<Question>,
    answers: Receiver<KafkaResult<()>>,
}

impl PositionsAsker {
    pub(crate) fn start() -> Result<Self, TransportError> {
        let (questions, asked) = channel::<Question>();
        let (tell, answers) = channel();
        let ask = move || {
            for Question {
                live,
                offsets,
                group,
                limit,
            } in asked
            {
                let answer = live.send_offsets_to_transaction(&offsets, &group, limit);
                if tell.send(answer).is_err() {
                    // Whoever asked has given up waiting.
                    break;
                }
            }
        };
        let thread = std::thread::Builder::new().name("positions".to_owned());
        thread.spawn(ask).map_err(|error| {
            TransportError::Unavailable(format!("no thread for input positions: {error}"))
        })?;
        Ok(Self { questions, answers })
    }

    /// The answer; `None` where none came in time, and the thread is lost.
    pub(crate) fn ask(&self, question: Question) -> Option<KafkaResult<()>> {
        let limit = question.limit + ANSWER_GRACE;
        self.questions.send(question).ok()?;
        self.answers.recv_timeout(limit).ok()
    }
}
