//! The acts on a membership. Each act is one file: its request, its conditions, what it does to the membership, and
//! what its journal entry says.

mod admission;
mod arrival;
mod departure;
mod opening;
mod readmission;
mod receipt;
mod recognition;
mod transfer;

pub use admission::{Admission, AdmitPerson, admit};
pub use arrival::{Arrival, TransferIn, receive_from_outside};
pub use departure::{DepartMember, Departure, depart};
pub use opening::{OpenMembers, Opening, open_members};
pub use readmission::{Readmission, ReadmitPerson, readmit};
pub use receipt::{CompleteTransfer, Receipt, complete_transfer};
pub use recognition::{RecogniseMember, Recognition, recognise};
pub use transfer::{TransferMember, TransferOut, TransferStart, start_transfer};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{ActPlace, Acts, Rank, Told};
use shared::journal::Published;
use shared::personal::has_data_key;
use shared::published::party_member::MemberState;
use shared::published::union_member::UnionMembers;
use shared::published::{Branch, Decision};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong};
use shared::{Code, Error, Id, Result};

use crate::organisations::{self, KeptOrganisation};
use crate::people::{self, KeptMembership, MembershipStatus};
use crate::state::Setting;

/// What was done about a membership, as it is kept: the fields that a correction may replace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the type of the same name")]
pub enum MemberAct {
    Admission(Admission),
    Opening(Opening),
    Arrival(Arrival),
    Readmission(Readmission),
    Recognition(Recognition),
    TransferStart(TransferStart),
    TransferOut(TransferOut),
    Receipt(Receipt),
    Departure(Departure),
}

impl MemberAct {
    /// Whether it has a decision paper, and whether a rule may ask for another paper beside it.
    pub fn has_papers(&self) -> (bool, bool) {
        match self {
            Self::Admission(_) | Self::Readmission(_) => (true, true),
            Self::Opening(_) | Self::Receipt(_) => (false, false),
            _ => (true, false),
        }
    }

    /// What the act is.
    pub(super) fn act(&self) -> &dyn Act {
        match self {
            Self::Admission(act) => act,
            Self::Opening(act) => act,
            Self::Arrival(act) => act,
            Self::Readmission(act) => act,
            Self::Recognition(act) => act,
            Self::TransferStart(act) => act,
            Self::TransferOut(act) => act,
            Self::Receipt(act) => act,
            Self::Departure(act) => act,
        }
    }

    /// The organisation in which it happens to a member in a state.
    pub(super) fn place(&self, before: &KeptMembership) -> Id {
        self.act().organisation().unwrap_or(before.organisation_id)
    }
}

impl Acts for MemberAct {
    type State = KeptMembership;

    fn rank(&self) -> Rank {
        self.act().rank()
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        let after = self.act().apply(before, on)?;
        Ok(KeptMembership { last_act_on: on, ..after })
    }
}

/// One kind of act on a membership.
pub(super) trait Act {
    /// Where it stands among the acts of one day.
    fn rank(&self) -> Rank;

    /// The organisation to which the member belongs from it on; nothing where the member stays.
    fn organisation(&self) -> Option<Id> {
        None
    }

    /// Returns the membership after it.
    ///
    /// # Errors
    /// What is impossible.
    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership>;

    /// Adds the faults of the fields, and returns the paper.
    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision>;

    /// Judges the conditions of the decision.
    ///
    /// # Errors
    /// Refusals of the rule book, with their sources.
    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()>;

    /// Says whether a former membership of the person is in its way: who had left the Party comes back by a readmission.
    fn is_barred_by(&self, former: &KeptMembership) -> bool {
        former.branch == Branch::Party
    }

    /// What its journal entry says.
    ///
    /// # Errors
    /// Fails when the payload cannot be written as JSON.
    fn tell(&self, telling: &Telling<'_>) -> Result<Told>;
}

/// What an act is judged by.
pub(super) struct Case<'a> {
    pub setting: &'a Setting,
    /// Whether it is not recorded yet.
    pub is_new: bool,
    /// The organisation in which it happens.
    pub organisation: &'a KeptOrganisation,
    /// The membership before it.
    pub before: &'a KeptMembership,
    pub on: NaiveDate,
    pub decision: Option<&'a Decision>,
    pub authorising_paper: Option<&'a str>,
    /// The person; nothing where the person was erased, whose personal conditions count as held.
    pub birth_date: Option<NaiveDate>,
    /// Of an opening registration: the day with which recording begins, where it was set above.
    pub recording_begins_on: Option<NaiveDate>,
}

impl Case<'_> {
    /// Demands the paper of the rule book.
    pub(super) fn require_paper(&self, paper: Option<&Decision>) -> Result<()> {
        // The erasure of a person took the papers out.
        if self.birth_date.is_none() {
            return Ok(());
        }
        self.setting.book.require_paper(self.organisation.branch, &self.organisation.kind, self.on, paper)
    }

    /// Checks the day of an act by which somebody comes into the organisation. A new one brings nobody into what has
    /// ended since; one that is recorded is corrected as long as the stay ended before.
    pub(super) fn joining(&self, faults: &mut Faults, decision: Option<&Decision>) -> Option<Decision> {
        let check = if self.is_new { organisations::joining } else { organisations::act_in };
        check(faults, self.organisation, self.on, decision, self.setting.today)
    }

    /// Checks that the organisation holds members of the membership's branch, which is the Party where only the Party
    /// does this.
    pub(super) fn check_branch(&self, faults: &mut Faults, is_party_only: bool) {
        let branch = self.organisation.branch;
        let is_other = branch != self.before.branch || (is_party_only && branch != Branch::Party);
        if self.organisation.is_superior_body || is_other {
            faults.add("/organisation_id", Wrong::new(Code::BranchMismatch));
        }
    }
}

/// The record that an act is about.
pub(super) struct Telling<'a> {
    /// The membership after it.
    pub after: &'a KeptMembership,
    /// The organisation to which the member belonged before it, if another.
    pub from: Option<Id>,
    /// The organisation in which it happened.
    pub organisation: Id,
    /// The area of that organisation, as it was called on the day.
    pub area: AreaId,
    pub on: NaiveDate,
    pub decision: Option<Decision>,
}

impl Telling<'_> {
    pub(super) fn entry<P: Published>(&self, payload: &P) -> Result<Told> {
        let subject = format!("/v1/memberships/{}", self.after.id);
        let (record, organisation) = (self.after.id, Some(self.organisation));
        Told::of(payload, subject, self.on, ActPlace { record, organisation, area: self.area.clone(), count: 1 })
    }

    /// The Party member after the act, who belongs where it happened.
    pub(super) fn member(&self) -> Result<MemberState> {
        self.member_in(Some(self.organisation))
    }

    pub(super) fn member_in(&self, organisation: Option<Id>) -> Result<MemberState> {
        let after = self.after;
        Ok(MemberState {
            membership: after.id,
            person: after.person_id,
            standing: after.standing.in_party()?,
            sex: after.sex.clone(),
            is_owner: after.is_owner,
            is_worker: after.is_worker,
            organisation,
            decision: self.decision.clone(),
        })
    }

    /// The union member.
    pub(super) fn union_member(&self) -> UnionMembers {
        UnionMembers {
            membership: Some(self.after.id),
            person: Some(self.after.person_id),
            count: 1,
            female_count: self.after.sex.as_deref().map(|sex| i64::from(sex == "female")),
            organisation: self.organisation,
            decision: self.decision.clone(),
        }
    }

    pub(super) fn is_party(&self) -> bool {
        self.after.branch == Branch::Party
    }
}

/// A membership that begins: nothing may have begun before.
pub(super) fn begin(before: &KeptMembership, begun: KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
    if before.status == MembershipStatus::Withdrawn {
        Ok(KeptMembership {
            status: MembershipStatus::Active,
            ended_on: None,
            end_reason: None,
            readmissions: 0,
            ..begun
        })
    } else {
        Err(Error::new(Code::AlreadyMember).with("day", on))
    }
}

/// Checks that a membership is active.
pub(super) fn active(before: &KeptMembership, on: NaiveDate) -> Result<()> {
    match before.status {
        MembershipStatus::Active => Ok(()),
        _ => Err(Error::new(Code::MembershipNotActive).with("day", on)),
    }
}

/// A membership that the caller may act on, with the organisation to which it belongs now.
fn writable(tx: &mut Tx<'_>, setting: &Setting, id: Id) -> Result<KeptMembership> {
    let unknown = || Error::fault("/membership_id", Code::UnknownMembership);
    people::find_membership(tx.conn(), &setting.scope, id)?
        .filter(|one| setting.scope.may_write(&AreaId::stored(one.area_id.as_str())))
        .ok_or_else(unknown)
}

/// The organisation of a request in which the caller may act.
fn organisation_of(tx: &mut Tx<'_>, setting: &Setting, id: Id) -> Result<KeptOrganisation> {
    organisations::find_for_act(tx.conn(), &setting.scope, id, "/organisation_id")
}

/// The day of birth by which the age is judged; nothing where the person was erased.
pub(super) fn birth_date_of(tx: &mut Tx<'_>, setting: &Setting, person: Id) -> Result<Option<NaiveDate>> {
    if has_data_key(tx.conn(), person)? { people::birth_date_of(tx.conn(), &setting.vault, person) } else { Ok(None) }
}
