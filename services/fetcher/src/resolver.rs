//! Name lookup that gives only addresses which may be connected to. The check is where the
//! connection is made, so a name that changes its mind between check and use gains nothing.

use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::AddressRules;

/// Every address of a name was refused.
#[derive(Debug, thiserror::Error)]
#[error("{address} is not public")]
pub(crate) struct Refused {
    /// The first address.
    pub address: IpAddr,
}

/// Says which addresses a name has.
pub(crate) trait Lookup: Debug + Send + Sync + 'static {
    /// Every address of `name`; the port means nothing.
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// The system's resolver.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
    }
}

/// Looks names up, and checks what it is told.
#[derive(Debug)]
pub(crate) struct CheckedResolver {
    rules: AddressRules,
    lookup: Arc<dyn Lookup>,
}

impl CheckedResolver {
    pub(crate) fn new(rules: AddressRules, lookup: Arc<dyn Lookup>) -> Self {
        Self { rules, lookup }
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.rules.clone();
        let found = self.lookup.lookup(name.as_str().to_owned());
        Box::pin(async move {
            let found = found.await?;
            let first = found.first().map(SocketAddr::ip);
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| rules.allows(address.ip()))
                .collect();
            match first {
                Some(address) if allowed.is_empty() => Err(Refused { address }.into()),
                _ => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}
