//! Topics: created from their specification, and compared with it.

use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::error::RDKafkaErrorCode;
use wiredesk_model::{Cleanup, Position, Topic, TopicSpec};
use wiredesk_pipeline::{TopicDescription, TopicStatus, TransportError};

use crate::control::{Control, RETRY_PAUSE, TOPIC_SPREAD};
use crate::errors;
use crate::events::BrokerEvents;
use crate::settings::{RECORD_BYTES, invalid_property};
use crate::wait::{Deadline, block_on};

/// Creates those of `topics` that are missing.
pub(crate) fn create(control: &Control, topics: &[TopicSpec]) -> Result<(), TransportError> {
    let mut missing = Vec::new();
    for spec in topics {
        if control.look(spec.topic)?.is_none() {
            missing.push(spec);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let configs: Vec<(String, Vec<(&str, String)>)> = missing
        .iter()
        .map(|spec| {
            (
                control.settings.names.physical(spec.topic),
                configuration(spec),
            )
        })
        .collect();
    let replication = control
        .settings
        .replication
        .map_or(-1, |copies| copies as i32);
    let new_topics: Vec<NewTopic<'_>> = missing
        .iter()
        .zip(&configs)
        .map(|(spec, (name, config))| {
            let topic = NewTopic::new(
                name,
                spec.partitions as i32,
                TopicReplication::Fixed(replication),
            );
            config
                .iter()
                .fold(topic, |topic, (key, value)| topic.set(key, value))
        })
        .collect();
    let results = block_on(client(control)?.create_topics(&new_topics, &options(control)))
        .map_err(|error| errors::from_kafka(&error, "create topics"))?;
    for result in results {
        match result {
            // Another instance was faster; that is as good.
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => {
                return Err(errors::by_code(code, format!("create topic {name}")));
            }
        }
    }
    control.forget_partitions();
    wait_until_known(control, &missing)
}

/// Waits until the brokers name the new topics.
fn wait_until_known(control: &Control, topics: &[&TopicSpec]) -> Result<(), TransportError> {
    let deadline = Deadline::after(control.settings.request_timeout);
    for spec in topics {
        if control.find(spec.topic, deadline)?.is_none() {
            return Err(TransportError::Unavailable(format!(
                "topic {} was created, but the brokers do not name it yet: try again",
                control.settings.names.physical(spec.topic)
            )));
        }
    }
    Ok(())
}

/// Deletes the groups of `services`, which fails where one has members, and then `topics`.
pub(crate) fn delete(
    control: &Control,
    topics: &[Topic],
    services: &[&str],
) -> Result<(), TransportError> {
    let admin = client(control)?;
    let names = &control.settings.names;
    let groups: Vec<String> = services.iter().map(|one| names.group(one)).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let results = block_on(admin.delete_groups(&groups, &options(control)))
        .map_err(|error| errors::from_kafka(&error, "delete groups"))?;
    for result in results {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::GroupIdNotFound)) => {}
            Err((name, RDKafkaErrorCode::NonEmptyGroup)) => {
                return Err(TransportError::Invalid(format!(
                    "members of group {name} are at work: stop them first"
                )));
            }
            Err((name, code)) => return Err(errors::by_code(code, format!("delete group {name}"))),
        }
    }
    let topics: Vec<String> = topics.iter().map(|one| names.physical(*one)).collect();
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    let results = block_on(admin.delete_topics(&topics, &options(control)))
        .map_err(|error| errors::from_kafka(&error, "delete topics"))?;
    control.forget_partitions();
    for result in results {
        match result {
            Ok(_)
            | Err((
                _,
                RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic,
            )) => {}
            Err((name, code)) => return Err(errors::by_code(code, format!("delete topic {name}"))),
        }
    }
    Ok(())
}

/// Removes everything before these positions.
pub(crate) fn delete_records(control: &Control, starts: &[Position]) -> Result<(), TransportError> {
    let list = control.list_of(starts)?;
    let answer = block_on(client(control)?.delete_records(&list, &options(control)))
        .map_err(|error| errors::from_kafka(&error, "delete records"))?;
    control.positions(&answer).map(drop)
}

/// Whether records of a topic keep the time that their writer gave them.
pub(crate) fn keeps_times(control: &Control, topic: Topic) -> Result<bool, TransportError> {
    let config = described(control, &client(control)?, topic)?;
    let entry = config.get("message.timestamp.type");
    let kind = entry.and_then(|entry| entry.value.as_deref());
    Ok(kind.is_none_or(|kind| kind == "CreateTime"))
}

/// Compares `topics` with what is there.
pub(crate) fn describe(
    control: &Control,
    topics: &[TopicSpec],
) -> Result<Vec<TopicDescription>, TransportError> {
    let admin = client(control)?;
    let spread = Deadline::after(TOPIC_SPREAD);
    topics
        .iter()
        .map(|spec| {
            Ok(TopicDescription {
                topic: spec.topic,
                name: control.settings.names.physical(spec.topic),
                status: status(control, &admin, spec, spread)?,
            })
        })
        .collect()
}

fn status(
    control: &Control,
    admin: &AdminClient<BrokerEvents>,
    spec: &TopicSpec,
    spread: Deadline,
) -> Result<TopicStatus, TransportError> {
    let Some(partitions) = control.find(spec.topic, spread)? else {
        return Ok(TopicStatus::Missing);
    };
    let config = described(control, admin, spec.topic)?;
    Ok(TopicStatus::Present {
        partitions,
        records: offsets_kept(control, spec.topic)?,
        differences: differences(spec, partitions, |key| {
            config.get(key).and_then(|entry| entry.value.clone())
        }),
    })
}

/// Asked again while the broker asked has yet to learn of the topic: that it exists was asked
/// before. Such a broker says so, or answers with no entries at all.
fn described(
    control: &Control,
    admin: &AdminClient<BrokerEvents>,
    topic: Topic,
) -> Result<ConfigResource, TransportError> {
    let name = control.settings.names.physical(topic);
    let what = format!("configuration of topic {name}");
    let deadline = Deadline::after(control.settings.request_timeout);
    loop {
        let asked = [ResourceSpecifier::Topic(&name)];
        let mut answer = block_on(admin.describe_configs(&asked, &options(control)))
            .map_err(|error| errors::from_kafka(&error, what.as_str()))?;
        let unknown = match answer.pop() {
            Some(Ok(config)) if !config.entries.is_empty() => return Ok(config),
            Some(Ok(_)) | None => RDKafkaErrorCode::UnknownTopicOrPartition,
            Some(Err(code)) => code,
        };
        if unknown != RDKafkaErrorCode::UnknownTopicOrPartition || !deadline.pause(RETRY_PAUSE) {
            return Err(errors::by_code(unknown, what));
        }
    }
}

fn offsets_kept(control: &Control, topic: Topic) -> Result<u64, TransportError> {
    let all = control.all_of(topic)?;
    let (starts, ends) = (control.starts(&all)?, control.ends(&all)?);
    Ok(starts
        .iter()
        .zip(&ends)
        .map(|(start, end)| end.next_offset.saturating_sub(start.next_offset).max(0) as u64)
        .sum())
}

/// What the topic is created with; the rest is the brokers' default.
fn configuration(spec: &TopicSpec) -> Vec<(&'static str, String)> {
    let mut config = vec![("max.message.bytes", RECORD_BYTES.to_string())];
    match spec.cleanup {
        Cleanup::Delete { retention_ms } => {
            config.push(("cleanup.policy", "delete".to_owned()));
            config.push(("retention.ms", retention_ms.to_string()));
        }
        Cleanup::Compact => {
            config.push(("cleanup.policy", "compact".to_owned()));
            // Owners read these topics whole when they take a partition over: keep them short.
            config.push(("min.cleanable.dirty.ratio", "0.1".to_owned()));
        }
    }
    config
}

/// What differs from the specification, in words.
fn differences(
    spec: &TopicSpec,
    partitions: u32,
    value: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let mut found = Vec::new();
    if partitions != spec.partitions {
        found.push(format!(
            "has {partitions} partitions instead of {}",
            spec.partitions
        ));
    }
    for (key, wanted) in configuration(spec) {
        if key == "min.cleanable.dirty.ratio" {
            continue;
        }
        let there = value(key).unwrap_or_else(|| "nothing".to_owned());
        if there != wanted {
            found.push(format!("{key} is {there} instead of {wanted}"));
        }
    }
    found
}

fn client(control: &Control) -> Result<AdminClient<BrokerEvents>, TransportError> {
    control
        .settings
        .control()
        .create_with_context(BrokerEvents::default())
        .map_err(|error| invalid_property(&error))
}

fn options(control: &Control) -> AdminOptions {
    let limit = Some(control.settings.request_timeout);
    AdminOptions::new()
        .request_timeout(limit)
        .operation_timeout(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_told_in_words() {
        let spec = Topic::Current.spec(8);
        let there = |key: &str| {
            Some(match key {
                "cleanup.policy" => "delete".to_owned(),
                _ => RECORD_BYTES.to_string(),
            })
        };
        assert_eq!(
            differences(&spec, 4, there),
            [
                "has 4 partitions instead of 8",
                "cleanup.policy is delete instead of compact",
            ]
        );
    }

    #[test]
    fn a_topic_as_specified_differs_in_nothing() {
        let spec = Topic::Raw.spec(3);
        let there = |key: &str| {
            configuration(&spec)
                .into_iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| value)
        };
        assert_eq!(differences(&spec, 3, there), Vec::<String>::new());
    }
}
