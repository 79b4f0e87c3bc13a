//! What an error of librdkafka means to the caller.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use wiredesk_pipeline::TransportError;

/// What the caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consequence {
    Fenced,
    Superseded,
    Unavailable,
    /// A record that is never taken.
    Refused,
    Invalid,
}

/// What `code` means to the caller; whatever is not known to be worse may pass.
pub(crate) fn consequence(code: RDKafkaErrorCode) -> Consequence {
    use RDKafkaErrorCode as Code;
    match code {
        Code::Fenced
        | Code::ProducerFenced
        | Code::InvalidProducerEpoch
        | Code::FencedInstanceId => Consequence::Fenced,
        Code::IllegalGeneration
        | Code::UnknownMemberId
        | Code::RebalanceInProgress
        | Code::FencedMemberEpoch
        | Code::StaleMemberEpoch
        | Code::AssignmentLost => Consequence::Superseded,
        Code::MessageSizeTooLarge
        | Code::InvalidMessageSize
        | Code::MessageBatchTooLarge
        | Code::InvalidRecord => Consequence::Refused,
        // Not known yet, or not any more: a broker that has just started, and librdkafka itself
        // after it lost one, say so of topics that are there. Whether one is missing, its metadata
        // tell (`Control::find`).
        Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition => {
            Consequence::Unavailable
        }
        Code::InvalidTopic
        | Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed
        | Code::Authentication
        | Code::SaslAuthenticationFailed
        | Code::UnsupportedSASLMechanism
        | Code::SecurityDisabled
        | Code::InvalidTransactionTimeout
        | Code::InvalidSessionTimeout
        | Code::InvalidConfig
        | Code::InvalidArgument
        | Code::InvalidReplicationFactor
        | Code::InvalidPartitions
        | Code::PolicyViolation
        | Code::UnsupportedVersion
        | Code::UnsupportedFeature => Consequence::Invalid,
        _ => Consequence::Unavailable,
    }
}

/// The error of `code` for what was being done, `what`.
pub(crate) fn by_code(code: RDKafkaErrorCode, what: impl Into<String>) -> TransportError {
    let text = format!("{}: {code}", what.into());
    match consequence(code) {
        Consequence::Fenced => TransportError::Fenced(text),
        Consequence::Superseded => TransportError::Superseded(text),
        Consequence::Unavailable => TransportError::Unavailable(text),
        Consequence::Refused => TransportError::Refused(text),
        Consequence::Invalid => TransportError::Invalid(text),
    }
}

/// The error of librdkafka for what was being done, `what`.
pub(crate) fn from_kafka(error: &KafkaError, what: impl Into<String>) -> TransportError {
    let code = match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    };
    match code {
        Some(code) => by_code(code, what),
        None => TransportError::Unavailable(format!("{}: {error}", what.into())),
    }
}

/// Fenced by a newer instance that writes under the same transactional `id`.
pub(crate) fn fenced(id: &str, text: &str) -> TransportError {
    TransportError::Fenced(format!(
        "another instance with the id {id} has started and this one must stop: give every \
         running instance an id of its own ({text})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lead_to_what_the_caller_does_next() {
        use RDKafkaErrorCode as Code;
        let cases = [
            (Code::ProducerFenced, Consequence::Fenced),
            (Code::InvalidProducerEpoch, Consequence::Fenced),
            (Code::IllegalGeneration, Consequence::Superseded),
            (Code::UnknownMemberId, Consequence::Superseded),
            (Code::RebalanceInProgress, Consequence::Superseded),
            (Code::MessageTimedOut, Consequence::Unavailable),
            (Code::NotEnoughReplicas, Consequence::Unavailable),
            (Code::CoordinatorLoadInProgress, Consequence::Unavailable),
            (Code::MessageSizeTooLarge, Consequence::Refused),
            (Code::UnknownTopicOrPartition, Consequence::Unavailable),
            (Code::UnknownPartition, Consequence::Unavailable),
            (Code::InvalidTopic, Consequence::Invalid),
            (Code::TopicAuthorizationFailed, Consequence::Invalid),
        ];
        for (code, expected) in cases {
            assert_eq!(consequence(code), expected, "{code}");
        }
    }

    #[test]
    fn a_fenced_instance_is_told_what_to_do() {
        let error = fenced("wiredesk.cleaner.one", "epoch is old");
        assert!(matches!(&error, TransportError::Fenced(text)
            if text.contains("cleaner.one") && text.contains("id of its own")));
    }
}
