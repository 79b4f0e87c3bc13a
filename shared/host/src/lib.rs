//! From settings to a running service: transport, telemetry, health endpoints, signals.
