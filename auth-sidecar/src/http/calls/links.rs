//! The account's download links: listing and revoking them.

use super::prelude::*;
use super::revoke::Revoke;
use crate::http::export::Link;
use crate::http::media::make_link::url;

#[derive(Serialize, ToSchema)]
pub(super) struct Links {
    #[schema(inline)]
    links: Vec<Listed>,
}

#[derive(Serialize, ToSchema)]
struct Listed {
    #[serde(flatten)]
    #[schema(inline)]
    link: Link,
    url: String,
    /// Whether the file is no longer available.
    ended: bool,
}

/// List the account's active download links, newest first.
#[utoipa::path(get, path = "/api/account/links")]
pub(super) async fn links(visit: Visit) -> Result<Shown<Links>, Refused<Owner>> {
    let Visit {
        state, catalogue, ..
    } = &visit;
    let links = state.accounts.links(&visit.requester).await?;
    let (base, now) = (state.base_url(catalogue), state.clock.now());
    let links = links.into_iter().map(|own| {
        let link = &own.link;
        let found = catalogue.content(&link.dossier, &link.rendition, &link.sha256, now);
        Listed {
            url: url(&base, link, &own.token),
            ended: found.is_none(),
            link: own.link.into(),
        }
    });
    Ok(Shown::new(Links {
        links: links.collect(),
    }))
}

/// Revoke one download link by its `id`, or all with `all`. Running downloads continue.
#[utoipa::path(post, path = "/api/account/links/revoke", request_body = Revoke)]
pub(super) async fn revoke_links(call: Call<Revoke>) -> Result<Done<NoContent>, Refused<Revoke>> {
    let id = call.body.which()?;
    // A link that has ended already is what was requested.
    call.state.accounts.revoke_link(&call.requester, id).await?;
    Ok(Done::new("/api/account".to_owned(), NoContent))
}
