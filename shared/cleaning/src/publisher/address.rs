//! Which addresses a rule holds for.

/// Host in lower case and path of an address; none where it has no host.
pub(super) fn host_and_path(url: &str) -> Option<(String, &str)> {
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.strip_prefix('[') {
        Some(_) => host.split_inclusive(']').next().unwrap_or(host),
        None => host.split(':').next().unwrap_or(host),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    (!host.is_empty()).then_some((host, path))
}

/// Whether a host is the one of `pattern`: itself, with `www.` in front, or, for `*.name`, any
/// below it.
pub(super) fn is_host(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(name) => host
            .strip_suffix(name)
            .is_some_and(|front| front.ends_with('.')),
        None => host.strip_prefix("www.").unwrap_or(host) == pattern,
    }
}

/// What is wrong with a host pattern.
pub(super) fn host_fault(pattern: &str) -> Option<String> {
    let name = pattern.strip_prefix("*.").unwrap_or(pattern);
    let is_sound = !name.is_empty()
        && !name.starts_with("www.")
        && name.chars().all(|c| {
            c.is_alphanumeric() && !c.is_uppercase() || matches!(c, '.' | '-' | '[' | ']' | ':')
        });
    (!is_sound).then(|| {
        format!(
            "`{pattern}` is no host; write paper.example or *.paper.example, in lower case and \
             without www., scheme and path"
        )
    })
}

/// Whether a path fits a pattern, where `*` stands for anything.
pub(super) fn is_path(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let cases = [
            ("https://Paper.Example/a/b?c#d", ("paper.example", "/a/b")),
            ("http://me:pw@paper.example:8080", ("paper.example", "/")),
            ("http://[::1]:80/x", ("[::1]", "/x")),
            ("http://paper.example.?q", ("paper.example", "/")),
        ];
        for (url, (host, path)) in cases {
            assert_eq!(host_and_path(url), Some((host.to_owned(), path)), "{url}");
        }
        assert_eq!(host_and_path("paper.example/a"), None);
        assert_eq!(host_and_path("file:///a"), None);
    }

    #[test]
    fn hosts_and_paths_fit_their_patterns() {
        assert!(is_host("paper.example", "www.paper.example"));
        assert!(is_host("*.paper.example", "news.paper.example"));
        assert!(!is_host("*.paper.example", "paper.example"));
        assert!(!is_host("*.paper.example", "notpaper.example"));
        assert!(!is_host("paper.example", "news.paper.example"));
        assert!(is_path("/news/*", "/news/2026/a"));
        assert!(is_path("/*/story-*.html", "/town/story-7.html"));
        assert!(!is_path("/*/story-*.html", "/town/story-7.htm"));
        assert!(is_path("/a", "/a") && !is_path("/a", "/ab"));
        assert!(!is_path("/aa*aa", "/aaa"));
    }
}
