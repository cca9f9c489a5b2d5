//! `GET /api/account/downloads`: the account's downloads.

use super::prelude::*;
use crate::http::export::Download;

#[derive(Serialize, ToSchema)]
pub(super) struct Downloads {
    #[schema(inline)]
    downloads: Vec<Listed>,
}

#[derive(Serialize, ToSchema)]
struct Listed {
    #[serde(flatten)]
    #[schema(inline)]
    download: Download,
    /// Whether the file is no longer available.
    ended: bool,
}

/// The account's downloads, newest first; the latest 200.
#[utoipa::path(get, path = "/api/account/downloads")]
pub(super) async fn downloads(visit: Visit) -> Result<Shown<Downloads>, Refused<Owner>> {
    let downloads = visit.state.accounts.downloads(&visit.requester).await?;
    let now = visit.state.clock.now();
    let downloads = downloads.into_iter().map(|download| {
        let wanted = &download.wanted;
        let found = visit
            .catalogue
            .rendition(&wanted.dossier, &wanted.rendition, now);
        Listed {
            ended: found.is_err(),
            download: download.into(),
        }
    });
    Ok(Shown::new(Downloads {
        downloads: downloads.collect(),
    }))
}
