//! Clients that are made on the machine and not over HTTP: the services' own, the first administrator,
//! those of the demonstration.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use rand::Rng;
use secrecy::SecretString;
use shared::access::Grant;
use shared::clock::vietnam_day;
use shared::follow::load_territory;
use shared::journal::{Entries, Entry};
use shared::personal::{KeyKind, MasterKey, sealed_key};
use shared::published::client::{ClientCreated, GrantCreated};
use shared::storage::Act;
use shared::{Error, Id, Result};

use crate::State;
use crate::clients::{insert_client, put_service_client, replace_service_secret};
use crate::grants::insert_grant;

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
            Ok((insert_client(tx, service, None, Some(service))?, unjournalled))
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
    let (id, secret) = state
        .db
        .write(act(at), move |tx| {
            if load_territory(tx.conn())?.find(&grant.area).is_none() {
                let area = &grant.area;
                return Err(Error::internal(format!(
                    "identity knows no area {area}: the id is wrong, or identity never ran beside enterprise-registry"
                )));
            }
            let (id, secret) = insert_client(tx, &label, Some(&grant.area), None)?;
            let grant_id = insert_grant(tx, id, grant.role, &grant.area)?;
            let day = vietnam_day(at);
            let made = Entry::of(&ClientCreated { id }, format!("/v1/clients/{id}"), day)?.in_area(&grant.area);
            let payload = GrantCreated { id: grant_id, client: id, role: grant.role, area: grant.area.clone() };
            let granted = Entry::of(&payload, format!("/v1/grants/{grant_id}"), day)?.in_area(&grant.area);
            Ok(((id, secret), vec![made, granted].into()))
        })
        .await?;
    Ok((id, SecretString::from(secret)))
}

/// Says whether there is any client beside the services' own.
///
/// # Errors
/// Fails when the database does.
pub async fn has_clients(state: &State) -> Result<bool> {
    state.db.read(crate::clients::has_clients).await
}
