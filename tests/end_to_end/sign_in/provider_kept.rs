//! What a provider's word and a link do not change: where we call, and who is who.

use reqwest::Method;
use serde_json::json;
use shared::access::Role;
use tests::TestApp;

use super::provider::{Sent, come_back, provider_of, said, says, signed_in, token_of};
use super::{Browser, invite, later};

/// ASVS 10.5.3: a provider that publishes another issuer, or addresses at hosts that are not configured, signs nobody in.
#[tokio::test(flavor = "multi_thread")]
async fn addresses_at_other_hosts_are_not_asked() {
    let app = TestApp::start().await;
    let provider = provider_of(&app).await;
    let (_, link) = invite(&app, "can.bo", &[(Role::Viewer, "33@origin")]).await;
    let invitation = [("invitation", token_of(&link))];
    let foreign = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("http://{}", foreign.local_addr().unwrap());
    foreign.set_nonblocking(true).unwrap();
    for lie in [
        json!({"issuer": elsewhere}),
        json!({"authorization_endpoint": format!("{elsewhere}/authorize")}),
        json!({"token_endpoint": format!("{elsewhere}/token")}),
        json!({"jwks_uri": format!("{elsewhere}/jwks")}),
        json!({"jwks_uri": "file:///etc/passwd"}),
    ] {
        provider.lock().unwrap().lies = lie.clone();
        let browser = Browser::new(&app);
        let shown = browser.post("/account/provider", &invitation).await;
        let refused = if shown.status == 303 && !shown.location.starts_with(&elsewhere) {
            // It is told where the address is needed.
            let parameter = |name: &str| shown.parameter(name).unwrap_or_default();
            let sent =
                Sent { state: parameter("state"), nonce: parameter("nonce"), max_age: None, challenge: String::new() };
            says(&provider, &said(&app, &provider, &sent, "0011"));
            come_back(&browser, &provider, &sent).await
        } else {
            shown
        };
        assert!(
            refused.status.is_server_error() || refused.status == 403,
            "{lie}: {} {}",
            refused.status,
            refused.text
        );
        assert_eq!(browser.get("/account").await.status, 303, "{lie}");
        // What was published is asked for again, and a provider that failed is left alone for a while.
        later(&app, 400);
    }
    assert_eq!(foreign.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody asked the other host");
    provider.lock().unwrap().lies = json!({});
    let (_, shown) = signed_in(&app, &provider, &invitation, "0011", |_| {}).await;
    assert_eq!(shown.status, 303, "the truth signs in: {}", shown.text);
}

/// A link replaces neither the account at the provider nor the second factor of who has one: that takes two administrators.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_alone_signs_nobody_in_as_somebody_else() {
    let app = TestApp::start().await;
    let with_factor = super::person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let provider = provider_of(&app).await;
    let (id, link) = invite(&app, "quan.tri", &[(Role::Administrator, "33@origin")]).await;
    let (_, shown) = signed_in(&app, &provider, &[("invitation", token_of(&link))], "0011", |_| {}).await;
    assert_eq!(shown.status, 303, "{}", shown.text);
    let (one, two) = (app.be(Role::Administrator, "33@origin").await, app.be(Role::Administrator, "33@origin").await);
    let etag = async |id: &str| one.get(&format!("/v1/users/{id}")).await.is(200)["etag"].as_str().unwrap().to_owned();
    let again = async |id: &str| {
        let asked = one.request(Method::POST, &format!("/v1/users/{id}/invitations")).if_match(&etag(id).await);
        asked.await.is(201)["link"].as_str().unwrap().to_owned()
    };
    let link = again(&id).await;
    let (thief, shown) = signed_in(&app, &provider, &[("invitation", token_of(&link))], "0022", |_| {}).await;
    assert_eq!(shown.status, 409, "{}", shown.text);
    assert_eq!(thief.get("/account").await.status, 303);
    let (owner, _) = signed_in(&app, &provider, &[], "0011", |_| {}).await;
    assert!(owner.get("/account").await.text.contains("quan.tri"));
    // Two administrators disconnect who lost the account there.
    let removal = format!("/v1/users/{id}/second-factor-removals");
    let asked = one.request(Method::POST, &removal).if_match(&etag(&id).await).await.is(200);
    let confirm = two.request(Method::POST, &format!("{removal}/confirmations"));
    confirm.if_match(asked["etag"].as_str().unwrap()).await.is(200);
    assert_eq!(owner.get("/account").await.status, 303);
    let (_, shown) = signed_in(&app, &provider, &[], "0011", |_| {}).await;
    assert_eq!(shown.status, 403, "{}", shown.text);
    let (owner, shown) = signed_in(&app, &provider, &[("invitation", token_of(&link))], "0022", |_| {}).await;
    assert_eq!(shown.status, 303, "{}", shown.text);
    assert!(owner.get("/account").await.text.contains("quan.tri"));

    // Who has a second factor of ours proves it, whatever the provider says.
    let link = again(&with_factor.id).await;
    let (thief, shown) = signed_in(&app, &provider, &[("invitation", token_of(&link))], "0033", |_| {}).await;
    assert!(shown.location.starts_with("/account/second-factor?"), "{} {}", shown.status, shown.location);
    assert_eq!(thief.get("/account").await.status, 303);
    later(&app, 31);
    assert_eq!(thief.post("/account/second-factor", &[("code", &with_factor.code(&app))]).await.status, 303);
}
