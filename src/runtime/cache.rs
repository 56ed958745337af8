//! The catalog and the quotas of earlier runs, on disk: one file for each endpoint, account and Region. The simulated account keeps none.

use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    fs,
    hash::{Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};
use serde::{Deserialize, Serialize};

use super::connection::Connection;
use crate::{
    app::event::Cached,
    domain::{ids::AccountId, snapshot::Provenance},
};

/// Changes when the form of the files does; files of another form are not read.
const FORM: u32 = 2;

/// Where one endpoint's and Region's files lie.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    /// Which account these credentials belonged to last time.
    owner: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct File<T> {
    form: u32,
    content: T,
}

impl Cache {
    /// The cache of a connection; None for the simulated account, and where there is no home folder.
    pub(super) fn of(connection: &Connection) -> Option<Self> {
        let session = &connection.session;
        if session.provenance == Provenance::Simulated {
            return None;
        }
        let strategy = choose_app_strategy(AppStrategyArgs {
            top_level_domain: "dev".to_owned(),
            author: "tiertop".to_owned(),
            app_name: "tiertop".to_owned(),
        });
        let root = strategy.ok()?.cache_dir();
        // Whatever may send a service elsewhere is part of the name.
        let overrides: BTreeMap<_, _> =
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_ENDPOINT_URL")).collect();
        let endpoints = (connection.gateway.endpoint_url(), overrides);
        let folder = root.join(format!("{}-{:016x}", session.region, fingerprint(&endpoints)));
        let credentials =
            (&session.profile, std::env::var("AWS_ACCESS_KEY_ID").ok(), std::env::var("AWS_ROLE_ARN").ok());
        let owner = folder.join(format!("owner-{:016x}.json", fingerprint(&credentials)));
        Some(Self { folder, owner })
    }

    /// What the last run with these credentials left; None where there is nothing, or nothing that can be read.
    #[must_use]
    pub fn load(&self) -> Option<Cached> {
        let owner: AccountId = read(&self.owner)?;
        let cached: Cached = read(&self.file(&owner)?)?;
        (cached.account == owner).then_some(cached)
    }

    /// Keeps what this run has found. A disk that does not take it costs only the next run's head start.
    pub fn keep(&self, cached: &Cached) {
        let Some(file) = self.file(&cached.account) else { return };
        let kept = write(&file, cached).and_then(|()| write(&self.owner, &cached.account));
        if let Err(error) = kept {
            tracing::debug!(%error, folder = %self.folder.display(), "cache not written");
        }
    }

    /// An account's file. What does not look like an account's number names no file.
    fn file(&self, account: &AccountId) -> Option<PathBuf> {
        let digits = account.as_str();
        let plain = !digits.is_empty() && digits.len() <= 20 && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain.then(|| self.folder.join(format!("account-{digits}.json")))
    }
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Option<T> {
    let file: File<T> = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (file.form == FORM).then_some(file.content)
}

/// Writes beside and renames, so that a reader never sees half a file.
fn write<T: Serialize>(path: &Path, content: &T) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    fs::write(&beside, serde_json::to_vec(&File { form: FORM, content })?)?;
    fs::rename(&beside, path)
}

/// A name for a folder or file: not a secret's safe keeping, only a name that does not show what it is made from.
fn fingerprint(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(folder: &Path) -> Cache {
        Cache { folder: folder.to_owned(), owner: folder.join("owner.json") }
    }

    fn cached(account: &str) -> Cached {
        Cached {
            account: account.into(),
            models: vec![],
            profiles: vec![],
            listed_at: None,
            quotas: crate::domain::quota::QuotaTable::default(),
            quotas_at: None,
            watch: crate::domain::watch::Watch::default(),
        }
    }

    #[test]
    fn what_is_kept_is_found_again_and_what_is_broken_is_not() {
        let folder = std::env::temp_dir().join(format!("tiertop-cache-{}", std::process::id()));
        let cache = cache(&folder);
        assert_eq!(cache.load(), None);
        cache.keep(&cached("111122223333"));
        assert_eq!(cache.load(), Some(cached("111122223333")));
        cache.keep(&cached("../../x"));
        assert_eq!(cache.load(), Some(cached("111122223333")));
        fs::write(folder.join("account-111122223333.json"), b"{\"form\":2,").unwrap();
        assert_eq!(cache.load(), None);
        fs::remove_dir_all(folder).unwrap();
    }
}
