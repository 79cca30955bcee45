//! TLS of this process itself, for installations without a proxy that terminates it: version 1.3 only.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;

use crate::{Result, ResultExt};

/// Reads a certificate chain and its key.
///
/// # Errors
/// Fails when a file cannot be read, or the two do not belong together.
pub(super) fn tls_config(certificate: &Path, key: &Path) -> Result<ServerConfig> {
    let doing = format!("reading the certificate {} (--tls-cert)", certificate.display());
    let chain = CertificateDer::pem_file_iter(certificate).doing(&doing)?;
    let chain = chain.collect::<std::result::Result<Vec<_>, _>>().doing(&doing)?;
    let private = PrivateKeyDer::from_pem_file(key).doing(&format!("reading the key {} (--tls-key)", key.display()))?;
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .doing("choosing TLS 1.3")?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .doing(&doing)
}
