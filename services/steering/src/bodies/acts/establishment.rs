//! The act that establishes a steering committee or a support team.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::made_ids::NamesIds;
use shared::published::Decision;
use shared::published::steering_body::SteeringBodyEstablished;
use shared::storage::Tx;
use shared::territory::{AreaId, AreaLevel};
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Day, Error, Expected, Id, Result};

use super::super::change::{self, Changed, NewAct};
use super::super::seats::{OpenedSeat, open};
use super::super::words::{BodyKind, BodyLevel, BodyStatus, area_level_of};
use super::{Act, BodyAct, Case, Folded, NewSeat, Telling, checked_opened, checked_term};
use crate::state::Setting;

/// Establishes a steering committee, or a support team of one.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "steering_committee", "level": "commune", "area": "12004@2025-07-01",
    "name": "Ban Chỉ đạo xây dựng tổ chức đảng, đoàn thể trong đơn vị kinh tế tư nhân xã Giả Định",
    "established_on": "2026-03-02", "decision": {"number": "15-QĐ/ĐU", "decided_on": "2026-03-02",
    "issuing_body": "Đảng ủy xã Giả Định"}, "seats": [{"role": "head", "holder": {"name": "Nguyễn Thị Giả Định",
    "office": "Bí thư Đảng ủy xã"}}, {"role": "member"}]}))]
pub struct EstablishSteeringBody {
    /// The id of the body, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// `steering_committee`, or `support_team`.
    pub kind: BodyKind,
    /// The level of a committee. A support team has that of its committee: leave it out.
    #[serde(default)]
    pub level: Option<BodyLevel>,
    /// The area of a committee, of its level and in force on the day. A support team has that of its committee: leave it out.
    #[serde(default)]
    pub area: Option<AreaId>,
    /// The committee that a support team works for.
    #[serde(default)]
    pub committee_id: Option<Id>,
    /// Its name: at most 300 characters.
    #[schema(max_length = 300)]
    pub name: String,
    /// Its short name (gọi tắt): at most 100 characters.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub short_name: Option<String>,
    /// The day from which it works: not after today, not before the decision.
    pub established_on: Day,
    /// The last day of its term, where the decision names one.
    #[serde(default)]
    pub term_ends_on: Option<Day>,
    /// The decision.
    pub decision: Decision,
    /// Its seats, at most 60: also those that nobody holds yet.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub seats: Vec<NewSeat>,
    /// The answers to warnings, each by its code with a reason of at most 300 characters: `steering_committee_recorded` where a
    /// committee of this level is recorded for this area already (of level `equivalent`: one of the same name), `support_team_recorded`
    /// where the committee has a support team already. They are kept with the act.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub answers: Answers,
}

impl NamesIds for EstablishSteeringBody {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// An establishment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Establishment {
    /// What it is.
    pub kind: BodyKind,
    /// Its level.
    pub level: BodyLevel,
    /// Its area.
    pub area: AreaId,
    /// The committee that it works for.
    pub committee_id: Option<Id>,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub short_name: Option<String>,
    /// The last day of its term.
    pub term_ends_on: Option<Day>,
    /// Its seats.
    pub seats: Vec<OpenedSeat>,
}

impl Act for Establishment {
    fn rank(&self) -> Rank {
        Rank::Begins
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        if before.status != BodyStatus::Withdrawn {
            return Err(Error::internal("a body is established twice"));
        }
        let mut seats = Vec::new();
        open(&mut seats, &self.seats, on)?;
        Ok(Folded {
            id: before.id,
            kind: self.kind,
            level: self.level,
            area: self.area.clone(),
            committee: self.committee_id,
            name: self.name.clone(),
            short_name: self.short_name.clone(),
            status: BodyStatus::Active,
            established_on: on,
            term_ends_on: self.term_ends_on.map(Day::get),
            ended_on: None,
            changed_on: on,
            seats,
        })
    }

    fn checked(&self, faults: &mut Faults, case: &Case<'_>) -> Option<BodyAct> {
        let name = faults.take("/name", line(&self.name, 300));
        let short_name = self.short_name.as_deref().map(|name| line(name, 100)).transpose();
        let short_name = faults.take("/short_name", short_name);
        checked_term(faults, case.on, self.term_ends_on);
        self.check_place(faults, case);
        let seats = checked_opened(faults, "/seats", self.kind, &self.seats);
        let act = Self { name: name?, short_name: short_name?, seats: seats?, ..self.clone() };
        Some(BodyAct::Establishment(act))
    }

    fn day_field(&self) -> &'static str {
        "/established_on"
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&SteeringBodyEstablished(telling.body()))
    }
}

impl Establishment {
    /// Checks where a committee works. A correction moves it in time only; a support team is where its committee is.
    fn check_place(&self, faults: &mut Faults, case: &Case<'_>) {
        if !case.is_placed {
            return;
        }
        if self.kind == BodyKind::SupportTeam {
            return case.check_area_lives(faults, "/established_on");
        }
        let found = case.setting.territory.find(&self.area);
        let found = found.filter(|area| !case.is_new || case.setting.scope.may_write(&area.id));
        let Some(area) = found else { return faults.add("/area", Wrong::new(Code::UnknownArea)) };
        let expected = area_level_of(self.level);
        if area.level != expected {
            let wrong = match expected {
                AreaLevel::Commune => Wrong::new(Code::AreaNotLeaf),
                AreaLevel::District => Wrong::new(Code::AreaOfOtherLevel).with("expected", Expected::District),
                AreaLevel::Province => Wrong::new(Code::AreaOfOtherLevel).with("expected", Expected::Province),
            };
            faults.add("/area", wrong);
        } else if !area.is_in_force(case.on) && case.on <= case.setting.today {
            let field = if case.is_new { "/area" } else { "/occurred_on" };
            faults.add(field, Wrong::new(Code::AreaNotInForce).with("area", &area.name).with("day", case.on));
        }
    }
}

/// Establishes a body: the command that handlers and loaders share.
///
/// # Errors
/// All faults of the request at once; `needs_answer` where such a body is recorded already; `seat_role_taken`.
pub fn establish(tx: &mut Tx<'_>, setting: &Setting, request: &EstablishSteeringBody) -> Result<(Changed, Entries)> {
    let mut faults = Faults::new();
    let committee = change::committee_of(tx.conn(), setting, request.committee_id)?;
    let is_team = request.kind == BodyKind::SupportTeam;
    let of_committee = committee.as_ref().map(|committee| (committee.level, committee.area()));
    let own = request.level.zip(request.area.clone());
    for (field, is_sent, is_wanted) in [
        ("/level", request.level.is_some(), !is_team),
        ("/area", request.area.is_some(), !is_team),
        ("/committee_id", request.committee_id.is_some(), is_team),
    ] {
        if is_wanted && !is_sent {
            faults.add(field, Wrong::new(Code::Required));
        } else if is_sent && !is_wanted {
            faults.add(field, Wrong::new(Code::NotOfThisKind));
        }
    }
    if is_team && request.committee_id.is_some() && of_committee.is_none() {
        faults.add("/committee_id", Wrong::new(Code::UnknownSteeringBody));
    }
    let place = if is_team { of_committee } else { own };
    let is_placed = place.is_some();
    // Without a place the request is refused; what else is wrong about it is told at once.
    let (level, area) = place.unwrap_or_else(|| (BodyLevel::Province, AreaId::stored(String::new())));
    let act = Establishment {
        kind: request.kind,
        level,
        area,
        committee_id: request.committee_id,
        name: request.name.clone(),
        short_name: request.short_name.clone(),
        term_ends_on: request.term_ends_on,
        seats: request.seats.iter().map(NewSeat::opened).collect(),
    };
    let new = NewAct {
        act: BodyAct::Establishment(act),
        on: request.established_on.get(),
        decision: request.decision.clone(),
        note: None,
        answers: request.answers.clone(),
        is_placed,
    };
    change::begin(tx, setting, request.id.unwrap_or_default(), faults, new)
}
