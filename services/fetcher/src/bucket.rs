//! A bucket of an object store that speaks S3, as a source names it.

use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ClientOptions, RetryConfig};
use serde::Deserialize;
use url::Url;
use wiredesk_settings::Secret;

use crate::{FetchError, FetcherSettings, SourceConfig};

/// The region where none is named; stores of other makers take any.
const USUAL_REGION: &str = "us-east-1";
/// Tries of one request beside the first.
const RETRIES: usize = 3;

/// How the bucket is reached. What is missing comes from the environment (`AWS_REGION`,
/// `AWS_ACCESS_KEY_ID`, the role of the machine and so on), as with every client of S3.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bucket {
    /// Address of a store other than Amazon's: `https://s3.newsroom.example`.
    pub endpoint: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Id of the key.
    pub access_key: Option<Secret>,
    /// The key.
    pub secret_key: Option<Secret>,
}

/// The bucket and the prefix in `s3://bucket/prefix/`.
pub fn parts(url: &str) -> Option<(String, Path)> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "s3")?;
    let prefix = Path::from_url_path(url.path()).ok()?;
    Some((url.host_str()?.to_owned(), prefix))
}

/// What is wrong with a source in a bucket, with the key it stands under. No I/O.
pub fn problem(source: &SourceConfig) -> Option<(&'static str, String)> {
    let url = source.url.as_deref().unwrap_or_default();
    if parts(url).is_none() {
        let text = format!(
            "source {:?} is a bucket, and its url {url:?} is not of the form s3://bucket/prefix/",
            source.id
        );
        return Some(("url", text));
    }
    let endpoint = source.s3.endpoint.as_deref()?;
    let is_web = Url::parse(endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    (!is_web).then(|| {
        let text = format!("endpoint {endpoint:?} must begin with http:// or https://");
        ("s3", text)
    })
}

/// Opens the bucket of a source; the prefix of its objects.
pub fn open(
    source: &SourceConfig,
    settings: &FetcherSettings,
) -> Result<(AmazonS3, Path), FetchError> {
    let wrong = |reason: String| FetchError::BadAddress {
        url: source.place().to_owned(),
        reason,
    };
    let (name, prefix) = parts(source.place()).ok_or_else(|| wrong("not a bucket".to_owned()))?;
    let at = &source.s3;
    let mut options = ClientOptions::new()
        .with_connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
        .with_read_timeout(Duration::from_millis(settings.read_timeout_ms));
    if let Some(proxy) = &source.proxy {
        options = options.with_proxy_url(proxy.reveal());
    }
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(name)
        .with_client_options(options)
        .with_retry(RetryConfig {
            max_retries: RETRIES,
            retry_timeout: Duration::from_millis(settings.total_timeout_ms),
            ..RetryConfig::default()
        });
    if let Some(region) = &at.region {
        builder = builder.with_region(region);
    } else if at.endpoint.is_some() {
        builder = builder.with_region(USUAL_REGION);
    }
    if let Some(endpoint) = &at.endpoint {
        // In the clear only where the operator has written so.
        builder = builder
            .with_allow_http(endpoint.starts_with("http://"))
            .with_endpoint(endpoint.trim_end_matches('/'));
    }
    if let Some((id, key)) = at.access_key.as_ref().zip(at.secret_key.as_ref()) {
        builder = builder
            .with_access_key_id(id.reveal())
            .with_secret_access_key(key.reveal());
    }
    let store = builder.build().map_err(|error| wrong(error.to_string()))?;
    Ok((store, prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_and_prefixes_are_told_apart() {
        let (bucket, prefix) = parts("s3://wire-in/agency/2026/").unwrap();
        assert_eq!(
            (bucket.as_str(), prefix.as_ref()),
            ("wire-in", "agency/2026")
        );
        let (bucket, prefix) = parts("s3://wire-in").unwrap();
        assert_eq!((bucket.as_str(), prefix.as_ref()), ("wire-in", ""));
        for wrong in ["", "wire-in", "https://wire-in/a", "s3:///a"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
