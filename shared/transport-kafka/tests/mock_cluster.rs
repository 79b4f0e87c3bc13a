//! The quick tests: librdkafka's own mock cluster, with brokers that answer wrongly when told to.
//! It knows transactions, but shows records at once; what needs more runs on a real Kafka.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::time::Duration;

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey as Api, RDKafkaRespErr as Answer};
use wiredesk_model::{Headers, Incoming, InstanceId, Outgoing, Topic, TopicNames};
use wiredesk_pipeline::{GroupEvent, Member, Membership, Start, Transport, TransportError};
use wiredesk_testkit::conformance::copying;
use wiredesk_testkit::wait::wait_until;
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

const LIMIT: Duration = Duration::from_secs(30);
const STORIES: usize = 10;

struct Mock {
    cluster: MockCluster<'static, DefaultProducerContext>,
    transport: KafkaTransport,
}

impl Mock {
    /// One broker, with raw stories on it.
    fn new() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        let names = TopicNames::default();
        for topic in [Topic::Raw, Topic::Clean] {
            cluster.create_topic(&names.physical(topic), 3, 1).unwrap();
        }
        let mut settings = KafkaSettings::new(cluster.bootstrap_servers());
        settings.session_timeout = Duration::from_secs(6);
        let transport = KafkaTransport::connect(settings).unwrap();
        let stories = (0..STORIES).map(|number| Outgoing {
            topic: Topic::Raw,
            key: format!("story-{number}"),
            value: Some(b"text".to_vec()),
            headers: Headers::new().with("ce_id", "1"),
        });
        let mut writer = transport.writer(&InstanceId::from("source")).unwrap();
        writer.write(stories.collect()).unwrap();
        Self { cluster, transport }
    }

    fn join(&self) -> Box<dyn Member> {
        let membership = Membership {
            service: "copier".to_owned(),
            instance: InstanceId::from("one"),
            inputs: vec![Topic::Raw],
        };
        self.transport.join(&membership).unwrap()
    }

    /// Answers the next `times` requests of this kind so.
    fn answer(&self, api: Api, answer: Answer, times: usize) {
        self.cluster.request_errors(api, &vec![answer; times]);
    }

    fn clean(&self) -> Vec<Incoming> {
        let mut reader = self
            .transport
            .reader(Topic::Clean, Start::Earliest)
            .unwrap();
        let mut records = Vec::new();
        wait_until("the end of the topic", LIMIT, || {
            records.extend(reader.read(100, Duration::from_millis(20)).unwrap());
            reader.at_end().unwrap()
        });
        records
    }
}

fn take(member: &mut dyn Member) -> Vec<Incoming> {
    let mut records = Vec::new();
    wait_until("the stories", LIMIT, || {
        let polled = member.poll(100, Duration::from_millis(50)).unwrap();
        for event in polled.events {
            assert!(matches!(event, GroupEvent::Assigned(_)), "{event:?}");
        }
        records.extend(polled.records);
        records.len() == STORIES
    });
    records
}

#[test]
fn a_batch_goes_out_and_its_positions_stand() {
    let mock = Mock::new();
    let mut member = mock.join();
    let records = take(&mut *member);
    member.commit(copying(&records)).unwrap();
    let found = mock.clean();
    assert_eq!(found.len(), STORIES);
    assert!(
        found
            .iter()
            .all(|record| record.headers.get("ce_id") == Some("1"))
    );
}

#[test]
fn a_commit_whose_answer_is_late_is_asked_again_until_decided() {
    let mock = Mock::new();
    let mut member = mock.join();
    let records = take(&mut *member);
    let late = Answer::RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE;
    mock.answer(Api::EndTxn, late, 5);
    member.commit(copying(&records)).unwrap();
    assert_eq!(mock.clean().len(), STORIES);
}

#[test]
fn positions_of_a_former_generation_are_superseded_and_the_member_goes_on() {
    let mock = Mock::new();
    let mut member = mock.join();
    let records = take(&mut *member);
    mock.answer(
        Api::TxnOffsetCommit,
        Answer::RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
        1,
    );
    let error = member.commit(copying(&records)).unwrap_err();
    assert!(matches!(error, TransportError::Superseded(_)), "{error}");
    let at: Vec<_> = records.iter().map(|record| record.at).collect();
    member.rewind(&at).unwrap();
    let again = take(&mut *member);
    assert_eq!(again.len(), STORIES);
    member.commit(copying(&again)).unwrap();
}

#[test]
fn a_producer_that_was_replaced_is_fenced() {
    for api in [Api::AddPartitionsToTxn, Api::EndTxn] {
        let mock = Mock::new();
        let mut member = mock.join();
        let records = take(&mut *member);
        mock.answer(api, Answer::RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1);
        let error = member.commit(copying(&records)).unwrap_err();
        assert!(
            matches!(&error, TransportError::Fenced(text) if text.contains("copier.one")),
            "{error}"
        );
        let error = member.commit(copying(&records)).unwrap_err();
        assert!(
            matches!(error, TransportError::Fenced(_)),
            "it stays so: {error}"
        );
    }
}

#[test]
fn a_refused_topic_is_invalid_and_the_next_batch_goes_out() {
    let mock = Mock::new();
    let mut member = mock.join();
    let records = take(&mut *member);
    mock.answer(
        Api::AddPartitionsToTxn,
        Answer::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        1,
    );
    let error = member.commit(copying(&records)).unwrap_err();
    assert!(matches!(error, TransportError::Invalid(_)), "{error}");
    member.commit(copying(&records)).unwrap();
}

#[test]
fn a_record_that_the_broker_refuses_is_named() {
    let mock = Mock::new();
    let mut member = mock.join();
    let records = take(&mut *member);
    let too_large = Answer::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    mock.answer(Api::Produce, too_large, 1);
    let error = member.commit(copying(&records)).unwrap_err();
    assert!(
        matches!(&error, TransportError::Refused(text) if text.contains("story-")),
        "{error}"
    );
    member.commit(copying(&records)).unwrap();
}

#[test]
fn a_missing_topic_is_named_with_what_to_do() {
    let mock = Mock::new();
    let error = mock.transport.partitions(Topic::Enriched).unwrap_err();
    let name = TopicNames::default().physical(Topic::Enriched);
    assert!(
        matches!(&error, TransportError::Invalid(text)
            if text.contains(&name) && text.contains("topics create")),
        "{error}"
    );
}

#[test]
fn a_topic_that_some_brokers_learn_of_later_is_waited_for() {
    let mock = Mock::new();
    let name = TopicNames::default().physical(Topic::Enriched);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| mock.transport.partitions(Topic::Enriched));
        std::thread::sleep(Duration::from_millis(200));
        mock.cluster.create_topic(&name, 3, 1).unwrap();
        assert_eq!(asking.join().unwrap().unwrap(), 3);
    });
}
