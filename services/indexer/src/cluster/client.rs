//! The cluster's HTTP interface, as far as it is needed.

use std::error::Error as _;

use reqwest::blocking::{Client, RequestBuilder};
use reqwest::{Certificate, Method, StatusCode, Url, header, redirect};
use serde_json::Value;
use wiredesk_host::innermost;

use super::{ClusterError, ClusterSettings};

/// Longest piece of an answer that is shown, in characters.
const SHOWN: usize = 300;

/// A connection to the cluster. Its calls block.
pub(crate) struct Cluster {
    http: Client,
    url: Url,
    settings: ClusterSettings,
}

/// What the cluster answered.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Cluster {
    pub fn connect(settings: &ClusterSettings) -> Result<Self, ClusterError> {
        let setup = |detail: String| ClusterError::Setup(detail);
        let url = settings
            .address()
            .map_err(|text| setup(format!("`url` {text}")))?;
        wiredesk_host::choose_tls();
        let mut builder = Client::builder()
            .user_agent(concat!("Wiredesk/", env!("CARGO_PKG_VERSION")))
            .timeout(settings.timeout())
            .redirect(redirect::Policy::none());
        if let Some(path) = &settings.ca_certificate {
            let wrong =
                |detail: String| setup(format!("`ca_certificate` {}: {detail}", path.display()));
            let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
            let authorities = Certificate::from_pem_bundle(&pem);
            let authorities = authorities.map_err(|error| wrong(error.to_string()))?;
            builder = builder.tls_certs_merge(authorities);
        }
        let http = builder.build().map_err(|error| setup(error.to_string()))?;
        Ok(Self {
            http,
            url,
            settings: settings.clone(),
        })
    }

    /// Sends `body` (JSON, or lines of it) and takes the answer, whatever its status.
    pub fn call(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Answer, ClusterError> {
        let url = self.url.join(path);
        let url = url.map_err(|error| ClusterError::Setup(format!("{path}: {error}")))?;
        let kind = match path.starts_with("_bulk") {
            true => "application/x-ndjson",
            false => "application/json",
        };
        let request = self
            .http
            .request(method, url)
            .header(header::CONTENT_TYPE, kind);
        let response = self
            .signed(request)
            .body(body)
            .send()
            .map_err(|error| self.unavailable(cause_of(&error)))?;
        let status = response.status();
        let text = response
            .bytes()
            .map_err(|error| self.unavailable(cause_of(&error)))?;
        let body = serde_json::from_slice(&text)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&text).into_owned()));
        Ok(Answer { status, body })
    }

    /// Like [`Cluster::call`], where only success will do.
    pub fn ask(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Value, ClusterError> {
        let answer = self.call(method, path, body)?;
        match answer.status.is_success() {
            true => Ok(answer.body),
            false => Err(self.refusal(&answer)),
        }
    }

    /// What an answer without success means.
    pub fn refusal(&self, answer: &Answer) -> ClusterError {
        let detail = format!("{}: {}", answer.status, reason(&answer.body));
        match is_passing(answer.status.as_u16()) {
            true => self.unavailable(detail),
            false => ClusterError::Refused {
                url: self.url.to_string(),
                detail,
            },
        }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    pub fn unavailable(&self, detail: String) -> ClusterError {
        ClusterError::Unavailable {
            url: self.url.to_string(),
            detail,
        }
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        let settings = &self.settings;
        if !settings.api_key.reveal().is_empty() {
            let value = format!("ApiKey {}", settings.api_key.reveal());
            return request.header(header::AUTHORIZATION, value);
        }
        match settings.username.as_str() {
            "" => request,
            user => request.basic_auth(user, Some(settings.password.reveal())),
        }
    }
}

/// Whether a status says that the cluster will take the same later.
pub(crate) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429) || status >= 500
}

/// What an error of the cluster says, in one line.
pub(crate) fn reason(body: &Value) -> String {
    let error = body.get("error").unwrap_or(body);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let said = error.get("reason").and_then(text).or_else(|| text(error));
    let cause = error.pointer("/caused_by/reason").and_then(text);
    let said = said.unwrap_or_else(|| error.to_string());
    let whole = match cause {
        Some(cause) => format!("{said}: {cause}"),
        None => said,
    };
    whole
        .replace(['\n', '\r'], " ")
        .chars()
        .take(SHOWN)
        .collect()
}

fn cause_of(error: &reqwest::Error) -> String {
    let cause = innermost(error);
    match error.source() {
        Some(_) if error.is_timeout() => format!("no answer in time ({cause})"),
        _ => cause.to_string(),
    }
}
