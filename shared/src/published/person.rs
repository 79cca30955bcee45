//! Entries of membership about a person as such. The person is an opaque id; reading these needs `member.read`.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::access::Permission;
use crate::journal::Published;

kinds!(PersonCorrected, PersonErased,);

/// What is recorded of a person was put right. No journal contains what it was and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PersonCorrected {
    /// The person, opaque.
    pub person: Id,
    /// What was put right: `full_name`, `birth_date`, `sex`, `phone`, `personal_id`, `card_number`. More may come.
    pub fields: Vec<String>,
}

impl Published for PersonCorrected {
    const KIND: &'static str = "person.corrected";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadMember;
}

/// A person was erased: the key of the person's fields is gone, and nothing opens them any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PersonErased {
    /// The person, opaque.
    pub person: Id,
    /// Why: `consent_withdrawn`, `purpose_ended`, `unlawful_processing` or `authority_decision`. More may come.
    pub ground: String,
}

impl Published for PersonErased {
    const KIND: &'static str = "person.erased";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadMember;
}
