//! What tests share: the transport battery, a Kafka cluster, a feed server, scratch folders.
