//! Clients that are created on the machine and not over HTTP: those of the services, the first administrator, those
//! of the demonstration.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, Utc};
use rand::Rng;
use secrecy::SecretString;
use shared::access::{Grant, Role};
use shared::clock::vietnam_day;
use shared::follow::load_territory;
use shared::journal::{Entries, Entry};
use shared::personal::{KeyKind, MasterKey, sealed_key};
use shared::published::client::{ClientCreated, GrantCreated};
use shared::published::user::{AppCreated, UserFactorRemoved};
use shared::storage::{Act, Tx};
use shared::territory::AreaId;
use shared::{Error, Id, Result};

use crate::apps::{insert_app, register_reader};
use crate::clients::{insert_client, insert_service_client, put_service_client, replace_service_secret};
use crate::credentials::Enrolment;
use crate::grants::insert_grant;
use crate::provider::{is_bound, unbind};
use crate::sessions::{end_all_sessions, end_sessions_of};
use crate::state::State;
use crate::users::grants::{NewUserGrant, insert_user_grant};
use crate::users::{NewUser, create_user, find_account_by_login, invite, remove_totp, set_password, set_totp};

fn act(at: DateTime<Utc>) -> Act {
    Act { actor: "service:identity".to_owned(), at, batch: None }
}

/// Makes a service's own client, or gives it a new secret, and returns its credentials.
///
/// # Errors
/// Fails when the database does.
pub async fn create_service_client(state: &State, service: &'static str) -> Result<(String, SecretString)> {
    let (id, secret) = state
        .db
        .write(act(state.clock.now()), move |tx| {
            let unjournalled = Entries::unjournalled("a service's own client opens nothing that it had not opened");
            if let Some(known) = replace_service_secret(tx, service)? {
                return Ok((known, unjournalled));
            }
            Ok((insert_service_client(tx, service)?, unjournalled))
        })
        .await?;
    Ok((id.to_string(), SecretString::from(secret)))
}

/// Returns the credentials of a service that runs beside the database of identity: the same ones at every start
/// and for every replica, sealed by the master key.
///
/// # Errors
/// Fails when the database does, or was sealed with another master key.
pub async fn own_client(state: &State, master: &MasterKey, service: &'static str) -> Result<(String, SecretString)> {
    let master = master.clone();
    let (id, secret) = state
        .db
        .note(act(state.clock.now()), move |tx| {
            // Two replicas may start at once.
            tx.serialise("own clients")?;
            let bytes = sealed_key(tx, &master, &KeyKind::ClientSecret.of(service), || {
                let mut bytes = vec![0u8; 32];
                rand::rng().fill_bytes(&mut bytes);
                Ok(bytes)
            })?;
            let secret = URL_SAFE_NO_PAD.encode(bytes.as_slice());
            let id = put_service_client(tx, service, &secret)?;
            Ok((id, secret))
        })
        .await?;
    Ok((id.to_string(), SecretString::from(secret)))
}

/// Makes a client with a grant, and returns its id and its secret.
///
/// # Errors
/// Fails when the area is not known here or the database fails.
pub async fn create_client_with_grant(state: &State, label: String, grant: Grant) -> Result<(Id, SecretString)> {
    let at = state.clock.now();
    let issuer = state.issuer.clone();
    let (id, secret) = state
        .db
        .write(act(at), move |tx| {
            check_area(tx, &grant.area)?;
            let (id, grant_id) = (Id::new(), Id::new());
            let secret = insert_client(tx, id, &label, &grant.area)?;
            insert_grant(tx, grant_id, id, &grant)?;
            let day = vietnam_day(at);
            let made = Entry::of(&ClientCreated { id }, format!("/v1/clients/{id}"), day)?.in_area(&grant.area);
            let payload = GrantCreated { id: grant_id, client: id, role: grant.role, area: grant.area.clone() };
            let granted = Entry::of(&payload, format!("/v1/grants/{grant_id}"), day)?.in_area(&grant.area);
            let mut entries = vec![made, granted];
            entries.extend(reader_beside(tx, &issuer, &grant)?);
            Ok(((id, secret), entries.into()))
        })
        .await?;
    Ok((id, SecretString::from(secret)))
}

/// Registers the reader of the API document beside an administrator, who may disable it.
fn reader_beside(tx: &mut Tx<'_>, issuer: &str, grant: &Grant) -> Result<Option<Entry>> {
    if grant.role != Role::Administrator {
        return Ok(None);
    }
    register_reader(tx, issuer, &grant.area)
}

/// A person who is made a user on the machine.
pub struct UserOnMachine {
    /// The person.
    pub user: NewUser,
    /// The role, which needs no second administrator here.
    pub grant: Grant,
}

/// Makes a user with a role, and returns the id and the one-time link with which the person sets a password.
///
/// # Errors
/// `login_taken`; fails when the area is not known here or the database fails.
pub async fn create_user_with_grant(state: &State, new: UserOnMachine) -> Result<(Id, String)> {
    let at = state.clock.now();
    let (vault, issuer) = (state.vault.clone(), state.issuer.clone());
    state
        .db
        .write(act(at), move |tx| {
            check_area(tx, &new.grant.area)?;
            let id = Id::new();
            let made = create_user(tx, &vault, id, &new.user)?;
            let (invitation, _) = invite(tx, id, &new.user.area)?;
            let reader = reader_beside(tx, &issuer, &new.grant)?;
            let grant = grant_on_machine(id, new.grant, vietnam_day(at));
            let granted = insert_user_grant(tx, &grant)?;
            let link = format!("{issuer}/account/invitations/{}", invitation.token);
            let mut entries = vec![made, granted];
            entries.extend(reader);
            Ok(((id, link), entries.into()))
        })
        .await
}

fn grant_on_machine(user: Id, grant: Grant, from_on: NaiveDate) -> NewUserGrant {
    let Grant { role, area } = grant;
    NewUserGrant { id: Id::new(), user, role, area, from_on, to_on: None, stands_for: None, is_confirmed: true }
}

/// Makes users of a demonstration, who all have a password already, and a second factor where the role needs one. Returns each one's id
/// and the secret of the second factor.
///
/// # Errors
/// Fails when the database does.
pub async fn create_demo_users(
    state: &State,
    all: Vec<UserOnMachine>,
    password: &str,
) -> Result<Vec<(Id, Option<String>)>> {
    let at = state.clock.now();
    let vault = state.vault.clone();
    let hash = state.passwords.hash(password.to_owned()).await?;
    state
        .db
        .write(act(at), move |tx| {
            let (mut made, mut entries) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len() * 2));
            for new in all {
                check_area(tx, &new.grant.area)?;
                let id = Id::new();
                entries.push(create_user(tx, &vault, id, &new.user)?);
                set_password(tx, id, &hash)?;
                let secret = if new.grant.role.needs_second_factor() {
                    let secret = Enrolment::of(&vault, &Id::new().to_string())?.secret;
                    set_totp(tx, &vault, id, &secret, 0)?;
                    Some(secret)
                } else {
                    None
                };
                entries.push(insert_user_grant(tx, &grant_on_machine(id, new.grant, vietnam_day(at)))?);
                made.push((id, secret));
            }
            Ok((made, entries.into()))
        })
        .await
}

/// Makes one user of a demonstration.
///
/// # Errors
/// Fails when the database does.
pub async fn create_demo_user(state: &State, new: UserOnMachine, password: &str) -> Result<(Id, Option<String>)> {
    let made = create_demo_users(state, vec![new], password).await?.pop();
    made.ok_or_else(|| Error::internal("nobody was made"))
}

/// Removes the second factor of a user on the machine, where no second administrator is at hand. False where there is no such user, or
/// no second factor.
///
/// # Errors
/// Fails when the database does.
pub async fn remove_second_factor(state: &State, login: &str) -> Result<bool> {
    let (at, login, vault) = (state.clock.now(), login.to_owned(), state.vault.clone());
    state
        .db
        .write(act(at), move |tx| {
            let found = find_account_by_login(tx.conn(), &vault, &login)?;
            let found = found.filter(|user| !user.has_left);
            let is_bound = found.as_ref().map(|user| is_bound(tx.conn(), user.id)).transpose()? == Some(true);
            let Some(user) = found.filter(|user| user.totp_secret.is_some() || is_bound) else {
                return Ok((false, Entries::unjournalled("nothing was to be removed")));
            };
            remove_totp(tx, user.id, user.version)?;
            unbind(tx, user.id)?;
            end_sessions_of(tx, user.id)?;
            let payload = UserFactorRemoved { id: user.id };
            Ok((true, Entry::of(&payload, format!("/v1/users/{}", user.id), vietnam_day(at))?.into()))
        })
        .await
}

/// Ends all sessions of all people, and says how many.
///
/// # Errors
/// Fails when the database does.
pub async fn end_everybodys_sessions(state: &State) -> Result<usize> {
    state.db.note(act(state.clock.now()), end_all_sessions).await
}

/// Registers an app on the machine.
///
/// # Errors
/// Fails when the area is not known here or the database fails.
pub async fn create_app(state: &State, label: &str, area: AreaId, redirect_uris: Vec<String>) -> Result<Id> {
    let (at, label) = (state.clock.now(), label.to_owned());
    state
        .db
        .write(act(at), move |tx| {
            check_area(tx, &area)?;
            let id = Id::new();
            insert_app(tx, id, &label, &area, &redirect_uris)?;
            let entry = Entry::of(&AppCreated { id }, format!("/v1/apps/{id}"), vietnam_day(at))?.in_area(&area);
            Ok((id, entry.into()))
        })
        .await
}

fn check_area(tx: &mut Tx<'_>, area: &AreaId) -> Result<()> {
    if load_territory(tx.conn())?.find(area).is_some() {
        return Ok(());
    }
    Err(Error::trouble(
        format!(
            "identity không có đơn vị hành chính {area}: mã viết sai, hoặc identity chưa lần nào chạy cùng \
             enterprise-registry"
        ),
        format!("identity knows no area {area}: the id is wrong, or identity never ran beside enterprise-registry"),
    ))
}

/// Says whether there is a user with a login.
///
/// # Errors
/// Fails when the database does.
pub async fn has_user(state: &State, login: &str) -> Result<bool> {
    let (vault, login) = (state.vault.clone(), login.to_owned());
    let found = state.db.read(move |conn| find_account_by_login(conn, &vault, &login)).await?;
    Ok(found.is_some())
}

/// Says whether there is any client beside the services' own.
///
/// # Errors
/// Fails when the database does.
pub async fn has_clients(state: &State) -> Result<bool> {
    state.db.read(crate::clients::has_clients).await
}
