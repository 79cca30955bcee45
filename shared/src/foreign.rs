//! Calls to a host of somebody else: to the configured hosts only, never to a redirect, never to an address inside the network unless
//! that is allowed, and no more of an answer than a bound.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Method, RequestBuilder, StatusCode};
use url::{Host, Origin, Url};

use crate::service::with_certificates;
use crate::{Error, Result, ResultExt};

/// How much of an answer is read, in bytes.
const BYTES_MAX: usize = 256 * 1024;

/// Calls hosts of somebody else.
#[derive(Debug, Clone)]
pub struct Foreign {
    http: reqwest::Client,
    known: Arc<[Origin]>,
}

/// What a foreign host answered.
#[derive(Debug)]
pub struct ForeignAnswer {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: Vec<u8>,
}

impl Foreign {
    /// Makes the way out to some hosts. Addresses inside the network are called only where that is allowed.
    ///
    /// # Errors
    /// Fails with one sentence when an address cannot be read, or lies inside the network and that is not allowed.
    pub fn to(addresses: &[&str], allows_private: bool) -> Result<Self> {
        let known: Result<Vec<Origin>> = addresses.iter().map(|address| origin(address, allows_private)).collect();
        Ok(Self { http: client(allows_private)?, known: known?.into() })
    }

    /// Says whether an address is one of a known host.
    #[must_use]
    pub fn knows(&self, address: &str) -> bool {
        Url::parse(address).is_ok_and(|url| self.known.contains(&url.origin()))
    }

    /// Reads from an address.
    ///
    /// # Errors
    /// Fails when the host is not known or does not answer, or its answer is too large.
    pub async fn read(&self, address: &str) -> Result<ForeignAnswer> {
        self.answer(self.request(Method::GET, address)?, address).await
    }

    /// Sends a form, with credentials where there are some.
    ///
    /// # Errors
    /// As [`Foreign::read`].
    pub async fn send_form(
        &self,
        address: &str,
        form: &[(&str, &str)],
        credentials: Option<(&str, &str)>,
    ) -> Result<ForeignAnswer> {
        let mut request = self.request(Method::POST, address)?.form(form);
        if let Some((id, secret)) = credentials {
            request = request.basic_auth(id, Some(secret));
        }
        self.answer(request, address).await
    }

    fn request(&self, method: Method, address: &str) -> Result<RequestBuilder> {
        if self.knows(address) {
            return Ok(self.http.request(method, address).header("accept", "application/json"));
        }
        Err(Error::internal("the host is none of those that are configured").doing(format!("calling {address}")))
    }

    async fn answer(&self, request: RequestBuilder, address: &str) -> Result<ForeignAnswer> {
        let doing = format!("calling {address}");
        let mut answer = request.send().await.doing(&doing)?;
        let (status, mut body) = (answer.status(), Vec::new());
        while let Some(part) = answer.chunk().await.doing(&doing)? {
            if body.len() + part.len() > BYTES_MAX {
                return Err(Error::internal("the answer is larger than 256 kB").doing(doing));
            }
            body.extend_from_slice(&part);
        }
        Ok(ForeignAnswer { status, body })
    }
}

fn origin(address: &str, allows_private: bool) -> Result<Origin> {
    let refused = |vi: &str, en: &str| Error::trouble(format!("{address}: {vi}"), format!("{address}: {en}"));
    let url = Url::parse(address).map_err(|error| {
        Error::trouble(
            format!("{address}: không phải địa chỉ hợp lệ, ví dụ https://sso.example.vn"),
            format!("reading the address {address}: {error}"),
        )
    })?;
    let literal = match url.host() {
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        Some(Host::Domain(_)) => None,
        None => return Err(refused("địa chỉ không có tên máy", "it names no host")),
    };
    if literal.is_some_and(|ip| !allows_private && !is_public(ip)) {
        return Err(refused(
            "địa chỉ nằm trong mạng nội bộ; nếu đúng như vậy, dùng --provider-private-address",
            "the address lies inside the network, which is not allowed",
        ));
    }
    match url.scheme() {
        "https" => Ok(url.origin()),
        "http" if allows_private => Ok(url.origin()),
        _ => Err(refused("địa chỉ phải bắt đầu bằng https://", "it begins with https://")),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "other hosts than services speak TLS 1.2 too, and are found by another resolver"
)]
fn client(allows_private: bool) -> Result<reqwest::Client> {
    let builder = || {
        let builder = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .no_proxy();
        if allows_private { builder } else { builder.dns_resolver(Public) }
    };
    with_certificates(builder)
}

/// Finds only addresses outside the network, each time anew: a name may lead elsewhere the next time.
#[derive(Debug)]
struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.filter(|address| is_public(address.ip())).collect();
            if found.is_empty() {
                return Err("the name leads into the network, which is not allowed".into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// The blocks that IANA keeps for special purposes (RFC 6890) are not public.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (18..20).contains(&b))
        || a >= 224;
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inner) = ip.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [first, second, ..] = ip.segments();
    // Global unicast is 2000::/3; of it 2001:db8::/32 is for documentation, 2001::/23 and 2002::/16 lead on to other addresses.
    (0x2000..0x4000).contains(&first) && first != 0x2002 && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ASVS 1.3.6, 13.2.4, 15.3.2.
    #[test]
    fn addresses_inside_the_network_are_not_public() {
        for (ip, expected) in [
            ("8.8.8.8", true),
            ("203.162.4.190", true),
            ("127.0.0.1", false),
            ("10.0.0.1", false),
            ("172.31.255.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("198.19.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("2001:ee0::1", true),
            ("::1", false),
            ("::", false),
            ("::ffff:10.0.0.1", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(ip.parse().expect("an address")), expected, "{ip}");
        }
    }

    #[test]
    fn only_known_public_hosts_are_called() {
        for address in [
            "http://sso.example.vn",
            "https://127.0.0.1",
            "https://0x7f.1",
            "https://[::ffff:10.0.0.1]",
            "file:///etc/passwd",
        ] {
            assert!(Foreign::to(&[address], false).is_err(), "{address}");
        }
        let foreign = Foreign::to(&["https://sso.example.vn/realms/hy"], false).expect("a host");
        for (address, is_known) in [
            ("https://sso.example.vn/token", true),
            ("https://sso.example.vn:8443/token", false),
            ("http://sso.example.vn/token", false),
            ("https://sso.example.vn@other.example/token", false),
        ] {
            assert_eq!(foreign.knows(address), is_known, "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_into_the_network_is_not_called() {
        let foreign = Foreign::to(&["https://localhost:1"], false).expect("a name");
        let error = foreign.read("https://localhost:1/x").await.expect_err("refused");
        assert!(format!("{error:?}").contains("leads into the network"), "{error:?}");
    }
}
