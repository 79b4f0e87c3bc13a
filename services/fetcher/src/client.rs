//! The HTTP clients: one for public addresses, one for sources that may be private.

use std::sync::{Arc, Once};
use std::time::Duration;

use reqwest::{Client, redirect};

use crate::address::AddressRules;
use crate::resolver::{CheckedResolver, Lookup};
use crate::{FetchError, FetcherSettings};

/// Every client of the fetcher.
#[derive(Debug)]
pub(crate) struct Clients {
    public: Client,
    private: Client,
}

impl Clients {
    pub fn new(
        settings: &FetcherSettings,
        rules: &AddressRules,
        lookup: &Arc<dyn Lookup>,
    ) -> Result<Self, FetchError> {
        let resolver = |rules| Arc::new(CheckedResolver::new(rules, Arc::clone(lookup)));
        Ok(Self {
            public: client(settings, resolver(rules.clone()))?,
            private: client(settings, resolver(AddressRules::everything()))?,
        })
    }

    /// The client of a source that may or may not be private.
    pub fn of(&self, allow_private: bool) -> &Client {
        if allow_private {
            &self.private
        } else {
            &self.public
        }
    }
}

fn client(
    settings: &FetcherSettings,
    resolver: Arc<CheckedResolver>,
) -> Result<Client, FetchError> {
    static PROVIDER: Once = Once::new();
    // Fails only where somebody else has chosen a provider already, which serves as well.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let contact = match settings.contact.as_str() {
        "" => String::new(),
        contact => format!(" (+{contact})"),
    };
    let builder = || {
        Client::builder()
            .user_agent(format!("Wiredesk/{}{contact}", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            // A proxy would look names up itself, past the check of addresses.
            .no_proxy()
            .dns_resolver(Arc::clone(&resolver))
            .connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
            .read_timeout(Duration::from_millis(settings.read_timeout_ms))
            .pool_max_idle_per_host(settings.requests_per_host)
    };
    // A machine without certificates can still fetch over http and read folders; with no
    // authority to trust, every https request fails.
    let built = builder().build().or_else(|error| {
        tracing::warn!(
            "no certificates found, https feeds will fail; install ca-certificates: {}",
            innermost(&error)
        );
        builder().tls_certs_only([]).build()
    });
    built.map_err(|error| FetchError::Unreachable {
        url: "the network".to_owned(),
        detail: format!("TLS cannot be set up: {}", innermost(&error)),
    })
}

/// The cause at the bottom of an error.
fn innermost(error: &reqwest::Error) -> &dyn std::error::Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}
