//! What a hub is given: an address that only it knows, and a key to sign with. Both are made from
//! one secret, so that every instance knows them and none is stored.

use ring::hmac;

use super::Advertised;
use crate::IntakeSettings;

/// Characters of the part of a callback that cannot be guessed.
const TOKEN_CHARS: usize = 32;

/// Makes addresses and keys for hubs.
#[derive(Debug)]
pub struct Keys {
    secret: hmac::Key,
    public_url: String,
}

impl Keys {
    /// The keys of a configuration; `None` where no hub is to be asked.
    pub fn of(settings: &IntakeSettings) -> Option<Self> {
        settings.asks_hubs().then(|| Self {
            secret: hmac::Key::new(hmac::HMAC_SHA256, settings.hub_secret.reveal().as_bytes()),
            public_url: settings.public_url.trim_end_matches('/').to_owned(),
        })
    }

    /// Where the hub delivers.
    pub fn callback(&self, feed: &str, to: &Advertised) -> String {
        let token = self.token(feed, to);
        format!("{}/v1/hub/{feed}/{token}", self.public_url)
    }

    /// The part of the callback that shows that we gave it out for this feed, hub and topic.
    pub fn token(&self, feed: &str, to: &Advertised) -> String {
        let mut token = self.made("callback", feed, to);
        token.truncate(TOKEN_CHARS);
        token
    }

    /// What the hub signs its deliveries with.
    pub fn key(&self, feed: &str, to: &Advertised) -> String {
        self.made("key", feed, to)
    }

    fn made(&self, what: &str, feed: &str, to: &Advertised) -> String {
        let text = [what, feed, &to.hub, &to.topic].join("\n");
        to_hex(hmac::sign(&self.secret, text.as_bytes()).as_ref())
    }
}

/// Whether a delivery is signed with `key` (`X-Hub-Signature: method=hex`; WebSub, 7.1).
pub fn is_signed(signature: &str, body: &[u8], key: &str) -> bool {
    let Some((method, hex)) = signature.trim().split_once('=') else {
        return false;
    };
    let algorithm = match method.to_ascii_lowercase().as_str() {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return false,
    };
    let key = hmac::Key::new(algorithm, key.as_bytes());
    from_hex(hex).is_some_and(|tag| hmac::verify(&key, body, &tag).is_ok())
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    let pairs = digits.chunks_exact(2);
    Some(pairs.map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
}

#[cfg(test)]
mod tests {
    use wiredesk_settings::Secret;

    use super::*;

    fn keys() -> Keys {
        Keys::of(&IntakeSettings {
            address: "127.0.0.1:0".to_owned(),
            public_url: "https://wire.example/".to_owned(),
            hub_secret: Secret::new("a secret for the hubs"),
            ..IntakeSettings::default()
        })
        .unwrap()
    }

    fn to(hub: &str, topic: &str) -> Advertised {
        Advertised {
            hub: hub.to_owned(),
            topic: topic.to_owned(),
        }
    }

    #[test]
    fn every_subscription_has_an_address_and_a_key_of_its_own() {
        let keys = keys();
        let one = to("https://hub.example/", "https://a.example/");
        let other = to("https://hub.example/", "https://b.example/");
        let callback = keys.callback("post", &one);
        assert!(callback.starts_with("https://wire.example/v1/hub/post/"));
        assert_eq!(callback, keys.callback("post", &one));
        assert_ne!(callback, keys.callback("post", &other));
        assert_ne!(keys.key("post", &one), keys.key("post", &other));
        assert_ne!(keys.key("post", &one), keys.key("gazette", &one));
        assert!(
            !keys
                .key("post", &one)
                .starts_with(&keys.token("post", &one))
        );
        assert!(Keys::of(&IntakeSettings::default()).is_none());
    }

    #[test]
    fn deliveries_are_checked_by_every_method_of_the_specification() {
        for (method, algorithm) in [
            ("sha1", hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            ("sha256", hmac::HMAC_SHA256),
            ("sha384", hmac::HMAC_SHA384),
            ("sha512", hmac::HMAC_SHA512),
        ] {
            let key = hmac::Key::new(algorithm, b"key");
            let hex = to_hex(hmac::sign(&key, b"body").as_ref());
            let signature = format!("{method}={hex}");
            assert!(is_signed(&signature, b"body", "key"), "{method}");
            assert!(is_signed(&signature.to_uppercase(), b"body", "key"));
            assert!(!is_signed(&signature, b"other", "key"), "{method}");
            assert!(!is_signed(&signature, b"body", "other"), "{method}");
        }
        for broken in ["", "sha256", "sha256=", "sha256=zz", "sha256=abc", "md5=00"] {
            assert!(!is_signed(broken, b"body", "key"), "{broken}");
        }
    }
}
