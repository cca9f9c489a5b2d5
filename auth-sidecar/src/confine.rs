//! The Landlock sandbox: once it is active, the service can open only the files it needs, whatever bug it has.
//!
//! Applied before a second thread starts, so that it holds for all of them; it cannot be undone. Rules are for
//! folders, so that files which a build or an operator replaces stay accessible.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::config::{AuditTarget, Config, Database, Location, Media};
use crate::mail::MailTarget;

/// System files read while the service runs: name resolution, and the mail server's certificates.
const SYSTEM: [&str; 12] = [
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/opt/ssl",
    "/var/lib/ca-certificates",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/run/nscd",
    // The number of available cores.
    "/proc/self/cgroup",
    "/sys/fs/cgroup",
];

/// Read and written, though nobody keeps anything there.
const DEVICES: [&str; 2] = ["/dev/null", "/dev/urandom"];

/// The accessible paths.
#[derive(Debug, Default, PartialEq, Eq)]
struct Paths {
    read: BTreeSet<PathBuf>,
    write: BTreeSet<PathBuf>,
}

impl Paths {
    fn of(config: &Config, site: Option<&Path>) -> Self {
        let mut paths = Self {
            read: SYSTEM.map(PathBuf::from).into(),
            write: DEVICES.map(PathBuf::from).into(),
        };
        for variable in ["SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_CA_BUNDLE"] {
            paths
                .read
                .extend(std::env::var_os(variable).map(PathBuf::from));
        }
        let media = match &config.media {
            Media::Folder(folder) => Some(folder.as_path()),
            Media::Bucket(_) => None,
        };
        let edge = config.edge.as_ref().and_then(Location::file);
        for file in [config.manifest.file(), media, edge, site]
            .into_iter()
            .flatten()
        {
            paths.read.extend(around(file));
        }
        if media.is_none() || config.manifest.file().is_none() {
            paths.read.extend(credentials());
        }
        // The edge rules are beside the site.
        paths
            .read
            .extend(site.and_then(|site| existing(&site.join("../edge"))));
        let folder_of = |file: &Path| file.parent().and_then(existing);
        if let Database::Sqlite(file) = &config.database {
            paths.write.extend(folder_of(&absolute(file)));
        }
        paths.write.extend(existing(&absolute(config.state_dir())));
        if let AuditTarget::File(file) = &config.audit {
            paths.write.extend(folder_of(&absolute(file)));
        }
        if let MailTarget::File(folder) = &config.mail {
            paths.write.extend(existing(&absolute(folder)));
        }
        // A rule for the root would allow everything.
        paths.read.remove(Path::new("/"));
        paths.write.remove(Path::new("/"));
        paths
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The path, or its nearest existing ancestor: the path may be created later.
fn existing(path: &Path) -> Option<PathBuf> {
    let path = absolute(path);
    path.ancestors()
        .find(|path| path.exists())
        .map(Path::to_owned)
}

/// The folders in which a path, and each symlink on the way to it, can be replaced.
fn around(path: &Path) -> Vec<PathBuf> {
    let path = absolute(path);
    let mut folders: Vec<PathBuf> = path.parent().and_then(existing).into_iter().collect();
    for part in path.ancestors() {
        let is_link = part.symlink_metadata().is_ok_and(|part| part.is_symlink());
        if !is_link {
            continue;
        }
        folders.extend(part.parent().map(Path::to_owned));
        let target = part.canonicalize().ok();
        folders.extend(target.and_then(|target| target.parent().map(Path::to_owned)));
    }
    folders
}

/// The folder of the file that holds credentials for buckets: it may be replaced while the service runs.
fn credentials() -> Option<PathBuf> {
    let named = std::env::var_os("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from);
    let usual = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".aws/credentials"));
    let file = absolute(&named.or_else(usual)?);
    file.parent()
        .filter(|folder| folder.is_dir())
        .map(Path::to_owned)
}

/// Restricts the process as far as the kernel can, and logs the result.
#[cfg(target_os = "linux")]
pub(crate) fn apply(config: &Config, site: Option<&Path>) {
    use landlock::{LandlockStatus, RestrictionStatus, RulesetStatus};

    let paths = Paths::of(config, site);
    match restrict(&paths) {
        Ok(RestrictionStatus {
            ruleset: RulesetStatus::NotEnforced,
            ..
        }) => tracing::info!("this kernel has no Landlock: only file permissions protect files"),
        Ok(RestrictionStatus {
            landlock: LandlockStatus::Available { effective_abi, .. },
            ..
        }) => tracing::info!(
            abi = effective_abi as i32,
            read = ?paths.read,
            write = ?paths.write,
            "Landlock is active: no other file can be opened"
        ),
        Ok(_) => tracing::info!("Landlock is active: no other file can be opened"),
        Err(error) => {
            tracing::warn!(%error, "Landlock could not be applied: only file permissions protect files");
        }
    }
}

#[cfg(target_os = "linux")]
fn restrict(paths: &Paths) -> Result<landlock::RestrictionStatus, landlock::RulesetError> {
    use landlock::{
        ABI, Access as _, AccessFs, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
        path_beneath_rules,
    };

    // Rights unknown to this kernel are left out.
    let abi = ABI::V5;
    let ruleset = Ruleset::default().handle_access(AccessFs::from_all(abi))?;
    let ruleset = ruleset.create()?;
    // Not to execute.
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = AccessFs::from_all(abi) & !AccessFs::Execute;
    ruleset
        .add_rules(path_beneath_rules(&paths.read, read))?
        .add_rules(path_beneath_rules(&paths.write, write))?
        .restrict_self()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn apply(_: &Config, _: Option<&Path>) {
    tracing::info!("this system has no Landlock: only file permissions protect files");
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn replaced_folders_are_followed() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        fs::create_dir_all(dir.join("releases/1/dist/sidecar")).unwrap();
        symlink("releases/1", dir.join("current")).unwrap();
        let found = around(&dir.join("current/dist/sidecar/manifest.json"));
        let found: BTreeSet<_> = found.into_iter().collect();
        let expected = [
            dir.join("current/dist/sidecar"),
            dir.clone(),
            dir.join("releases"),
        ];
        assert_eq!(found, expected.into());
        // What is yet to be made is found where it will be.
        assert_eq!(
            around(&dir.join("releases/2/dist/media")),
            [dir.join("releases")]
        );
        assert_eq!(existing(&dir.join("no/such")), Some(dir.clone()));
    }
}
