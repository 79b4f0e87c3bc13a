//! Logs and metrics: one set of names for every service.
//!
//! Owns: the closed list of metrics with their names, labels and help texts ([`Metric`]), their
//! rendering for Prometheus ([`init_metrics`]), the set-up of the log ([`init_logs`]) and the one
//! line at the foot of the terminal ([`LiveLine`]). It never knows what a story is, and opens no
//! port: whoever serves `/metrics` asks the [`MetricsHandle`] for the text.
//!
//! ```
//! use wiredesk_telemetry::{Metric, count, init_metrics};
//! let handle = init_metrics();
//! count(Metric::Records, &["cleaner", "forwarded"], 3);
//! assert!(handle.render().contains("wiredesk_records_total"));
//! ```

mod live_line;
mod logs;
mod metric;
mod recorder;

pub use live_line::LiveLine;
pub use logs::{LogError, LogFormat, LogSettings, init_logs};
pub use metric::{Kind, Metric};
pub use recorder::{MetricsHandle, count, gauge, init_metrics, observe, set_count};
