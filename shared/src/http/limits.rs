//! Rate limits: how many requests a caller may send in a minute, by token or, without one, by network address. Each
//! process counts for itself, and does not count calls between the services.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, web};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::ServerOptions;
use crate::{Code, Error, Result};

type Limiter = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

const WINDOW_SECONDS: u32 = 60;

/// How a process counts its callers' requests.
#[derive(Debug, Clone)]
pub(crate) struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    quota: Option<(NonZeroU32, Limiter)>,
    clock: DefaultClock,
    behind_proxy: bool,
    checks: AtomicU64,
}

/// A request that was counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted;

/// How a caller stands after a request, for the headers of its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    quota: u32,
    remaining: u32,
    reset_seconds: u32,
}

impl Limits {
    pub(super) fn new(options: &ServerOptions) -> Self {
        let quota = NonZeroU32::new(options.rate_limit).map(|quota| {
            let limiter = RateLimiter::keyed(Quota::per_minute(quota)).with_middleware::<StateInformationMiddleware>();
            (quota, limiter)
        });
        let (clock, behind_proxy) = (DefaultClock::default(), options.behind_proxy);
        Self(Arc::new(Inner { quota, clock, behind_proxy, checks: AtomicU64::new(0) }))
    }

    /// Counts a request of a caller, and refuses it when there were too many.
    ///
    /// # Errors
    /// `too_many_requests`, with the seconds to wait.
    fn check(&self, request: &HttpRequest, caller: String) -> Result<()> {
        let Some((quota, limiter)) = &self.0.quota else { return Ok(()) };
        self.forget_the_quiet(limiter);
        let refill = |missing: u32| (u64::from(missing) * u64::from(WINDOW_SECONDS)).div_ceil(u64::from(quota.get()));
        let stand = |remaining: u32| {
            let reset_seconds = u32::try_from(refill(quota.get().saturating_sub(remaining))).unwrap_or(WINDOW_SECONDS);
            request.extensions_mut().insert(Standing { quota: quota.get(), remaining, reset_seconds });
        };
        match limiter.check_key(&caller) {
            Ok(state) => {
                stand(state.remaining_burst_capacity());
                Ok(())
            }
            Err(until) => {
                stand(0);
                let wait = until.wait_time_from(self.0.clock.now());
                let seconds = wait.saturating_add(Duration::from_millis(999)).as_secs().max(1);
                Err(Error::new(Code::TooManyRequests).with("seconds", seconds))
            }
        }
    }

    /// Callers who have been quiet for a while are forgotten, or the memory would grow with every address.
    fn forget_the_quiet(&self, limiter: &Limiter) {
        const CHECKS_BETWEEN: u64 = 10_000;
        if self.0.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_BETWEEN == CHECKS_BETWEEN - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// Counts a request of a caller who is known.
pub(crate) fn count_caller(request: &HttpRequest, subject: &str) -> Result<()> {
    request.extensions_mut().insert(Counted);
    match request.app_data::<web::Data<Limits>>() {
        Some(limits) => limits.check(request, subject.to_owned()),
        None => Ok(()),
    }
}

/// Counts a request of whoever sits at a network address, once.
pub(crate) fn count_address(request: &HttpRequest) -> Result<()> {
    if request.extensions_mut().insert(Counted).is_some() {
        return Ok(());
    }
    let Some(limits) = request.app_data::<web::Data<Limits>>() else { return Ok(()) };
    limits.check(request, address_key(remote_ip(request)))
}

/// One household or office has one IPv4 address, or a network of 2^64 IPv6 addresses.
fn address_key(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V6(address)) => {
            let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64));
            format!("address:{network}/64")
        }
        Some(IpAddr::V4(address)) => format!("address:{address}"),
        None => "address:".to_owned(),
    }
}

/// Where a request came from, as guesses are counted: an IPv4 address, or a network of 2^64 IPv6 addresses.
#[must_use]
pub fn remote_network(request: &HttpRequest) -> String {
    address_key(remote_ip(request))
}

/// Says whether a proxy stands before this process, which tells by headers whom it speaks for.
pub(super) fn is_behind_proxy(request: &HttpRequest) -> bool {
    request.app_data::<web::Data<Limits>>().is_some_and(|limits| limits.0.behind_proxy)
}

/// The network address that a request came from; behind a proxy, the one that the proxy names.
#[must_use]
pub fn remote_address(request: &HttpRequest) -> Option<String> {
    remote_ip(request).map(|address| address.to_string())
}

fn remote_ip(request: &HttpRequest) -> Option<IpAddr> {
    // Only the last entry is the proxy's own; the others are whatever the caller sent.
    let forwarded = request.headers().get_all("x-forwarded-for").last();
    let named = forwarded
        .filter(|_| is_behind_proxy(request))
        .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    named.or_else(|| request.peer_addr().map(|address| address.ip()))
}

impl Standing {
    /// Adds the headers that tell a caller how it stands.
    pub(super) fn add_to(self, headers: &mut HeaderMap) {
        let Self { quota, remaining, reset_seconds } = self;
        for (name, value) in [
            ("ratelimit-policy", format!("\"default\";q={quota};w={WINDOW_SECONDS}")),
            ("ratelimit", format!("\"default\";r={remaining};t={reset_seconds}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let key = |text: &str| address_key(text.parse().ok());
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), key("2001:db8:1:2::1"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:203.0.113.9"), key("203.0.113.9"));
        assert_ne!(key("203.0.113.9"), key("203.0.113.10"));
    }
}
