//! Requests with every limit in place: addresses, redirects, time, bytes.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LINK,
};
use reqwest::{Response, StatusCode};
use tokio::sync::OwnedSemaphorePermit;
use url::{Host, Url};
use wiredesk_host::{causes, innermost};
use wiredesk_model::{HttpFacts, Timestamp};

use crate::access::{self, Auth};
use crate::address::AddressRules;
use crate::client::Clients;
use crate::hosts::{Hosts, Shares};
use crate::resolver::{Lookup, Refused, SystemLookup};
use crate::{FetchError, FetcherSettings, SourceConfig, freshness, schedule};

mod body;
mod hop;
mod post;

use body::{BodyError, Bounds};
use hop::{Permanent, redirected_to};

const FEED_TYPES: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, \
                          text/xml;q=0.9, application/json;q=0.8, */*;q=0.5";
const PAGE_TYPES: &str = "text/html, application/xhtml+xml, */*;q=0.5";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A feed.
    Feed,
    /// A page.
    Page,
    /// The rules of a host for robots.
    Robots,
}

/// One request, before redirects.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where to.
    pub url: &'a str,
    /// What for.
    pub wanted: Wanted,
    /// Whether private addresses may answer.
    pub allow_private: bool,
    /// Whose request it is: its keys go to its own host, its proxy is the way to every host.
    pub source: Option<&'a SourceConfig>,
    /// `ETag` of the copy at hand.
    pub etag: Option<&'a str>,
    /// `Last-Modified` of the copy at hand.
    pub last_modified: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// A plain request.
    pub fn new(url: &'a str, wanted: Wanted, allow_private: bool) -> Self {
        Self {
            url,
            wanted,
            allow_private,
            source: None,
            etag: None,
            last_modified: None,
        }
    }

    /// A request of a source.
    pub fn of(source: &'a SourceConfig, url: &'a str, wanted: Wanted) -> Self {
        Self {
            source: Some(source),
            ..Self::new(url, wanted, source.allow_private)
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What the server said.
    pub facts: HttpFacts,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// `Link` headers as sent.
    pub links: Vec<String>,
    /// Where permanent redirects (301, 308) led, before any other.
    pub moved_to: Option<String>,
    /// How long the answer holds.
    pub fresh_for: Option<Duration>,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// The body; `None` where the copy at hand is still good.
    pub body: Option<Vec<u8>>,
}

/// The client of every request that the fetcher makes.
#[derive(Debug)]
pub struct HttpClient {
    clients: Clients,
    rules: AddressRules,
    settings: FetcherSettings,
    hosts: Hosts,
}

impl HttpClient {
    /// A client within these limits.
    ///
    /// # Errors
    /// Where a setting is wrong, or TLS cannot be set up.
    pub fn new(settings: &FetcherSettings) -> Result<Self, FetchError> {
        Self::with_lookup(settings, Arc::new(SystemLookup))
    }

    /// The same with names looked up by the caller's own means.
    pub(crate) fn with_lookup(
        settings: &FetcherSettings,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, FetchError> {
        let wrong = |reason: String| FetchError::BadAddress {
            url: "allow_networks".to_owned(),
            reason,
        };
        let rules = AddressRules::parse(&settings.allow_networks).map_err(wrong)?;
        Ok(Self {
            clients: Clients::new(settings, &rules, &lookup)?,
            rules,
            settings: settings.clone(),
            hosts: Hosts::new(settings),
        })
    }

    /// Asks, follows redirects, and takes the body up to its limit.
    ///
    /// # Errors
    /// Where anything else came than the body or the word that the copy at hand is still good.
    pub async fn get(&self, request: &Request<'_>, now: Timestamp) -> Result<Answer, FetchError> {
        self.in_time(request, self.follow(request, now)).await
    }

    async fn in_time<T>(
        &self,
        request: &Request<'_>,
        work: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        let limit = Duration::from_millis(self.settings.total_timeout_ms);
        match tokio::time::timeout(limit, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(FetchError::Timeout {
                url: shown(request.url),
                what: format!("total_timeout_ms = {}", self.settings.total_timeout_ms),
            }),
        }
    }

    async fn follow(&self, request: &Request<'_>, now: Timestamp) -> Result<Answer, FetchError> {
        let mut url = parse(request.url)?;
        let mut permanent = Permanent::default();
        for _ in 0..=self.settings.redirects {
            self.check(&url, request.allow_private)?;
            let _place = self.place_at(&url, now).await?;
            let response = self.send(request, &url).await?;
            self.heed(&url, &response, now);
            match redirected_to(&url, &response)? {
                Some(next) => {
                    let next = match request.source {
                        Some(source) => access::without_key(source, next),
                        None => next,
                    };
                    permanent.note(response.status(), &url, &next);
                    url = next;
                }
                None => {
                    let mut answer = self.take(request, &url, response, now).await?;
                    answer.moved_to = permanent.led_to;
                    return Ok(answer);
                }
            }
        }
        Err(FetchError::TooManyRedirects {
            url: shown(request.url),
            limit: self.settings.redirects,
        })
    }

    /// The checks that no name lookup makes: the scheme, and addresses written out.
    fn check(&self, url: &Url, allow_private: bool) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::BadAddress {
                url: shown(url.as_str()),
                reason: "only http and https are fetched".to_owned(),
            });
        }
        let address: Option<IpAddr> = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            _ => None,
        };
        match address.filter(|address| !allow_private && !self.rules.allows(*address)) {
            Some(address) => Err(FetchError::NotPublic {
                url: shown(url.as_str()),
                address: address.to_string(),
            }),
            None => Ok(()),
        }
    }

    /// Waits for one of the places at the host; held until the request is over.
    async fn place_at(
        &self,
        url: &Url,
        now: Timestamp,
    ) -> Result<OwnedSemaphorePermit, FetchError> {
        let host = url.host_str().unwrap_or_default();
        let place = self.hosts.enter(host).await;
        if let Some(until) = self.hosts.not_before(host, now) {
            return Err(FetchError::LeftAlone {
                url: shown(url.as_str()),
                until,
                wait: Duration::try_from(until.duration_since(now)).unwrap_or_default(),
            });
        }
        place.map_err(|closed| FetchError::Unreachable {
            url: shown(url.as_str()),
            detail: closed.to_string(),
        })
    }

    /// The time before which a host wants no request, where that is after `now`.
    pub fn not_before(&self, host: &str, now: Timestamp) -> Option<Timestamp> {
        self.hosts.not_before(host, now)
    }

    /// How the time of hosts is shared with other instances.
    pub fn share_hosts(&self, shares: Shares) {
        self.hosts.share(shares);
    }

    /// Leaves a host alone until a time, as somebody else was told.
    pub fn leave_alone(&self, host: &str, until: Timestamp) {
        self.hosts.leave_alone(host, until);
    }

    /// The clock was set back by so much.
    pub fn set_back(&self, by: Duration) {
        self.hosts.set_back(by);
    }

    /// A wish to be left alone holds for the whole host, and for whoever asks.
    fn heed(&self, url: &Url, response: &Response, now: Timestamp) {
        let wait = freshness::retry_after(response.headers(), now);
        if let Some((host, wait)) = url.host_str().zip(wait) {
            let longest = Duration::from_secs(self.settings.longest_wait_seconds);
            self.hosts
                .leave_alone(host, schedule::later(now, wait.min(longest)));
        }
    }

    async fn send(&self, request: &Request<'_>, url: &Url) -> Result<Response, FetchError> {
        let client = self.clients.of(request.allow_private, request.source)?;
        let accept = match request.wanted {
            Wanted::Feed => FEED_TYPES,
            Wanted::Page => PAGE_TYPES,
            Wanted::Robots => "text/plain, */*;q=0.5",
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(body::ACCEPTED));
        for (name, value) in [
            (IF_NONE_MATCH, request.etag),
            (IF_MODIFIED_SINCE, request.last_modified),
        ] {
            if let Some(value) =
                value.and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok())
            {
                headers.insert(name, value);
            }
        }
        let keys = request
            .source
            .filter(|source| access::may_show_keys(source, url));
        let asking = match keys {
            Some(source) => {
                headers.extend(own_headers(source));
                let asking = client.get(access::with_key(source, url)).headers(headers);
                match &source.auth {
                    Some(Auth::Basic { user, password }) => {
                        asking.basic_auth(user, Some(password.reveal()))
                    }
                    Some(Auth::Bearer { token }) => asking.bearer_auth(token.reveal()),
                    Some(Auth::QueryKey { .. }) | None => asking,
                }
            }
            None => client.get(url.clone()).headers(headers),
        };
        asking
            .send()
            .await
            .map_err(|error| self.explain(url, &error))
    }

    async fn take(
        &self,
        request: &Request<'_>,
        url: &Url,
        response: Response,
        now: Timestamp,
    ) -> Result<Answer, FetchError> {
        let status = response.status();
        let headers = response.headers();
        let retry_after = freshness::retry_after(headers, now);
        let mut answer = Answer {
            facts: HttpFacts {
                url: crate::cursor::without_credentials(url.as_str()),
                status: status.as_u16(),
                etag: verbatim(headers, &ETAG),
                last_modified: verbatim(headers, &LAST_MODIFIED),
            },
            content_type: verbatim(headers, &CONTENT_TYPE),
            links: headers
                .get_all(LINK)
                .iter()
                .filter_map(|link| link.to_str().ok().map(str::to_owned))
                .collect(),
            moved_to: None,
            fresh_for: freshness::fresh_for(headers, now),
            retry_after,
            body: None,
        };
        let is_conditional = request.etag.is_some() || request.last_modified.is_some();
        if status == StatusCode::NOT_MODIFIED && is_conditional {
            return Ok(answer);
        }
        if status != StatusCode::OK {
            return Err(FetchError::Status {
                url: shown(url.as_str()),
                status: status.as_u16(),
                retry_after,
            });
        }
        let (limit, key) = match request.wanted {
            Wanted::Feed => (self.settings.feed_bytes, "feed_bytes"),
            Wanted::Page | Wanted::Robots => (self.settings.page_bytes, "page_bytes"),
        };
        let bounds = Bounds {
            bytes: limit,
            ratio: self.settings.unpacked_ratio,
        };
        let body = body::read(response, bounds).await;
        answer.body = Some(body.map_err(|error| self.explain_body(url, error, key))?);
        Ok(answer)
    }

    /// `key` is the setting that limits the bytes.
    fn explain_body(&self, url: &Url, error: BodyError, key: &'static str) -> FetchError {
        let shown = shown(url.as_str());
        match error {
            BodyError::TooLarge => FetchError::TooLarge {
                url: shown,
                limit: match key {
                    "feed_bytes" => self.settings.feed_bytes,
                    _ => self.settings.page_bytes,
                },
                key,
            },
            BodyError::TooDense => FetchError::TooDense {
                url: shown,
                ratio: self.settings.unpacked_ratio,
            },
            BodyError::Packed { encoding, detail } => FetchError::Packed {
                url: shown,
                encoding,
                detail,
            },
            BodyError::Broken {
                received_bytes,
                error,
            } => match self.explain(url, &error) {
                FetchError::Unreachable { url, detail } => FetchError::BrokeOff {
                    url,
                    received_bytes,
                    detail,
                },
                other => other,
            },
        }
    }

    fn explain(&self, url: &Url, error: &reqwest::Error) -> FetchError {
        let url = shown(url.as_str());
        if let Some(refused) = causes(error).find_map(|cause| cause.downcast_ref::<Refused>()) {
            return FetchError::NotPublic {
                url,
                address: refused.address.to_string(),
            };
        }
        if error.is_timeout() {
            let what = if error.is_connect() {
                format!("connect_timeout_ms = {}", self.settings.connect_timeout_ms)
            } else {
                format!("read_timeout_ms = {}", self.settings.read_timeout_ms)
            };
            return FetchError::Timeout { url, what };
        }
        FetchError::Unreachable {
            url,
            detail: innermost(error).to_string(),
        }
    }
}

fn own_headers(source: &SourceConfig) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    source.headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value.reveal()).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    })
}

fn parse(url: &str) -> Result<Url, FetchError> {
    let mut parsed = Url::parse(url).map_err(|error| FetchError::BadAddress {
        url: shown(url),
        reason: error.to_string(),
    })?;
    parsed.set_fragment(None);
    Ok(parsed)
}

/// A header as sent, byte for byte; one that is not UTF-8 could not be sent back so.
fn verbatim(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    String::from_utf8(headers.get(name)?.as_bytes().to_vec()).ok()
}

/// An address for messages: without password and query, which may hold secrets.
pub fn shown(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        return url.split('?').next().unwrap_or_default().to_owned();
    };
    // Only URLs that cannot have them refuse this, and those have none.
    let _ = parsed.set_username("");
    let _ = parsed.set_password(None);
    if parsed.query().is_some() {
        parsed.set_query(Some("…"));
    }
    parsed.to_string().replace("?%E2%80%A6", "?…")
}

#[cfg(test)]
mod tests;
