//! The request of ending sessions and ending links.

use super::prelude::*;

/// One by its `id`, or all.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Revoke {
    /// As listed.
    id: Option<String>,
    /// `true` ends all; of sessions, all but this one.
    all: Option<bool>,
}

impl Body for Revoke {
    const PAGE: &'static str = "";
    const PROBLEMS: &'static [&'static [Kind]] = &[&[Kind::SignedOut]];
}

impl Revoke {
    /// The ID of one; none for all.
    pub(super) fn which(&self) -> Result<Option<String>, Problem> {
        let id = self.id.as_deref().unwrap_or_default();
        match (id, self.all.unwrap_or_default()) {
            ("", true) => Ok(None),
            ("", false) => Err(Problem::FieldInvalid("id".to_owned())),
            (_, true) => Err(Problem::FieldInvalid("all".to_owned())),
            (id, false) => Ok(Some(id.to_owned())),
        }
    }

    /// The same for the OpenAPI description, which the fields do not express.
    pub(in crate::http) fn one_or_all() -> serde_json::Value {
        serde_json::json!([
            { "required": ["id"], "properties": { "id": { "minLength": 1 }, "all": { "enum": [false] } } },
            { "required": ["all"], "properties": { "id": { "maxLength": 0 }, "all": { "enum": [true] } } },
        ])
    }
}
