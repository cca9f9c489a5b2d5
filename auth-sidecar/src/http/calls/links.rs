//! One's own download links: the list, and ending them.

use super::prelude::*;
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
#[utoipa::path(get, path = "/api/account/links", security(("session" = [])))]
pub(super) async fn links(visit: Visit) -> Result<Shown<Links>, Refused<Owner>> {
    let Visit {
        state, catalogue, ..
    } = &visit;
    let links = state.accounts.links(&visit.asker).await?;
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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeLinks {
    /// As the list of links has it.
    id: Option<String>,
    /// `true` ends all.
    all: Option<bool>,
}

impl Body for RevokeLinks {
    const PAGE: &'static str = "";
    const PROBLEMS: &'static [&'static [Kind]] = &[&[Kind::SignedOut]];
}

/// End one of one's download links by its `id`, or with `all` every one. What runs is not cut.
#[utoipa::path(
    post,
    path = "/api/account/links/revoke",
    request_body = RevokeLinks,
    security(("session" = []))
)]
pub(super) async fn revoke_links(
    call: Call<RevokeLinks>,
) -> Result<Done<Nothing>, Refused<RevokeLinks>> {
    let id = one_or_all(call.body.id.as_deref(), call.body.all)?;
    // One that has ended already is as ended as was asked.
    call.state.accounts.revoke_link(&call.asker, id).await?;
    Ok(Done::new("/api/account".to_owned(), Nothing))
}
