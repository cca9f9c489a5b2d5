//! Changes to a security policy.

/// Lets pages play media from this origin too, where the policy says from where they may.
#[must_use]
pub fn allow_media(policy: &str, origin: &str) -> String {
    let directives = policy.split(';').map(|directive| {
        let mut words = directive.split_ascii_whitespace();
        let is_media = words.next() == Some("media-src");
        match is_media && !words.any(|source| source == origin) {
            true => format!("{directive} {origin}"),
            false => directive.to_owned(),
        }
    });
    directives.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_alone_may_come_from_elsewhere() {
        let store = "https://clips.example.org";
        for (policy, allowed) in [
            (
                "img-src 'self'; media-src 'self'; x-src 'none'",
                "img-src 'self'; media-src 'self' https://clips.example.org; x-src 'none'",
            ),
            (
                "media-src https://clips.example.org 'self'",
                "media-src https://clips.example.org 'self'",
            ),
            ("sandbox; default-src 'none'", "sandbox; default-src 'none'"),
        ] {
            assert_eq!(allow_media(policy, store), allowed);
        }
    }
}
