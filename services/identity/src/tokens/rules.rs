//! What a token may open.

/// How long a token holds, in seconds.
pub(super) const TOKEN_SECONDS: i64 = 600;

/// The services that a token can open.
pub(super) const SERVICES: [&str; 4] = ["identity", "enterprise-registry", "membership", "reporting"];

/// Returns the services that a client's token opens for the scope that it asks; nothing when it asks for what it
/// cannot have. A service's own client has to name the one service that it is about to call.
pub(super) fn services_for(asked: Option<&str>, is_service: bool) -> Option<Vec<&'static str>> {
    let asked = asked.map(str::trim).filter(|asked| !asked.is_empty());
    let Some(asked) = asked else { return (!is_service).then(|| SERVICES.to_vec()) };
    let asked: Vec<&str> = asked.split(' ').collect();
    if !asked.iter().all(|scope| SERVICES.contains(scope)) {
        return None;
    }
    let opened: Vec<&'static str> = SERVICES.into_iter().filter(|service| asked.contains(service)).collect();
    (!is_service || opened.len() == 1).then_some(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_the_services_it_asks_for_and_a_service_one_at_a_time() {
        for (asked, is_service, expected) in [
            (None, false, Some(SERVICES.to_vec())),
            (Some("reporting"), false, Some(vec!["reporting"])),
            (Some("reporting identity reporting"), false, Some(vec!["identity", "reporting"])),
            (Some("reporting other"), false, None),
            (Some("service"), false, None),
            (None, true, None),
            (Some("membership"), true, Some(vec!["membership"])),
            (Some("membership reporting"), true, None),
        ] {
            assert_eq!(services_for(asked, is_service), expected, "{asked:?} {is_service}");
        }
    }
}
