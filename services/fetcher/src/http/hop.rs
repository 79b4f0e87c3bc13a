//! One step of a redirect chain.

use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode};
use url::Url;

use super::shown;
use crate::FetchError;

/// Where the permanent redirects at the start of a chain lead.
#[derive(Default)]
pub(crate) struct Permanent {
    pub led_to: Option<String>,
    is_over: bool,
}

impl Permanent {
    pub fn note(&mut self, status: StatusCode, from: &Url, to: &Url) {
        let is_permanent = matches!(status.as_u16(), 301 | 308);
        // A feed that gives up TLS is asked at its secure address for ever.
        let is_downgrade = from.scheme() == "https" && to.scheme() == "http";
        if !is_permanent || is_downgrade {
            self.is_over = true;
        }
        if !self.is_over {
            self.led_to = Some(crate::cursor::without_credentials(to.as_str()));
        }
    }
}

/// Where the answer of `url` redirects to.
pub(crate) fn redirected_to(url: &Url, response: &Response) -> Result<Option<Url>, FetchError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = response
        .headers()
        .get(LOCATION)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let Some(location) = location else {
        return Ok(None);
    };
    match url.join(&location) {
        Ok(next) => Ok(Some(next)),
        Err(error) => Err(FetchError::BadAddress {
            url: shown(&location),
            reason: format!("redirected there: {error}"),
        }),
    }
}
