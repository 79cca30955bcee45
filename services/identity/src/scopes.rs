//! What tokens may open: services, and who signed in.

/// The services that a token can open.
pub(crate) const SERVICES: [&str; 5] = ["identity", "enterprise-registry", "membership", "reporting", "steering"];

/// Returns the services that a client's token opens for the scope that it asks; nothing when it asks for what it
/// cannot have. A service's own client has to name the one service that it is about to call.
pub(crate) fn services_for(asked: Option<&str>, is_service: bool) -> Option<Vec<&'static str>> {
    let asked = asked.map(str::trim).filter(|asked| !asked.is_empty());
    let Some(asked) = asked else { return (!is_service).then(|| SERVICES.to_vec()) };
    let asked: Vec<&str> = asked.split(' ').collect();
    if !asked.iter().all(|scope| SERVICES.contains(scope)) {
        return None;
    }
    let opened: Vec<&'static str> = SERVICES.into_iter().filter(|service| asked.contains(service)).collect();
    (!is_service || opened.len() == 1).then_some(opened)
}

/// The scope by which a client asks who signed in, beside the names of services.
pub(crate) const OPENID: &str = "openid";

/// What libraries send to get a refresh token, which every app gets.
const OFFLINE: &str = "offline_access";

/// Returns the scope that an app's tokens have for the one that it asks: services, all where it names none, and `openid`; nothing
/// when it asks for what it cannot have.
pub(crate) fn opened_by(asked: Option<&str>) -> Option<String> {
    let asked: Vec<&str> = asked.unwrap_or_default().split_whitespace().collect();
    let is_openid = asked.contains(&OPENID);
    let services: Vec<&str> = asked.into_iter().filter(|scope| ![OPENID, OFFLINE].contains(scope)).collect();
    let mut opened = services_for(Some(&services.join(" ")), false)?;
    if is_openid {
        opened.insert(0, OPENID);
    }
    Some(opened.join(" "))
}

/// Returns the scope of a refreshed token: what was given before, or less of it where less is asked (RFC 6749, 6); nothing where
/// more is asked.
pub(crate) fn narrowed(given: &str, asked: Option<&str>) -> Option<String> {
    let asked: Vec<&str> = asked.unwrap_or_default().split_whitespace().filter(|scope| *scope != OFFLINE).collect();
    if asked.is_empty() {
        return Some(given.to_owned());
    }
    let is_given = |scope: &&str| given.split(' ').any(|one| one == *scope);
    if !asked.iter().all(is_given) {
        return None;
    }
    let kept: Vec<&str> = given.split(' ').filter(|scope| asked.contains(scope)).collect();
    // A token opens a service, or it is none.
    kept.iter().any(|scope| *scope != OPENID).then(|| kept.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_gets_services_and_openid_and_nothing_else() {
        let all = SERVICES.join(" ");
        for (asked, expected) in [
            (None, Some(all.clone())),
            (Some(""), Some(all.clone())),
            (Some("openid"), Some(format!("openid {all}"))),
            (Some("reporting openid offline_access"), Some("openid reporting".to_owned())),
            (Some("reporting profile"), None),
            (Some("service"), None),
        ] {
            assert_eq!(opened_by(asked), expected, "{asked:?}");
        }
    }

    #[test]
    fn a_refreshed_token_has_no_more_than_the_first() {
        let given = "openid membership reporting";
        for (asked, expected) in [
            (None, Some(given)),
            (Some("reporting openid offline_access membership"), Some(given)),
            (Some("reporting"), Some("reporting")),
            (Some("openid"), None),
            (Some("reporting identity"), None),
        ] {
            assert_eq!(narrowed(given, asked).as_deref(), expected, "{asked:?}");
        }
    }

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
