//! What no answer shows, and what holds all the same.

use dateline_auth::domain::random::{Random, SystemRandom};

use super::*;

/// Every code is `00000000`: the only thing that is drawn as four bytes.
struct KnownCodes;

impl Random for KnownCodes {
    fn fill(&self, buffer: &mut [u8]) {
        match buffer.len() {
            4 => buffer.fill(0),
            _ => SystemRandom.fill(buffer),
        }
    }
}

const CODE: &str = "0000 0000";

#[tokio::test]
async fn no_code_is_valid_for_a_decoy_flow() {
    let service = Service::with(|options| options.random = Arc::new(KnownCodes));
    let mut browser = service.browser();
    browser.register(JO, PASSWORD).await.status(202);
    browser.enter("verify", CODE).await.status(200);
    // The same guess, for an address with an account, without one, and of one that is closed.
    let mut known = service.browser();
    known.register(JO, OTHER_PASSWORD).await.status(202);
    known.enter("verify", CODE).await.problem(422, "code-wrong");
    let mut unknown = service.browser();
    unknown.reset(KIM).await.status(202);
    unknown
        .enter("reset/verify", CODE)
        .await
        .problem(422, "code-wrong");
    let mut owner = service.browser();
    owner.reset(JO).await.status(202);
    owner.enter("reset/verify", CODE).await.status(200);
    service.set_disabled(JO, true).await;
    let mut closed = service.browser();
    closed.reset(JO).await.status(202);
    closed
        .enter("reset/verify", CODE)
        .await
        .problem(422, "code-wrong");
}

#[tokio::test]
async fn disabling_ends_sessions_for_good() {
    let service = Service::new();
    let mut owner = service.registered(JO).await;
    let mut copy = owner.clone();
    service.set_disabled(JO, true).await;
    service.set_disabled(JO, false).await;
    assert!(!copy.is_signed_in().await, "enabling revives no session");
    owner.log_in(JO, PASSWORD).await.status(200);
}
