//! Forms that are sent, by the same rules as everything that is asked for.

use reqwest::header::CONTENT_TYPE;
use url::form_urlencoded::Serializer;
use wiredesk_model::Timestamp;

use super::{HttpClient, Request, parse, shown};
use crate::{FetchError, freshness};

impl HttpClient {
    /// Sends a form. Redirects are an error: what is in it is for its addressee only.
    ///
    /// # Errors
    /// Where anything else came back than that it was taken.
    pub async fn post(
        &self,
        request: &Request<'_>,
        form: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<(), FetchError> {
        self.in_time(request, self.send_form(request, form, now))
            .await
    }

    async fn send_form(
        &self,
        request: &Request<'_>,
        form: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<(), FetchError> {
        let url = parse(request.url)?;
        self.check(&url, request.allow_private)?;
        let _place = self.place_at(&url, now).await?;
        let client = self.clients.of(request.allow_private, request.source)?;
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let sending = client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        let response = sending
            .send()
            .await
            .map_err(|error| self.explain(&url, &error))?;
        self.heed(&url, &response, now);
        if response.status().is_success() {
            return Ok(());
        }
        Err(FetchError::Status {
            url: shown(url.as_str()),
            status: response.status().as_u16(),
            retry_after: freshness::retry_after(response.headers(), now),
        })
    }
}
