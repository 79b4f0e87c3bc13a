//! Counting, and rendering what was counted.

use std::sync::OnceLock;

use metrics::{Label, Unit};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::metric::{Kind, Metric};

/// Buckets of every histogram, in seconds: from a batch in memory to a broker that is failing over.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Renders the metrics of this process.
#[derive(Clone)]
pub struct MetricsHandle(Option<PrometheusHandle>);

impl MetricsHandle {
    /// All metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        match &self.0 {
            Some(handle) => {
                // Without this the samples of histograms pile up between two scrapes.
                handle.run_upkeep();
                handle.render()
            }
            None => "# another metrics recorder was installed before\n".to_owned(),
        }
    }
}

/// Installs the recorder of this process; later calls return the same one.
///
/// Nothing counted before the first call is kept.
pub fn init_metrics() -> MetricsHandle {
    static HANDLE: OnceLock<MetricsHandle> = OnceLock::new();
    HANDLE.get_or_init(install).clone()
}

fn install() -> MetricsHandle {
    let mut builder = PrometheusBuilder::new();
    for metric in Metric::ALL {
        if metric.kind() == Kind::Histogram {
            let matcher = Matcher::Full(metric.name().to_owned());
            match builder.set_buckets_for_metric(matcher, SECONDS) {
                Ok(with_buckets) => builder = with_buckets,
                Err(_) => return MetricsHandle(None),
            }
        }
    }
    let handle = MetricsHandle(builder.install_recorder().ok());
    for metric in Metric::ALL {
        describe(*metric);
    }
    handle
}

fn describe(metric: Metric) {
    match metric.kind() {
        Kind::Counter => metrics::describe_counter!(metric.name(), metric.help()),
        Kind::Gauge => metrics::describe_gauge!(metric.name(), metric.help()),
        Kind::Histogram => {
            metrics::describe_histogram!(metric.name(), Unit::Seconds, metric.help());
        }
    }
}

/// Adds `more` to a counter. `values` stand for the metric's labels, in their order.
pub fn count(metric: Metric, values: &[&'static str], more: u64) {
    metrics::counter!(metric.name(), labels(metric, values)).increment(more);
}

/// Sets a counter that somebody else keeps; it never goes back.
pub fn set_count(metric: Metric, values: &[&'static str], total: u64) {
    metrics::counter!(metric.name(), labels(metric, values)).absolute(total);
}

/// Sets a gauge.
pub fn gauge(metric: Metric, values: &[&'static str], value: f64) {
    metrics::gauge!(metric.name(), labels(metric, values)).set(value);
}

/// Adds one sample to a histogram.
pub fn observe(metric: Metric, values: &[&'static str], sample: f64) {
    metrics::histogram!(metric.name(), labels(metric, values)).record(sample);
}

fn labels(metric: Metric, values: &[&'static str]) -> Vec<Label> {
    debug_assert_eq!(
        metric.labels().len(),
        values.len(),
        "{} takes a value for each of its labels",
        metric.name()
    );
    metric
        .labels()
        .iter()
        .zip(values)
        .map(|(name, value)| Label::from_static_parts(name, value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_rendered_with_its_labels() {
        let handle = init_metrics();
        count(Metric::Dead, &["enricher", "undecodable"], 2);
        gauge(Metric::Lag, &["enricher"], 7.0);
        observe(Metric::BatchSeconds, &["enricher"], 0.02);
        let text = handle.render();
        let dead = r#"wiredesk_dead_total{stage="enricher",reason="undecodable"} 2"#;
        assert!(text.contains(dead), "{text}");
        assert!(text.contains(r#"wiredesk_lag_records{stage="enricher"} 7"#));
        assert!(text.contains(r#"wiredesk_batch_seconds_bucket{stage="enricher",le="0.025"} 1"#));
    }
}
