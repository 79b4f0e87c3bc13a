//! How a source is reached: who asks, and by which way.

use serde::Deserialize;
use url::Url;
use wiredesk_settings::Secret;

use crate::SourceConfig;

/// What a source asks its readers to show; sent to the host of the source only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Auth {
    /// A name and a password (RFC 7617).
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token (RFC 6750).
    Bearer {
        /// The token.
        token: Secret,
    },
    /// A key in the query of every request. It is in no record and no message.
    QueryKey {
        /// Name of the parameter.
        name: String,
        /// The key.
        key: Secret,
    },
}

/// Whether a request to `url` may carry what the source's own host is to be shown: never another
/// host, and never in the clear where the source is asked over TLS.
pub fn may_show_keys(source: &SourceConfig, url: &Url) -> bool {
    let Ok(own) = Url::parse(source.place()) else {
        return false;
    };
    let is_downgrade = own.scheme() == "https" && url.scheme() != "https";
    own.host_str() == url.host_str() && !is_downgrade
}

/// The address that is sent: with the key in its query, where the source wants that there.
pub fn with_key(source: &SourceConfig, url: &Url) -> Url {
    let mut sent = url.clone();
    if let Some(Auth::QueryKey { name, key }) = &source.auth {
        sent.query_pairs_mut().append_pair(name, key.reveal());
    }
    sent
}

/// An address that a server redirected to, without the key that it may have copied into it.
pub fn without_key(source: &SourceConfig, mut url: Url) -> Url {
    let Some(Auth::QueryKey { name, .. }) = &source.auth else {
        return url;
    };
    let all: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let kept: Vec<_> = all.iter().filter(|(found, _)| found != name).collect();
    if kept.is_empty() {
        url.set_query(None);
    } else if kept.len() < all.len() {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
    url
}

/// What is wrong with the ways and keys of a source, each with the key it stands under. No I/O.
pub fn problems(source: &SourceConfig) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    if let Some(proxy) = &source.proxy {
        let is_sound = Url::parse(proxy.reveal()).is_ok_and(|url| {
            url.has_host() && matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h")
        });
        if !is_sound {
            // The text may hold a password, so it is not repeated.
            let text = "proxy must be an address of http, https, socks5 or socks5h";
            problems.push(("proxy", text.to_owned()));
        }
    }
    let empty = match &source.auth {
        Some(Auth::Basic { user, .. }) if user.is_empty() => Some("user"),
        Some(Auth::Bearer { token }) if token.reveal().is_empty() => Some("token"),
        Some(Auth::QueryKey { name, .. }) if name.is_empty() => Some("name"),
        Some(Auth::QueryKey { key, .. }) if key.reveal().is_empty() => Some("key"),
        _ => None,
    };
    problems.extend(empty.map(|part| ("auth", format!("the {part} of auth is empty"))));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn keys_go_to_their_own_host_and_never_in_the_clear() {
        let source = SourceConfig::feed("a", "https://x.example/feed");
        assert!(may_show_keys(&source, &url("https://x.example/page")));
        assert!(!may_show_keys(&source, &url("http://x.example/page")));
        assert!(!may_show_keys(&source, &url("https://y.example/page")));
        let plain = SourceConfig::feed("a", "http://x.example/feed");
        assert!(may_show_keys(&plain, &url("https://x.example/feed")));
    }

    #[test]
    fn a_key_is_put_in_and_taken_out() {
        let mut source = SourceConfig::feed("a", "https://x.example/feed");
        source.auth = Some(Auth::QueryKey {
            name: "api_key".to_owned(),
            key: Secret::new("a&b"),
        });
        for address in ["https://x.example/feed", "https://x.example/feed?a=1"] {
            let sent = with_key(&source, &url(address));
            assert!(sent.as_str().ends_with("api_key=a%26b"), "{sent}");
            assert_eq!(without_key(&source, sent), url(address));
        }
    }
}
