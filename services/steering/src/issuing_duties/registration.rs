//! The act that registers a duty: its request, its conditions, and what is kept of it.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use shared::acts::{ActPlace, ActStatus, Acts, Content, Rank, Step, Tells, Told};
use shared::journal::Published;
use shared::made_ids::NamesIds;
use shared::published::Decision;
use shared::published::issuing_duty::{IssuingDutyRegistered, IssuingDutyState, IssuingDutyWithdrawn};
use shared::storage::Tx;
use shared::territory::{AreaId, AreaLevel};
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Day, Error, Expected, Id, Result};

use crate::bodies::{BodyLevel, area_level_of};
use crate::documents::{DocumentType, GovernedPeriod};
use crate::state::Setting;

/// Registers a duty: each steering committee of a level in an area issues a document of a type that governs a period, by a day.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Kế hoạch năm của Ban Chỉ đạo cấp xã", "level": "commune", "area": "33@2025-07-01", "type": "plan",
    "governs": {"from_on": "2026-01-01", "to_on": "2026-12-31"}, "due_on": "2026-01-31", "is_yearly": true}))]
pub struct RegisterIssuingDuty {
    /// The id of the duty, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// What is to be issued, in words: at most 200 characters.
    #[schema(max_length = 200)]
    pub title: String,
    /// The level of the committees that have the duty.
    pub level: BodyLevel,
    /// The area in which these committees are: itself of that level, or above it. It is not corrected later.
    pub area: AreaId,
    /// What kind of paper is to be issued.
    #[serde(rename = "type")]
    pub document_type: DocumentType,
    /// The period that the document must govern as a whole; of a duty that comes again each year, the first one, of a year at most.
    pub governs: GovernedPeriod,
    /// The last day on which it is issued in time; of a duty that comes again each year, the first one. It lies at most a year before or
    /// after that period.
    pub due_on: Day,
    /// Whether it comes again each year, with the same days of the calendar; left out: no.
    #[serde(default)]
    pub is_yearly: bool,
}

impl NamesIds for RegisterIssuingDuty {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// A registration, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    pub title: String,
    pub level: BodyLevel,
    pub area: AreaId,
    pub document_type: DocumentType,
    pub governs: GovernedPeriod,
    pub due_on: Day,
    pub is_yearly: bool,
}

/// A duty as its acts make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    pub id: Id,
    /// `Withdrawn` before it is registered.
    pub status: ActStatus,
    pub registration: Registration,
}

impl Acts for Registration {
    type State = Folded;

    fn rank(&self) -> Rank {
        Rank::Begins
    }

    fn apply(&self, before: &Folded, _: NaiveDate) -> Result<Folded> {
        if before.status == ActStatus::Recorded {
            return Err(Error::internal("a duty is registered twice"));
        }
        Ok(Folded { id: before.id, status: ActStatus::Recorded, registration: self.clone() })
    }
}

impl Registration {
    /// Checks it, and returns it as it is kept.
    pub(super) fn checked(&self, faults: &mut Faults, setting: &Setting, is_new: bool) -> Option<Self> {
        let title = faults.take("/title", line(&self.title, 200));
        if is_new {
            let found = setting.territory.find(&self.area).filter(|area| setting.scope.may_write(&area.id));
            match found.map(|area| area.level) {
                None => faults.add("/area", Wrong::new(Code::UnknownArea)),
                Some(level) => self.check_level(faults, "/area", level),
            }
        } else if let Some(area) = setting.territory.find(&self.area) {
            self.check_level(faults, "/level", area.level);
        }
        let GovernedPeriod { from_on, to_on } = self.governs;
        if to_on < from_on {
            faults.add("/governs/to_on", Wrong::new(Code::EndBeforeBeginning).with("from_on", from_on));
        } else if self.is_yearly && one_year_after(from_on.get()).is_none_or(|next| next <= to_on.get()) {
            faults.add("/is_yearly", Wrong::new(Code::AgainstEachOther).with("reason", "is_yearly, governs"));
        }
        let is_long_before = one_year_after(self.due_on.get()).is_none_or(|later| later < from_on.get());
        let is_long_after = one_year_after(to_on.get()).is_some_and(|later| later < self.due_on.get());
        if is_long_before || is_long_after {
            faults.add("/due_on", Wrong::new(Code::AgainstEachOther).with("reason", "due_on, governs"));
        }
        Some(Self { title: title?, ..self.clone() })
    }

    /// Demands that committees of the level may be in the area.
    fn check_level(&self, faults: &mut Faults, field: &str, level: AreaLevel) {
        let expected = match area_level_of(self.level) {
            of_level if level <= of_level => return,
            AreaLevel::Province => Expected::Province,
            AreaLevel::District | AreaLevel::Commune => Expected::District,
        };
        faults.add(field, Wrong::new(Code::AreaOfOtherLevel).with("expected", expected));
    }
}

/// The same day of the next year; nothing after the last year of the calendar.
fn one_year_after(day: NaiveDate) -> Option<NaiveDate> {
    day.checked_add_months(Months::new(12))
}

/// Where a duty is to be read.
pub(super) fn subject(id: Id) -> String {
    format!("/v1/issuing-duties/{id}")
}

/// Tells the acts on a duty, and keeps them.
pub(super) struct Telling;

impl Tells<Registration> for Telling {
    fn tell(&self, _: &mut Tx<'_>, step: &Step<'_, Registration>, _: Option<Decision>) -> Result<Told> {
        told(&IssuingDutyRegistered(published(&step.after)), step)
    }

    fn tell_withdrawn(&self, _: &mut Tx<'_>, step: &Step<'_, Registration>, _: Option<Decision>) -> Result<Told> {
        told(&IssuingDutyWithdrawn(published(&step.after)), step)
    }

    fn content(&self, _: Id, act: &Registration) -> Result<Content> {
        Ok(Content { text: serde_json::to_string(act)?, sealed: None })
    }
}

fn told<P: Published>(payload: &P, step: &Step<'_, Registration>) -> Result<Told> {
    let (record, area) = (step.after.id, step.after.registration.area.clone());
    let place = ActPlace { record, organisation: None, area, count: 1 };
    Told::of(payload, subject(record), step.living.occurred_on, place)
}

fn published(duty: &Folded) -> IssuingDutyState {
    let told = &duty.registration;
    IssuingDutyState {
        issuing_duty: duty.id,
        level: told.level,
        area: told.area.clone(),
        document_type: told.document_type,
        governs_from: told.governs.from_on,
        governs_to: told.governs.to_on,
        due_on: told.due_on,
        is_yearly: told.is_yearly,
    }
}
