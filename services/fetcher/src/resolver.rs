//! Name lookup that gives only addresses which may be connected to. The check is where the
//! connection is made, so a name that changes its mind between check and use gains nothing.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::AddressRules;

/// Every address of a name was refused.
#[derive(Debug, thiserror::Error)]
#[error("{address} is not public")]
pub(crate) struct Refused {
    /// The first address.
    pub address: IpAddr,
}

/// Looks names up with the system's resolver, and checks what it says.
#[derive(Debug)]
pub(crate) struct CheckedResolver {
    rules: AddressRules,
}

impl CheckedResolver {
    pub(crate) fn new(rules: AddressRules) -> Self {
        Self { rules }
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.rules.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
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
