//! What a build wrote, in a bucket: the manifest with the templates beside it, and the edge rules.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use dateline_bucket::{Access, variable};
use dateline_contract::bucket::Bucket;
use tokio::time::sleep;

use super::StartError;
use crate::composer::Templates;
use crate::media::bucket::store::{Store, Trouble};

/// Between two looks: each is one request, and builds are minutes apart.
const INTERVAL: Duration = Duration::from_secs(5);

/// The folders of templates beside the manifest.
const TEMPLATES: [&str; 2] = ["mail/", "pages/"];

pub(super) fn access(bucket: &Bucket, setting: &'static str) -> Result<Access, StartError> {
    Access::open(bucket, &variable).map_err(|fault| StartError::Bucket {
        setting,
        reason: fault.to_string(),
    })
}

pub(super) fn store(
    bucket: Bucket,
    access: Access,
    setting: &'static str,
) -> Result<Store, StartError> {
    let opened = Store::new(bucket, access, setting);
    opened.map_err(|error| StartError::Bucket {
        setting,
        reason: error.to_string(),
    })
}

/// The theme's templates, as they were last read.
#[derive(Clone, Default)]
pub(super) struct TemplateObjects(Arc<RwLock<BTreeMap<String, String>>>);

impl Templates for TemplateObjects {
    fn read(&self, path: &str) -> Option<String> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(path).cloned()
    }
}

/// An object that is followed, with the templates beside it if there is a place for them.
pub(super) struct Followed {
    pub(super) store: Store,
    /// Below the store's prefix.
    pub(super) name: String,
    pub(super) templates: Option<TemplateObjects>,
}

/// What was there at the last look.
#[derive(Default)]
struct Former {
    /// Of all that was read, what changes with the content, by key.
    tags: BTreeMap<String, String>,
    /// The latest failure; told once.
    failure: Option<String>,
}

impl Followed {
    /// Calls `apply` with the object's content, and with each new content, for ever; with an error once.
    pub(super) async fn follow(self, mut apply: impl FnMut(io::Result<Vec<u8>>) + Send + 'static) {
        let mut former = Former::default();
        self.look(&mut former, &mut apply).await;
        tokio::spawn(async move {
            loop {
                sleep(INTERVAL).await;
                self.look(&mut former, &mut apply).await;
            }
        });
    }

    async fn look(
        &self,
        former: &mut Former,
        apply: &mut (impl FnMut(io::Result<Vec<u8>>) + Send),
    ) {
        match self.changed(former).await {
            Ok(None) => {}
            Ok(Some(content)) => {
                former.failure = None;
                apply(Ok(content));
            }
            Err(trouble) => {
                let error = io::Error::from(trouble);
                // The object is read anew once this is over, so that what holds now is said again.
                former.tags.remove(&self.name);
                if former.failure.as_ref() != Some(&error.to_string()) {
                    former.failure = Some(error.to_string());
                    apply(Err(error));
                }
                self.store.renew();
            }
        }
    }

    /// The object's content if its tag is new. Templates are there before a new manifest is used.
    async fn changed(&self, former: &mut Former) -> Result<Option<Vec<u8>>, Trouble> {
        let start = match self.templates {
            Some(_) => "",
            None => &self.name,
        };
        let listed = self.store.list(start).await?;
        let listed: BTreeMap<String, String> = listed.into_iter().collect();
        if let Some(templates) = &self.templates {
            self.read_templates(templates, &listed, former).await?;
        }
        let tag = listed.get(&self.name).ok_or(Trouble::Missing)?;
        if former.tags.get(&self.name) == Some(tag) {
            return Ok(None);
        }
        let content = self.store.read(&self.name).await?;
        former.tags.insert(self.name.clone(), tag.clone());
        Ok(Some(content.into()))
    }

    async fn read_templates(
        &self,
        templates: &TemplateObjects,
        listed: &BTreeMap<String, String>,
        former: &mut Former,
    ) -> Result<(), Trouble> {
        let is_template = |key: &str| TEMPLATES.iter().any(|folder| key.starts_with(folder));
        for (key, tag) in listed.iter().filter(|(key, _)| is_template(key)) {
            if former.tags.get(key) == Some(tag) {
                continue;
            }
            let content = self.store.read(key).await?;
            let text = String::from_utf8_lossy(&content).into_owned();
            let mut all = templates.0.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(key.clone(), text);
            former.tags.insert(key.clone(), tag.clone());
        }
        let mut all = templates.0.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|key, _| listed.contains_key(key));
        former.tags.retain(|key, _| listed.contains_key(key));
        Ok(())
    }
}
