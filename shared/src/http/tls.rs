//! TLS of this process itself, for installations without a proxy that terminates it: version 1.3 only.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;

use crate::trouble::why_vi;
use crate::{Error, Result, ResultExt};

/// Reads a certificate chain and its key.
///
/// # Errors
/// Fails when a file cannot be read, or the two do not belong together.
pub(super) fn tls_config(certificate: &Path, key: &Path) -> Result<ServerConfig> {
    let bad_certificate = |error| unreadable(("chứng thư", "certificate", "--tls-cert"), certificate, &error);
    let bad_key = |error| unreadable(("khóa riêng", "key", "--tls-key"), key, &error);
    let chain = CertificateDer::pem_file_iter(certificate).map_err(bad_certificate)?;
    let chain = chain.collect::<std::result::Result<Vec<_>, _>>().map_err(bad_certificate)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(bad_key)?;
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .doing("choosing TLS 1.3")?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| {
            let (certificate, key) = (certificate.display(), key.display());
            Error::trouble(
                format!(
                    "chứng thư {certificate} (--tls-cert) và khóa riêng {key} (--tls-key) không dùng được: {error}"
                ),
                format!("reading the certificate {certificate} (--tls-cert): {error}"),
            )
        })
}

fn unreadable((vi, en, option): (&str, &str, &str), file: &Path, error: &pem::Error) -> Error {
    let file = file.display();
    let why = match error {
        pem::Error::Io(error) => why_vi(error),
        pem::Error::NoItemsFound => format!("tệp không có {vi} dạng PEM"),
        other => other.to_string(),
    };
    Error::trouble(
        format!("không đọc được {vi} {file} ({option}): {why}"),
        format!("reading the {en} {file} ({option}): {error}"),
    )
}
