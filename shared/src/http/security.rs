//! Security events for monitoring: a closed list, logged at target `security` and counted by event. A line has the
//! caller's id, its address and the request's id; never a secret, a name or a body.

use actix_web::{HttpMessage, HttpRequest};

use crate::Code;

/// An event that concerns the system's security.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr, strum::EnumIter, strum::EnumMessage,
)]
pub enum SecurityEvent {
    /// A client proved itself and got a token.
    #[strum(serialize = "auth.token_issued")]
    TokenIssued,
    /// An unknown or disabled client, a wrong secret, or a scope that the client cannot have.
    #[strum(serialize = "auth.client_refused")]
    ClientRefused,
    /// A token that does not hold.
    #[strum(serialize = "auth.token_refused")]
    TokenRefused,
    /// A known caller without the permission.
    #[strum(serialize = "access.refused")]
    AccessRefused,
    /// A known caller asked for a record that does not exist, or lies outside its scope.
    #[strum(serialize = "access.not_found")]
    RecordNotFound,
    /// Too many requests of one caller or address.
    #[strum(serialize = "limit.reached")]
    LimitReached,
    /// A client was made.
    #[strum(serialize = "client.created")]
    ClientCreated,
    /// A client was disabled.
    #[strum(serialize = "client.disabled")]
    ClientDisabled,
    /// A client was given a new secret.
    #[strum(serialize = "client.secret_renewed")]
    SecretRenewed,
    /// A client was given a role.
    #[strum(serialize = "grant.created")]
    GrantCreated,
    /// A role was taken back.
    #[strum(serialize = "grant.revoked")]
    GrantRevoked,
    /// Somebody proved a password, and a second factor where there is one.
    #[strum(serialize = "auth.signed_in")]
    SignedIn,
    /// A wrong login, password or code, or too many of them.
    #[strum(serialize = "auth.sign_in_refused")]
    SignInRefused,
    /// A person set a password, a second factor or new recovery codes.
    #[strum(serialize = "auth.factor_changed")]
    FactorChanged,
    /// A session ended: signed out, taken back, or because an old token or code was used again.
    #[strum(serialize = "auth.session_ended")]
    SessionEnded,
    /// An authorisation code or a refresh token was used again: somebody may have stolen it.
    #[strum(serialize = "auth.reuse_detected")]
    ReuseDetected,
    /// A user was made, or invited again.
    #[strum(serialize = "user.invited")]
    UserInvited,
    /// A user left: all sessions and roles ended.
    #[strum(serialize = "user.left")]
    UserLeft,
    /// An app was registered.
    #[strum(serialize = "app.created")]
    AppCreated,
    /// An app was disabled.
    #[strum(serialize = "app.disabled")]
    AppDisabled,
    /// A person's fields were shown in full, for a purpose that stands in the access record.
    #[strum(serialize = "person.revealed")]
    PersonRevealed,
}

impl SecurityEvent {
    /// The event as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The event that a refusal is.
    pub(super) fn of_refusal(code: Code, is_known: bool) -> Option<Self> {
        match code {
            Code::InvalidToken => Some(Self::TokenRefused),
            Code::InsufficientScope
            | Code::AreaEnded
            | Code::OwnClient
            | Code::OwnSecret
            | Code::OwnAccount
            | Code::OtherAdministratorRequired
            | Code::RecentSignInRequired
            | Code::GrantOutOfReach => Some(Self::AccessRefused),
            Code::TooManyRequests => Some(Self::LimitReached),
            Code::NotFound if is_known => Some(Self::RecordNotFound),
            _ => None,
        }
    }

    fn level(self) -> log::Level {
        match self {
            Self::ClientRefused
            | Self::TokenRefused
            | Self::SignInRefused
            | Self::ReuseDetected
            | Self::AccessRefused
            | Self::LimitReached => log::Level::Warn,
            // Who follows a list of old addresses causes many.
            Self::RecordNotFound => log::Level::Debug,
            _ => log::Level::Info,
        }
    }
}

/// The events of one request, in their order.
#[derive(Default)]
pub(super) struct Noted(pub Vec<SecurityEvent>);

/// Notes an event of a request; it is logged and counted when the request is answered.
pub fn note_security(request: &HttpRequest, event: SecurityEvent) {
    request.extensions_mut().get_or_insert_with(Noted::default).0.push(event);
}

/// Writes the line of an event.
pub(super) fn log_event(event: SecurityEvent, address: &str, caller: &str, route: &str, id: &str) {
    log::log!(
        target: "security",
        event.level(),
        "{} address={address} caller={caller} route={route} request={id}",
        event.as_str()
    );
}
