//! Wires: TLS where a process speaks it itself, and nothing in the clear to other machines; calls to services follow no
//! redirect.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use secrecy::SecretString;
use shared::Code;
use shared::access::{KeySource, ServiceTokens, Verifier};
use shared::clock::Clock;
use shared::http::SecurityEvent;
use shared::outbound::Outbound;
use shared::personal::KeyKind;
use strum::IntoEnumIterator;
use tests::{Process, TestApp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::documents::operators_table;
use crate::running::PROGRAM;

/// Answers everything with a text, and counts who came.
async fn answering(text: String) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(text.as_bytes()).await;
        }
    });
    (url, count)
}

/// ASVS 1.3.6, 13.2.4, 13.2.5, 15.3.2.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_another_address_is_not_followed() {
    let (elsewhere, came_elsewhere) = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_owned()).await;
    for status in ["302 Found", "307 Temporary Redirect"] {
        let sent_on =
            format!("HTTP/1.1 {status}\r\nLocation: {elsewhere}/v1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        let (source, came) = answering(sent_on).await;
        let outbound = Outbound::to(&[&source]).unwrap();
        let keys = KeySource { base_url: source.clone(), http: outbound.clone() };
        let verifier = Verifier::new("http://127.0.0.1:1".to_owned(), "reporting", keys);
        let refused = verifier.verify("a.b.c", Clock::System.now()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable);
        let client = ("x".to_owned(), SecretString::from("y"));
        let tokens = ServiceTokens::new(format!("{source}/v1/oauth/token"), "membership", client, outbound.clone());
        assert!(tokens.get().await.is_err());
        assert!(came.load(Ordering::SeqCst) >= 2, "the source was asked");
        assert!(outbound.get(&elsewhere).is_err(), "and nobody else can be");
    }
    assert_eq!(came_elsewhere.load(Ordering::SeqCst), 0);
}

/// ASVS 12.1, 12.2; GovStack cfr-security#1.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_with_a_certificate_speaks_tls_1_3_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let app = TestApp::serving(|server| (server.tls_cert, server.tls_key) = (Some(certificate), Some(key))).await;
    let url = format!("{}/v1/areas", app.system.base_url);
    assert!(url.starts_with("https://"), "{url}");
    let trusting = || {
        let certificate = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a stranger's client")]
        reqwest::Client::builder().tls_certs_only([certificate])
    };
    let answer = trusting().build().unwrap().get(&url).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000; includeSubDomains");
    let older = trusting().tls_version_max(reqwest::tls::Version::TLS_1_2).build().unwrap();
    assert!(older.get(&url).send().await.is_err(), "an older version is refused");
    let stranger = shared::service::http_client().unwrap();
    assert!(stranger.get(&url).send().await.is_err(), "services trust no certificate of nobody's");
    assert!(stranger.get(url.replace("https", "http")).send().await.is_err_and(|error| !error.is_timeout()));
}

#[test]
fn an_address_of_another_machine_in_the_clear_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().display().to_string();
    let start = |more: &[(&str, &str)], arguments: &[&str]| {
        let key = ("MASTER_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
        let environment = [&[key, ("DATABASE_URL", database.as_str())], more].concat();
        let output = Process::run(PROGRAM, arguments, &environment);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let serve = ["enterprise-registry", "--bind", "127.0.0.1:0"];
    let (code, said) = start(&[("IDENTITY_URL", "http://identity.example.vn:8080")], &serve);
    assert!(code == Some(1) && said.contains("IDENTITY_URL names another machine without encryption"), "{said}");
    assert!(!said.contains("internal"), "a mistake of an operator's is no fault of ours: {said}");
    let server = "postgres://u:geheim@db.invalid/x?sslmode=require";
    for arguments in [&serve[..], &["membership", "verify"], &["standalone", "--no-demo"], &["standalone", "verify"]] {
        let (code, said) = start(&[("DATABASE_URL", server)], arguments);
        assert!(code == Some(1) && said.contains("add sslmode=verify-full"), "{arguments:?}: {said}");
        assert!(!said.contains("geheim"), "{said}");
    }
    // Said aloud, it goes on, as far as there is nobody of that name.
    let (code, said) = start(&[("DATABASE_URL", server), ("ALLOW_PLAIN_WIRES", "true")], &["membership", "verify"]);
    assert!(code == Some(1) && said.contains("as ALLOW_PLAIN_WIRES allows"), "{said}");
    assert!(said.contains("no connection to the database"), "{said}");
}

/// ASVS 11.1.1, 11.1.2: no key without its line in the operators' table.
#[test]
fn the_operators_table_of_keys_names_every_key() {
    let rows = operators_table("keys");
    let kinds: Vec<&str> = KeyKind::iter().map(KeyKind::label).collect();
    let others = ["master-key", "data-key", "tls-key"];
    let labels = || rows.iter().filter_map(|row| row[0].strip_prefix('`')?.split('`').next());
    for known in kinds.iter().chain(&others) {
        assert!(labels().any(|label| label == *known), "{known} has no line");
    }
    for label in labels() {
        assert!(kinds.contains(&label) || others.contains(&label), "{label} is no key of the program's");
    }
    let options = enterprise_registry_options();
    let secret = |name: &&String| ["key", "secret", "client-file", "cert"].iter().any(|word| name.contains(word));
    for option in options.iter().filter(secret) {
        assert!(rows.iter().any(|row| row[0].contains(&format!("`--{option}`"))), "--{option} stands at no key");
    }
}

fn enterprise_registry_options() -> Vec<String> {
    #[derive(clap::Parser)]
    struct Program {
        #[command(flatten)]
        _args: shared::config::ServiceArgs,
    }
    let command = <Program as clap::CommandFactory>::command();
    command.get_arguments().filter_map(|option| option.get_long().map(str::to_owned)).collect()
}

/// ASVS 13.1.1: no connection without its line.
#[tokio::test(flavor = "multi_thread")]
async fn the_operators_table_of_wires_names_every_connection() {
    let app = TestApp::start().await;
    let health = app.operators_get("/health").await.is(200);
    let mut expected = BTreeSet::from([("each service".to_owned(), "identity".to_owned())]);
    for part in health["services"].as_array().unwrap() {
        for follower in part["followers"].as_array().unwrap() {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            expected.insert((text(&part["service"]), text(&follower["source"])));
        }
    }
    let rows = operators_table("wires");
    let services = ["identity", "enterprise-registry", "membership", "reporting", "steering"];
    let told: BTreeSet<(String, String)> = rows
        .iter()
        .filter(|row| services.contains(&row[1].as_str()))
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    assert_eq!(told, expected);
    let options = enterprise_registry_options();
    for option in options.iter().filter(|option| option.ends_with("-url") || option.ends_with("bind")) {
        assert!(rows.iter().any(|row| row[2].contains(&format!("`--{option}`"))), "--{option} stands at no connection");
    }
}

#[test]
fn the_operators_table_of_security_events_is_that_of_the_program() {
    let told: BTreeSet<String> =
        operators_table("security events").into_iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
    assert_eq!(told, SecurityEvent::iter().map(|event| event.as_str().to_owned()).collect());
}
