//! What production refuses, and what no machine can do.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use ipnet::IpNet;

use super::{ConfigError, Secret, bad};
use crate::hashing::Cost;
use crate::mail::{MailTarget, Sender};
use dateline_contract::manifest::Manifest;

/// More passes than this take a minute each.
const MOST_PASSES: u32 = 100;

/// Checks the setting, or else the manifest if it is a file that exists. Others are checked when they are read.
pub(super) fn base_url(own: Option<&str>, manifest: Option<&Path>) -> Result<(), ConfigError> {
    let fault = |what: String| Err(bad("base_url", what));
    match own {
        Some(url) if is_open(url) => fault(format!("is {url:?}, and production needs https")),
        Some(_) => Ok(()),
        None => {
            let read = manifest.and_then(|file| fs::read(file).ok());
            let manifest = read.and_then(|bytes| Manifest::from_json(&bytes).ok());
            match manifest.map(|manifest| manifest.base_url) {
                Some(url) if is_open(&url) => fault(format!(
                    "is not set, and the manifest's is {url:?}: production needs https"
                )),
                _ => Ok(()),
            }
        }
    }
}

/// Whether traffic to this URL is unencrypted.
pub(crate) fn is_open(url: &str) -> bool {
    !url.starts_with("https://")
}

/// Senders in these networks can claim any address, so that no limit holds.
pub(super) fn proxies(trusted: &[IpNet]) -> Result<(), ConfigError> {
    let is_too_wide = |net: &&IpNet| match net {
        IpNet::V4(net) => net.prefix_len() < 8,
        IpNet::V6(net) => net.prefix_len() < 7,
    };
    match trusted.iter().find(is_too_wide) {
        Some(net) => Err(bad(
            "trusted_proxies",
            format!("holds {net}, whose senders could forge any address: list only your proxies"),
        )),
        None => Ok(()),
    }
}

pub(super) fn mail(given: Option<&MailTarget>) -> Result<(), ConfigError> {
    match given {
        Some(target @ MailTarget::Smtp(_)) if !target.is_plain() => Ok(()),
        _ => Err(bad(
            "mail",
            "sends no mail, or sends it without TLS: production needs `smtp://…` with STARTTLS, or `smtps://…`",
        )),
    }
}

pub(super) fn sender(given: Option<&Sender>) -> Result<(), ConfigError> {
    match given {
        Some(_) => Ok(()),
        None => Err(bad(
            "mail_from",
            "is not set: state the sender of mails, `Name <name@example.org>`",
        )),
    }
}

pub(super) fn secret(given: Option<&Secret>, file: Option<&Path>) -> Result<(), ConfigError> {
    match (given, file) {
        (None, None) => Err(bad(
            "secret",
            "is not set: production needs `ID:BASE64` of 32 random bytes or more; `openssl rand -base64 32` makes them",
        )),
        (_, Some(file)) => private("secret_file", file),
        (Some(_), None) => Ok(()),
    }
}

/// A group may read it: systemd's credentials have such permissions.
pub(super) fn private(setting: &str, file: &Path) -> Result<(), ConfigError> {
    // A missing file is reported when it is read.
    let mode = fs::metadata(file).map_or(0, |facts| facts.permissions().mode());
    match mode & 0o007 {
        0 => Ok(()),
        _ => Err(bad(
            setting,
            format!(
                "is kept in {}, which is world-readable: `chmod o= {0}`",
                file.display()
            ),
        )),
    }
}

pub(super) fn cost(cost: Cost, hashes: usize) -> Result<(), ConfigError> {
    let least = Cost::default();
    for (setting, given, least) in [
        ("hash_memory_kib", cost.memory, least.memory),
        ("hash_passes", cost.passes, least.passes),
    ] {
        if given < least {
            let reason = format!("is {given}, and less than {least} is not safe");
            return Err(bad(setting, reason));
        }
    }
    if cost.passes > MOST_PASSES {
        let reason = format!("is {}, and {MOST_PASSES} is the most", cost.passes);
        return Err(bad("hash_passes", reason));
    }
    let wanted = u64::from(cost.memory).saturating_mul(hashes as u64);
    match memory_kib() {
        Some(memory) if wanted > memory => Err(bad(
            "hash_memory_kib",
            format!(
                "is {}, which {hashes} at once (the setting `hashes`) make {wanted} KiB, and this machine has {memory}",
                cost.memory
            ),
        )),
        _ => Ok(()),
    }
}

/// The memory available to this process, if the system reports it.
fn memory_kib() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.as_deref().and_then(|text| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    });
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let group = group.and_then(|text| Some(text.trim().parse::<u64>().ok()? / 1024));
    machine.into_iter().chain(group).min()
}
