//! Logs and metrics: one set of names for every service.
