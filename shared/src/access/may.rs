//! The permission in a handler's signature.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::LocalBoxFuture;

use super::{Claims, Gate, Gates, Grant, Permission, Scope};
use crate::clock::vietnam_day;
use crate::http::{Failure, count_address, count_caller, refuse_parameters};
use crate::storage::Act;
use crate::territory::Territory;
use crate::{Code, Error, Id, Result};

/// A permission asked by a service: the parameter of [`May`].
pub trait Allowed: 'static {
    /// The service whose endpoint asks.
    const SERVICE: &'static str;
    /// The permission it asks for.
    const PERMISSION: Permission;
    /// Whether a service may ask it of this one. A service's token opens nothing else.
    const OPEN_TO_SERVICES: bool = false;
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// `user:<id>`, `client:<id>` or `service:<name>`.
    pub subject: String,
    /// What the token carries.
    pub grants: Vec<Grant>,
    /// Whether one of the services calls.
    pub is_service: bool,
    /// The session of a person; none for a program.
    pub session: Option<CallerSession>,
}

/// The session in which a person acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerSession {
    /// The session.
    pub id: Id,
    /// The app that the person uses.
    pub client: Id,
    /// When the person last signed in.
    pub signed_in_at: DateTime<Utc>,
}

/// How old a sign-in may be where somebody's data are shown in full, or roles are given.
pub const RECENT_MINUTES: i64 = 15;

impl Caller {
    /// Says whether the caller is this client.
    #[must_use]
    pub fn is_client(&self, client: Id) -> bool {
        self.client_id() == Some(client)
    }

    /// The program that calls; none for a person and for a service.
    #[must_use]
    pub fn client_id(&self) -> Option<Id> {
        self.subject.strip_prefix("client:")?.parse().ok()
    }

    /// The person who calls; none for a program.
    #[must_use]
    pub fn user_id(&self) -> Option<Id> {
        self.subject.strip_prefix("user:")?.parse().ok()
    }

    /// Demands of a person, for what weighs most, a sign-in of the last fifteen minutes (RFC 9470).
    fn check_sign_in(&self, permission: Permission, at: DateTime<Utc>) -> Result<()> {
        let oldest = at - chrono::Duration::minutes(RECENT_MINUTES);
        let is_recent = self.session.as_ref().is_none_or(|session| session.signed_in_at >= oldest);
        if permission.needs_recent_sign_in() && !is_recent {
            return Err(Error::new(Code::RecentSignInRequired).with("minutes", RECENT_MINUTES));
        }
        Ok(())
    }
}

/// Proof that the caller may, with its scope. It cannot be forgotten, and no query runs without it.
#[derive(Debug)]
pub struct May<P> {
    /// Who calls.
    pub caller: Caller,
    /// The areas the caller reaches with this permission.
    pub scope: Scope,
    /// The instant of the request.
    pub at: DateTime<Utc>,
    permission: PhantomData<P>,
}

impl<P> May<P> {
    /// The day of the request in Viet Nam.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        vietnam_day(self.at)
    }

    /// Who changes something, and when.
    #[must_use]
    pub fn act(&self) -> Act {
        Act { actor: self.caller.subject.clone(), at: self.at, batch: None }
    }

    /// The areas the caller reaches with another permission, for answers that show more to some. Whether and where are
    /// one question: a grant over one area opens nothing in another.
    #[must_use]
    pub fn scope_for(&self, permission: Permission, territory: &Territory) -> Scope {
        scope_of(&self.caller, permission, territory, self.today())
    }
}

fn scope_of(caller: &Caller, permission: Permission, territory: &Territory, on: NaiveDate) -> Scope {
    if caller.is_service {
        return Scope::everything();
    }
    Scope::of_grants(&caller.grants, permission, territory, on)
}

impl<P: Allowed> FromRequest for May<P> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(authorise::<P>(&request).await?) })
    }
}

async fn authorise<P: Allowed>(request: &HttpRequest) -> Result<May<P>> {
    let gate = request
        .app_data::<web::Data<Gates>>()
        .and_then(|gates| gates.find(P::SERVICE))
        .ok_or_else(|| Error::internal(format!("no gate for {}", P::SERVICE)))?;
    let (caller, at) = match identify(request, gate, P::SERVICE).await {
        Ok(identified) => identified,
        Err(error) => {
            // A token that does not hold says nothing about who sends it; without one the address was counted.
            if error.code() != Code::MissingToken {
                count_address(request)?;
            }
            return Err(error);
        }
    };
    if !caller.is_service {
        count_caller(request, &caller.subject)?;
    }
    request.extensions_mut().insert(caller.clone());
    let may = match caller.is_service {
        true => P::OPEN_TO_SERVICES,
        false => caller.grants.iter().any(|grant| grant.role.permits(P::PERMISSION)),
    };
    if !may {
        return Err(P::PERMISSION.missing());
    }
    caller.check_sign_in(P::PERMISSION, at)?;
    let scope = scope_of(&caller, P::PERMISSION, &gate.territory.get(), vietnam_day(at));
    if P::PERMISSION.is_write() && scope.is_read_only() {
        return Err(Error::new(Code::AreaEnded));
    }
    refuse_parameters(request)?;
    Ok(May { caller, scope, at, permission: PhantomData })
}

async fn identify(request: &HttpRequest, gate: &Gate, service: &str) -> Result<(Caller, DateTime<Utc>)> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let value = headers.next().ok_or_else(|| Error::new(Code::MissingToken))?;
    if headers.next().is_some() {
        return Err(Error::new(Code::InvalidToken));
    }
    let text = value.to_str().map_err(|_| Error::new(Code::InvalidToken))?;
    let (scheme, token) = text.split_once(' ').ok_or_else(|| Error::new(Code::InvalidToken))?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::new(Code::MissingToken));
    }
    let at = gate.clock.now();
    let claims = gate.verifier.verify(token.trim(), at).await?;
    if !claims.scope.split(' ').any(|scope| scope == service) {
        let missing = Error::new(Code::InsufficientScope).with("permission", service);
        return Err(missing.with("roles", "token_with_scope"));
    }
    let is_service = claims.sub.starts_with("service:");
    let session = if claims.sub.starts_with("user:") { Some(session_of(&claims)?) } else { None };
    Ok((Caller { subject: claims.sub.clone(), grants: claims.grants.clone(), is_service, session }, at))
}

/// The session of a person's token; without one it is no token of ours.
fn session_of(claims: &Claims) -> Result<CallerSession> {
    let refused = || Error::new(Code::InvalidToken).doing("reading a person's session");
    let signed_in_at = claims.auth_time.and_then(|at| DateTime::from_timestamp(at, 0));
    Ok(CallerSession {
        id: claims.sid.ok_or_else(refused)?,
        client: claims.client_id.parse().map_err(|_| refused())?,
        signed_in_at: signed_in_at.ok_or_else(refused)?,
    })
}
