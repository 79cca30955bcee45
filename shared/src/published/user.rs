//! People who sign in, their roles, and the apps they use: what identity says of them. Nothing here names a person.

use serde::{Deserialize, Serialize};

use crate::access::{Permission, Role};
use crate::journal::Published;
use crate::territory::AreaId;
use crate::{Day, Id};

/// A user was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserCreated {
    /// The user.
    pub id: Id,
}

impl Published for UserCreated {
    const KIND: &'static str = "user.created";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadUser;
}

/// A user was invited again: a one-time link to set a new password was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserInvited {
    /// The user.
    pub id: Id,
}

impl Published for UserInvited {
    const KIND: &'static str = "user.invited";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadUser;
}

/// An administrator asked to remove the second factor of a user who lost it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserFactorRemovalAsked {
    /// The user.
    pub id: Id,
}

impl Published for UserFactorRemovalAsked {
    const KIND: &'static str = "user.factor_removal_asked";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadUser;
}

/// The second factor of a user was removed, by a second administrator or on the machine: sessions ended, and the next sign-in sets up
/// another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserFactorRemoved {
    /// The user.
    pub id: Id,
}

impl Published for UserFactorRemoved {
    const KIND: &'static str = "user.factor_removed";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadUser;
}

/// All sessions of a user were ended by an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserSessionsEnded {
    /// The user.
    pub id: Id,
}

impl Published for UserSessionsEnded {
    const KIND: &'static str = "user.sessions_ended";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadUser;
}

/// A user left: sessions and roles ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserLeft {
    /// The user.
    pub id: Id,
}

impl Published for UserLeft {
    const KIND: &'static str = "user.left";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadUser;
}

/// A user was given a role over an area. Where the role reads people, it opens nothing before it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserGrantCreated {
    /// The grant.
    pub id: Id,
    /// The user.
    pub user: Id,
    /// The role.
    pub role: Role,
    /// The area.
    pub area: AreaId,
    /// The first day.
    pub from_on: Day,
    /// The last day; null: no end.
    pub to_on: Option<Day>,
    /// Whether it awaits a second administrator.
    pub awaits_confirmation: bool,
    /// Whom the user stands for: the role counts only while that person has it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<Id>,
}

impl Published for UserGrantCreated {
    const KIND: &'static str = "user_grant.created";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadUser;
}

/// A second administrator confirmed a user's role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserGrantConfirmed {
    /// The grant.
    pub id: Id,
    /// The user.
    pub user: Id,
}

impl Published for UserGrantConfirmed {
    const KIND: &'static str = "user_grant.confirmed";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadUser;
}

/// A user's role was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserGrantRevoked {
    /// The grant.
    pub id: Id,
    /// The user.
    pub user: Id,
}

impl Published for UserGrantRevoked {
    const KIND: &'static str = "user_grant.revoked";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadUser;
}

/// An app was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AppCreated {
    /// The app.
    pub id: Id,
}

impl Published for AppCreated {
    const KIND: &'static str = "app.created";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadUser;
}

/// An app was disabled: nobody signs in to it any more, and its sessions ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AppDisabled {
    /// The app.
    pub id: Id,
}

impl Published for AppDisabled {
    const KIND: &'static str = "app.disabled";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadUser;
}

kinds!(
    UserCreated,
    UserInvited,
    UserFactorRemovalAsked,
    UserFactorRemoved,
    UserSessionsEnded,
    UserLeft,
    UserGrantCreated,
    UserGrantConfirmed,
    UserGrantRevoked,
    AppCreated,
    AppDisabled,
);
