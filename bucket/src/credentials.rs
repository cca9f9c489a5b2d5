//! Credentials for a store: from the usual AWS variables, or from the shared credentials file.

use std::{fs, path::PathBuf};

use rusty_s3::Credentials;

/// Looks up a variable; in the environment ([`variable`]), except in tests.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A variable that is set and not empty.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Finds credentials in the environment, or else in a profile of the shared credentials file.
///
/// # Errors
/// A sentence that says where they are missing.
pub(super) fn find(lookup: Lookup<'_>) -> Result<Credentials, String> {
    let (key, secret) = (lookup("AWS_ACCESS_KEY_ID"), lookup("AWS_SECRET_ACCESS_KEY"));
    match (key, secret) {
        (Some(key), Some(secret)) => {
            let token = lookup("AWS_SESSION_TOKEN");
            return Ok(made(key, secret, token));
        }
        (Some(_), None) => return Err("AWS_SECRET_ACCESS_KEY is not set".to_owned()),
        (None, Some(_)) => return Err("AWS_ACCESS_KEY_ID is not set".to_owned()),
        (None, None) => {}
    }
    let path = match lookup("AWS_SHARED_CREDENTIALS_FILE") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(lookup("HOME").unwrap_or_default()).join(".aws/credentials"),
    };
    let profile = lookup("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    let text = fs::read_to_string(&path).map_err(|error| {
        let path = path.display();
        format!("AWS_ACCESS_KEY_ID is not set, and {path} cannot be read: {error}")
    })?;
    of_profile(&text, &profile).ok_or_else(|| {
        let path = path.display();
        format!("{path} has no key and secret for the profile `{profile}`")
    })
}

fn made(key: String, secret: String, token: Option<String>) -> Credentials {
    match token {
        Some(token) => Credentials::new_with_token(key, secret, token),
        None => Credentials::new(key, secret),
    }
}

fn of_profile(text: &str, profile: &str) -> Option<Credentials> {
    let (mut inside, mut found) = (false, [None, None, None]);
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            inside = name.trim() == profile;
        } else if let (true, Some((name, value))) = (inside, line.split_once('=')) {
            let names = [
                "aws_access_key_id",
                "aws_secret_access_key",
                "aws_session_token",
            ];
            if let Some(at) = names.iter().position(|known| *known == name.trim()) {
                found[at] = Some(value.trim().to_owned());
            }
        }
    }
    let [key, secret, token] = found;
    Some(made(key?, secret?, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_comes_before_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("credentials");
        let text = "[default]\naws_access_key_id = D\naws_secret_access_key=d\n[live]\n aws_access_key_id=L\n\
                    aws_secret_access_key = l=\naws_session_token = t\n";
        fs::write(&file, text).unwrap();
        let path = file.to_str().unwrap().to_owned();
        let with = |more: &[(&str, &str)]| {
            let mut all: Vec<(String, String)> =
                vec![("AWS_SHARED_CREDENTIALS_FILE".to_owned(), path.clone())];
            all.extend(more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
            find(&|name| {
                all.iter()
                    .find(|(known, _)| known == name)
                    .map(|(_, v)| v.clone())
            })
        };
        let key = |found: Result<Credentials, String>| found.map(|c| c.key().to_owned());
        assert_eq!(key(with(&[])), Ok("D".to_owned()));
        let live = with(&[("AWS_PROFILE", "live")]).unwrap();
        assert_eq!((live.secret(), live.token()), ("l=", Some("t")));
        let own = [("AWS_ACCESS_KEY_ID", "E"), ("AWS_SECRET_ACCESS_KEY", "e")];
        assert_eq!(key(with(&own)), Ok("E".to_owned()));
        assert!(
            with(&own[..1])
                .unwrap_err()
                .contains("AWS_SECRET_ACCESS_KEY")
        );
        assert!(
            with(&[("AWS_PROFILE", "x")])
                .unwrap_err()
                .contains("profile `x`")
        );
    }
}
