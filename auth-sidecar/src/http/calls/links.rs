//! One's own download links: the list, and ending them.

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
    /// Whether the file is no longer to be had.
    ended: bool,
}

/// One's own live download links, newest first.
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

/// End one of one's download links by its `id`, or with `all` every one. What runs is not cut.
#[utoipa::path(post, path = "/api/account/links/revoke", request_body = Revoke)]
pub(super) async fn revoke_links(call: Call<Revoke>) -> Result<Done<NoContent>, Refused<Revoke>> {
    let id = call.body.which()?;
    // One that has ended already is as ended as was asked.
    call.state.accounts.revoke_link(&call.requester, id).await?;
    Ok(Done::new("/api/account".to_owned(), NoContent))
}
