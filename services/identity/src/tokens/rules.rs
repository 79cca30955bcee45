//! What a token may open.

/// How long a token holds, in seconds.
pub(super) const TOKEN_SECONDS: i64 = 600;

/// The services that a token can open.
pub(super) const SERVICES: [&str; 4] = ["identity", "enterprise-registry", "membership", "reporting"];

/// Returns the scope that a client gets for what it asks; nothing when it asks for what it cannot have.
pub(super) fn scope_for(asked: Option<&str>, is_service: bool) -> Option<String> {
    let asked = asked.map(str::trim).filter(|asked| !asked.is_empty());
    match asked {
        Some("service") if is_service => Some("service".to_owned()),
        Some(asked) if asked.split(' ').all(|scope| SERVICES.contains(&scope)) => Some(asked.to_owned()),
        Some(_) => None,
        None => Some(SERVICES.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_the_services_it_asks_for_and_only_services_get_service() {
        assert_eq!(scope_for(None, false).as_deref(), Some("identity enterprise-registry membership reporting"));
        assert_eq!(scope_for(Some("reporting"), false).as_deref(), Some("reporting"));
        assert_eq!(scope_for(Some("reporting other"), false), None);
        assert_eq!(scope_for(Some("service"), false), None);
        assert_eq!(scope_for(Some("service"), true).as_deref(), Some("service"));
    }
}
