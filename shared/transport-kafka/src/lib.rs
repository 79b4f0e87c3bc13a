//! Exactly-once batches over Apache Kafka; the only crate that names rdkafka.
