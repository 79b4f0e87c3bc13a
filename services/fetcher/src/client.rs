//! The HTTP clients: one for public addresses, one for sources that may be private, and one for
//! each proxy or client certificate.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Certificate, Client, Identity, Proxy, redirect};
use wiredesk_host::innermost;

use crate::address::AddressRules;
use crate::resolver::{CheckedResolver, Lookup};
use crate::{FetchError, FetcherSettings, SourceConfig};

/// How long a connection is kept without a request.
const IDLE_CONNECTION: Duration = Duration::from_secs(5);

/// Every client of the fetcher.
#[derive(Debug)]
pub(crate) struct Clients {
    settings: FetcherSettings,
    public: Client,
    private: Client,
    resolvers: [Arc<CheckedResolver>; 2],
    /// By proxy, certificates and whether private addresses may answer.
    special: Mutex<HashMap<(String, String, String, bool), Client>>,
}

impl Clients {
    pub fn new(
        settings: &FetcherSettings,
        rules: &AddressRules,
        lookup: &Arc<dyn Lookup>,
    ) -> Result<Self, FetchError> {
        let resolver = |rules| Arc::new(CheckedResolver::new(rules, Arc::clone(lookup)));
        let resolvers = [
            resolver(rules.clone()),
            resolver(AddressRules::everything()),
        ];
        Ok(Self {
            settings: settings.clone(),
            public: client(settings, &resolvers[0], None)?,
            private: client(settings, &resolvers[1], None)?,
            resolvers,
            special: Mutex::default(),
        })
    }

    /// The client for requests of a source; made where it is the first of its kind.
    pub fn of(
        &self,
        allow_private: bool,
        source: Option<&SourceConfig>,
    ) -> Result<Client, FetchError> {
        let special = source.filter(|one| {
            one.proxy.is_some() || one.client_certificate.is_some() || one.ca_certificate.is_some()
        });
        let Some(source) = special else {
            let usual = if allow_private {
                &self.private
            } else {
                &self.public
            };
            return Ok(usual.clone());
        };
        let key = (
            source
                .proxy
                .as_ref()
                .map_or("", |proxy| proxy.reveal())
                .to_owned(),
            source.client_certificate.clone().unwrap_or_default(),
            source.ca_certificate.clone().unwrap_or_default(),
            allow_private,
        );
        let mut special = self.special.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = special.get(&key) {
            return Ok(client.clone());
        }
        // The proxy is the operator's own, wherever it is, and looks names up by itself.
        let is_anywhere = allow_private || source.proxy.is_some();
        let resolver = &self.resolvers[usize::from(is_anywhere)];
        let made = client(&self.settings, resolver, Some(source))?;
        special.insert(key, made.clone());
        Ok(made)
    }
}

/// How a source is reached, where that is not the usual way.
#[derive(Default)]
struct Way {
    proxy: Option<Proxy>,
    identity: Option<Identity>,
    authorities: Vec<Certificate>,
}

/// The proxy and the certificates of a source.
fn way_of(source: &SourceConfig) -> Result<Way, FetchError> {
    let wrong = |what: &str, detail: String| FetchError::BadAddress {
        url: format!("source {}", source.id),
        reason: format!("its {what} cannot be used: {detail}"),
    };
    let proxy = source
        .proxy
        .as_ref()
        .map(|proxy| Proxy::all(proxy.reveal()));
    let proxy = proxy.transpose().map_err(|error| {
        // The error may repeat the address, and with it a password.
        wrong("proxy", innermost(&error.without_url()).to_string())
    })?;
    let identity = source.client_certificate.as_deref();
    let identity = identity.map(|path| read_pem(path, Identity::from_pem));
    let identity = identity.transpose();
    let authorities = source.ca_certificate.as_deref();
    let authorities = authorities.map(|path| read_pem(path, Certificate::from_pem_bundle));
    let authorities = authorities.transpose();
    Ok(Way {
        proxy,
        identity: identity.map_err(|detail| wrong("client_certificate", detail))?,
        authorities: authorities
            .map_err(|detail| wrong("ca_certificate", detail))?
            .unwrap_or_default(),
    })
}

fn read_pem<T>(path: &str, read: impl Fn(&[u8]) -> reqwest::Result<T>) -> Result<T, String> {
    let pem = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    read(&pem).map_err(|error| format!("{path}: {}", innermost(&error)))
}

fn client(
    settings: &FetcherSettings,
    resolver: &Arc<CheckedResolver>,
    source: Option<&SourceConfig>,
) -> Result<Client, FetchError> {
    wiredesk_host::choose_tls();
    let contact = match settings.contact.as_str() {
        "" => String::new(),
        contact => format!(" (+{contact})"),
    };
    let way = source.map_or(Ok(Way::default()), way_of)?;
    let builder = || {
        let builder = Client::builder()
            .user_agent(format!("Wiredesk/{}{contact}", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            // One of the environment would look names up itself, past the check of addresses.
            .no_proxy()
            .dns_resolver(Arc::clone(resolver))
            .connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
            .read_timeout(Duration::from_millis(settings.read_timeout_ms))
            // A feed is asked minutes apart: only the pages of one poll find a connection open.
            .pool_idle_timeout(IDLE_CONNECTION)
            .pool_max_idle_per_host(settings.requests_per_host);
        let builder = match way.proxy.clone() {
            Some(proxy) => builder.proxy(proxy),
            None => builder,
        };
        let builder = match way.authorities.is_empty() {
            true => builder,
            false => builder.tls_certs_merge(way.authorities.clone()),
        };
        match way.identity.clone() {
            Some(identity) => builder.identity(identity),
            None => builder,
        }
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
