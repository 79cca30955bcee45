//! Stays: in which organisation a member is from which day to which. They are computed from the acts on the
//! membership. Acts on organisations, and on the person's other memberships, check them.

use chrono::NaiveDate;
use diesel::prelude::*;
use shared::access::Scope;
use shared::acts::Step;
use shared::storage::{AnyConnection, Tx};
use shared::territory::AreaId;
use shared::{Code, Error, Id, Result, Span};

use super::acts::MemberAct;
use crate::organisations::Known;
use crate::people::KeptMembership;
use crate::schema::{membership_stays, memberships};

/// A time in one organisation: from its first day on, and before the day on which it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stay {
    pub organisation: Id,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
}

impl Stay {
    fn span(&self) -> Span {
        Span { from_on: self.from_on, to_on: self.to_on }
    }
}

/// The stays that acts make.
pub(super) fn stays_of(steps: &[Step<'_, MemberAct>]) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    for step in steps {
        let (after, on) = (&step.after, step.living.occurred_on);
        let open = stays.last_mut().filter(|stay| stay.to_on.is_none());
        let goes_on = after.lives();
        match open {
            Some(stay) if goes_on && stay.organisation == after.organisation_id => continue,
            Some(stay) => stay.to_on = Some(on),
            None => {}
        }
        if goes_on {
            stays.push(Stay { organisation: after.organisation_id, from_on: on, to_on: None });
        }
    }
    stays
}

/// What is impossible about stays, each in a form that can be compared: organisations that do not exist all the time, and
/// other memberships of the person within the caller's reach at the same time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Clash {
    /// With the day from which it does not exist, or before which; nothing where it is out of the caller's reach.
    Organisation(Id, Option<NaiveDate>),
    Membership(Id),
}

/// Finds what is impossible about stays.
pub(super) fn clashes(
    conn: &mut AnyConnection,
    scope: &Scope,
    (membership, known): (&KeptMembership, &Known),
    stays: &[Stay],
) -> Result<Vec<Clash>> {
    let mut clashes = Vec::new();
    for stay in stays {
        let organisation = known.find(conn, stay.organisation)?;
        let is_seen = scope.may_read(&organisation.area);
        if stay.from_on < organisation.established_on {
            clashes.push(Clash::Organisation(stay.organisation, Some(stay.from_on).filter(|_| is_seen)));
        }
        if let Some(ended_on) = organisation.ended_on
            && stay.to_on.is_none_or(|to_on| to_on > ended_on)
        {
            clashes.push(Clash::Organisation(stay.organisation, Some(ended_on).filter(|_| is_seen)));
        }
    }
    let others: Vec<(Id, String, NaiveDate, Option<NaiveDate>)> = membership_stays::table
        .inner_join(memberships::table.on(memberships::id.eq(membership_stays::membership_id)))
        .filter(memberships::person_id.eq(membership.person_id))
        .filter(memberships::branch.eq(membership.branch))
        .filter(memberships::id.ne(membership.id))
        .select((memberships::id, memberships::area_id, membership_stays::from_on, membership_stays::to_on))
        .load(conn)?;
    for (id, area, from_on, to_on) in others {
        // A stay outside the caller's scope must not be revealed: a finding reports it to callers who may read both.
        let is_seen = scope.may_read(&AreaId::stored(area));
        if is_seen && stays.iter().any(|stay| stay.span().overlaps(Span { from_on, to_on })) {
            clashes.push(Clash::Membership(id));
        }
    }
    Ok(clashes)
}

impl Clash {
    /// How it is refused.
    pub(super) fn refusal(&self) -> Error {
        match self {
            Self::Organisation(_, Some(on)) => Error::new(Code::OrganisationNotActive).with("day", on),
            Self::Organisation(_, None) => Error::new(Code::ActOutOfReach),
            Self::Membership(_) => Error::new(Code::AlreadyMember),
        }
    }
}

/// Returns the stays of a membership as they are kept.
pub(super) fn list_stays(conn: &mut AnyConnection, membership: Id) -> Result<Vec<Stay>> {
    let rows: Vec<(Id, NaiveDate, Option<NaiveDate>)> = membership_stays::table
        .filter(membership_stays::membership_id.eq(membership))
        .order(membership_stays::ordinal)
        .select((membership_stays::organisation_id, membership_stays::from_on, membership_stays::to_on))
        .load(conn)?;
    Ok(rows.into_iter().map(|(organisation, from_on, to_on)| Stay { organisation, from_on, to_on }).collect())
}

/// Keeps the stays of a membership, which may be a new one.
pub(super) fn put_stays(tx: &mut Tx<'_>, membership: Id, is_new: bool, stays: &[Stay]) -> Result<()> {
    if !is_new {
        let kept = membership_stays::table.filter(membership_stays::membership_id.eq(membership));
        diesel::delete(kept).execute(tx.conn())?;
    }
    for (ordinal, stay) in (0..).zip(stays) {
        diesel::insert_into(membership_stays::table)
            .values((
                membership_stays::membership_id.eq(membership),
                membership_stays::ordinal.eq(ordinal),
                membership_stays::organisation_id.eq(stay.organisation),
                membership_stays::from_on.eq(stay.from_on),
                membership_stays::to_on.eq(stay.to_on),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}
