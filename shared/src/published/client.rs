//! Entries of identity about clients and their grants.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::access::Permission;
use crate::access::Role;
use crate::journal::Published;
use crate::territory::AreaId;

/// A client was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClientCreated {
    /// The client.
    pub id: Id,
}

impl Published for ClientCreated {
    const KIND: &'static str = "client.created";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadClient;
}

/// A client was disabled: it gets no more tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClientDisabled {
    /// The client.
    pub id: Id,
}

impl Published for ClientDisabled {
    const KIND: &'static str = "client.disabled";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadClient;
}

/// A client was given a new secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClientSecretRenewed {
    /// The client.
    pub id: Id,
}

impl Published for ClientSecretRenewed {
    const KIND: &'static str = "client.secret_renewed";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadClient;
}

/// A client was given public keys, and has no secret any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClientKeysSet {
    /// The client.
    pub id: Id,
}

impl Published for ClientKeysSet {
    const KIND: &'static str = "client.keys_set";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadClient;
}

/// A client was given a role over an area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GrantCreated {
    /// The grant.
    pub id: Id,
    /// The client.
    pub client: Id,
    /// The role.
    pub role: Role,
    /// The area.
    pub area: AreaId,
}

impl Published for GrantCreated {
    const KIND: &'static str = "grant.created";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadClient;
}

/// A grant was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GrantRevoked {
    /// The grant.
    pub id: Id,
    /// The client.
    pub client: Id,
}

impl Published for GrantRevoked {
    const KIND: &'static str = "grant.revoked";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadClient;
}
