//! Calls to other services: to the configured addresses only. A redirect is an unexpected answer, and is not
//! followed.

use std::sync::Arc;

use reqwest::{Method, RequestBuilder};
use url::{Origin, Url};

use crate::service::http_client;
use crate::{Error, Result};

/// Calls the configured services.
#[derive(Debug, Clone)]
pub struct Outbound {
    http: reqwest::Client,
    known: Arc<[Origin]>,
}

impl Outbound {
    /// Makes the one way out of a process, to services at these addresses.
    ///
    /// # Errors
    /// Fails with one sentence when an address is none.
    pub fn to(addresses: &[&str]) -> Result<Self> {
        let known: Result<Vec<Origin>> = addresses.iter().map(|address| origin(address)).collect();
        Ok(Self { http: http_client()?, known: known?.into() })
    }

    /// Begins a request that reads.
    ///
    /// # Errors
    /// Refuses an address of another host, before anything is sent.
    pub fn get(&self, address: &str) -> Result<RequestBuilder> {
        self.request(Method::GET, address)
    }

    /// Begins a request that sends.
    ///
    /// # Errors
    /// As [`Outbound::get`].
    pub fn post(&self, address: &str) -> Result<RequestBuilder> {
        self.request(Method::POST, address)
    }

    fn request(&self, method: Method, address: &str) -> Result<RequestBuilder> {
        if self.known.contains(&origin(address)?) {
            return Ok(self.http.request(method, address));
        }
        Err(Error::internal("the address is none of the configured services").doing(format!("calling {address}")))
    }
}

fn origin(address: &str) -> Result<Origin> {
    let url = Url::parse(address).map_err(|error| {
        Error::trouble(
            format!("{address} không phải địa chỉ của một dịch vụ: phải bắt đầu bằng http:// hoặc https://"),
            format!("reading the address {address}: {error}"),
        )
    })?;
    match url.scheme() {
        "http" | "https" => Ok(url.origin()),
        _ => Err(Error::trouble(
            format!("{address} không phải địa chỉ của một dịch vụ: phải bắt đầu bằng http:// hoặc https://"),
            format!("{address} is no address of a service: it begins with http:// or https://"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_configured_hosts_are_called() {
        let outbound = Outbound::to(&["http://127.0.0.1:8081", "https://registry.example.vn"]).expect("addresses");
        for (address, is_called) in [
            ("http://127.0.0.1:8081/v1/journal/identity", true),
            ("https://registry.example.vn:443/x", true),
            ("http://registry.example.vn/x", false),
            ("http://127.0.0.1:8082/x", false),
            ("http://127.0.0.1:8081@other.example/x", false),
            ("http://[::1]:8081/x", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(outbound.get(address).is_ok(), is_called, "{address}");
        }
        assert!(Outbound::to(&["nowhere"]).is_err());
    }
}
