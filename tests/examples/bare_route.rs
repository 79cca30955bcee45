//! The least that a service here could do: a route that looks at the token as all do, and answers the same bytes
//! each time. What a read costs beyond this is its own.
//!
//! `bare_route ADDR:PORT ISSUER BODY_FILE`
#![allow(clippy::expect_used, reason = "a measurement stops where it stands")]

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use shared::access::{KeySource, Verifier};
use shared::clock::Clock;
use shared::outbound::Outbound;

async fn answer(request: HttpRequest, verifier: web::Data<Verifier>, body: web::Data<String>) -> HttpResponse {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let Some(token) = header.and_then(|value| value.strip_prefix("Bearer ")) else {
        return HttpResponse::Unauthorized().finish();
    };
    match verifier.verify(token, Clock::System.now()).await {
        Ok(_) => HttpResponse::Ok().content_type("application/json").body(body.get_ref().clone()),
        Err(_) => HttpResponse::Unauthorized().finish(),
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("ADDR:PORT ISSUER BODY_FILE");
    let (address, issuer, file) = (next(), next(), next());
    let source = KeySource { base_url: issuer.clone(), http: Outbound::to(&[&issuer]).expect("an address") };
    let verifier = web::Data::new(Verifier::new(issuer, "reporting", source));
    let body = web::Data::new(std::fs::read_to_string(file)?);
    HttpServer::new(move || {
        App::new().app_data(verifier.clone()).app_data(body.clone()).default_service(web::to(answer))
    })
    .workers(2)
    .bind(address)?
    .run()
    .await
}
