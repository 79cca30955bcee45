//! Clients that are made on the machine and not over HTTP: the services' own, the first administrator,
//! those of the demonstration.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use shared::access::Grant;
use shared::clock::vietnam_day;
use shared::follow::load_territory;
use shared::journal::{Entries, Entry};
use shared::published::client::{ClientCreated, GrantCreated};
use shared::storage::Act;
use shared::{Error, Id, Result};

use crate::State;
use crate::clients::{insert_client, replace_service_secret};
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
