//! Which addresses may be connected to: a feed must not reach into the operator's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// What may be connected to beside public addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressRules {
    allowed: Vec<Network>,
    everything: bool,
}

impl AddressRules {
    /// Public addresses, and those inside `networks`.
    ///
    /// # Errors
    /// The first network that is none, in words.
    pub fn parse(networks: &[String]) -> Result<Self, String> {
        let allowed = networks
            .iter()
            .map(|text| Network::parse(text))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            allowed,
            everything: false,
        })
    }

    /// Every address, private ones too.
    pub fn everything() -> Self {
        Self {
            allowed: Vec::new(),
            everything: true,
        }
    }

    /// Whether the address may be connected to.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = unmapped(address);
        self.everything
            || is_public(address)
            || self.allowed.iter().any(|network| network.contains(address))
    }
}

impl Network {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("network {text:?} is not of the form 10.1.0.0/16");
        let (address, bits) = text.split_once('/').unwrap_or((text, ""));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match bits {
            "" if !text.contains('/') => most,
            bits => bits.parse().map_err(|_| wrong())?,
        };
        (prefix_bits <= most)
            .then_some(Self {
                address,
                prefix_bits,
            })
            .ok_or_else(wrong)
    }

    fn contains(&self, address: IpAddr) -> bool {
        let bits = u32::from(self.prefix_bits);
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

/// An IPv4 address in IPv6 clothes is that IPv4 address (mapped, or of NAT64: RFC 6052).
fn unmapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else {
        return address;
    };
    if let Some(four) = six.to_ipv4_mapped() {
        return IpAddr::V4(four);
    }
    let bits = six.to_bits();
    if bits >> 32 == 0x0064_ff9b << 64 {
        return IpAddr::V4(Ipv4Addr::from_bits(bits as u32));
    }
    address
}

/// Whether an address is reachable for everybody (IANA special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local() // cloud metadata lives here, too
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // carrier-grade NAT
        || (a == 198 && (18..20).contains(&b)) // benchmarks
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || (a == 192 && b == 88 && c == 99); // 6to4 relays
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    // Only 2000::/3 is given out to the public; documentation, Teredo and 6to4 lie inside it.
    let is_global = first & 0xe000 == 0x2000;
    let is_special =
        (first == 0x2001 && matches!(address.segments()[1], 0 | 0x0db8)) || first == 0x2002;
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(rules: &AddressRules, address: &str) -> bool {
        rules.allows(address.parse().unwrap())
    }

    #[test]
    fn only_public_addresses_are_allowed_by_themselves() {
        let rules = AddressRules::default();
        for address in [
            "93.184.215.14",
            "2606:2800:21f:cb07::1",
            "::ffff:93.184.215.14",
        ] {
            assert!(allows(&rules, address), "{address}");
        }
        let refused = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::",
        ];
        for address in refused {
            assert!(!allows(&rules, address), "{address}");
        }
    }

    #[test]
    fn networks_open_what_they_contain_and_no_more() {
        let networks = [
            "10.1.0.0/16".to_owned(),
            "127.0.0.1".to_owned(),
            "fd12::/32".to_owned(),
        ];
        let rules = AddressRules::parse(&networks).unwrap();
        for address in ["10.1.255.1", "127.0.0.1", "fd12::9"] {
            assert!(allows(&rules, address), "{address}");
        }
        for address in ["10.2.0.1", "127.0.0.2", "fd13::9"] {
            assert!(!allows(&rules, address), "{address}");
        }
        assert!(allows(
            &AddressRules::parse(&["0.0.0.0/0".to_owned()]).unwrap(),
            "10.0.0.1"
        ));
        for wrong in ["10.0.0.0/33", "ten/8", "10.0.0.0/", ""] {
            assert!(
                AddressRules::parse(&[wrong.to_owned()]).is_err(),
                "{wrong:?}"
            );
        }
    }
}
