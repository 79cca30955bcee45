//! Corrections of a person's data. The earlier data is stored encrypted, and no journal contains either.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;

use actix_web::{post, web};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply, not_null};
use shared::journal::{Entries, Entry};
use shared::published::person::PersonCorrected;
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Day, Error, Id, Result};

use crate::memberships;
use crate::people::{self, KeptMembership, MembershipStatus, NewPerson, OpenedPerson, PersonDetails};
use crate::state::{Setting, State};

/// Puts right what is recorded of a person: at least one field beside `note`. Null clears what need not be there.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"birth_date": "1995-02-03", "note": "Đối chiếu căn cước"}))]
pub(crate) struct CorrectPerson {
    /// The right name as one line: at most 100 characters, with at least two letters.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String, required = false, max_length = 100)]
    full_name: Option<String>,
    /// The right day of birth: before the person joined anything.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Day, required = false)]
    birth_date: Option<Day>,
    /// `female` or `male`. Entries that contain it are written again.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 10)]
    sex: Option<Option<String>>,
    /// The right phone number, of 10 digits that begin with 0.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 10)]
    phone: Option<Option<String>>,
    /// The right personal id of 12 digits.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 12)]
    personal_id: Option<Option<String>>,
    /// The right number of the member card: at most 20 characters.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 20)]
    card_number: Option<Option<String>>,
    /// Why it is put right: at most 300 characters, kept sealed and shown by a reveal.
    #[serde(default)]
    #[schema(max_length = 300)]
    note: Option<String>,
}

/// What a correction of a person brought about: no value is repeated.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CorrectedPerson {
    /// The person.
    person_id: Id,
    /// The new journal entry, which names the changed fields and no value.
    entry_id: Id,
    /// What was put right.
    fields: Vec<String>,
}

impl CorrectPerson {
    fn corrected(&self, faults: &mut Faults, setting: &Setting, recorded: &NewPerson) -> Option<NewPerson> {
        let either = |sent: &Option<Option<String>>, recorded: &Option<String>| match sent {
            Some(sent) => sent.clone(),
            None => recorded.clone(),
        };
        let details = PersonDetails {
            full_name: self.full_name.clone().unwrap_or_else(|| recorded.full_name.clone()),
            birth_date: self.birth_date.unwrap_or_else(|| Day::stored(recorded.birth_date)),
            sex: either(&self.sex, &recorded.sex),
            phone: either(&self.phone, &recorded.phone),
            personal_id: either(&self.personal_id, &recorded.personal_id),
            card_number: either(&self.card_number, &recorded.card_number),
        };
        people::parse(faults, "", &details, setting.today)
    }
}

/// What became different, by the names of the fields.
fn different(was: &NewPerson, is: &NewPerson) -> Vec<String> {
    let fields = [
        ("full_name", was.full_name != is.full_name),
        ("birth_date", was.birth_date != is.birth_date),
        ("sex", was.sex != is.sex),
        ("phone", was.phone != is.phone),
        ("personal_id", was.personal_id != is.personal_id),
        ("card_number", was.card_number != is.card_number),
    ];
    fields.into_iter().filter(|(_, is_other)| *is_other).map(|(name, _)| name.to_owned()).collect()
}

/// Puts right what is recorded of a person. The entity tag is that of the person.
///
/// Needs `member.write` over the area of an active membership of the person, and `If-Match`.
#[utoipa::path(tag = "people", params(("id" = Id, Path, description = "The person")),
    request_body = CorrectPerson, responses((status = 201, body = CorrectedPerson)))]
#[post("/v1/people/{id}/corrections")]
pub(crate) async fn correct_person(
    may: May<needs::WriteMember>,
    id: web::Path<Id>,
    body: Body<CorrectPerson>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<CorrectedPerson>> {
    let (setting, id, precondition) = (state.setting(&may), *id, command.precondition());
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let person = people::find_person(tx.conn(), &setting.scope, &setting.vault, id)?;
            let person = person.ok_or_else(|| Error::new(Code::NotFound))?;
            precondition.check(person.tag())?;
            let (corrected, entries) = correct(tx, &setting, &person, &body.value)?;
            let next = people::find_person(tx.conn(), &setting.scope, &setting.vault, person.id)?;
            let tag = next.ok_or_else(|| Error::internal("a corrected person is gone"))?.tag();
            Ok((Reply::created(format!("/v1/people/{}", person.id), tag, corrected), entries))
        })
        .await?;
    Ok(reply)
}

fn correct(
    tx: &mut Tx<'_>,
    setting: &Setting,
    person: &OpenedPerson,
    request: &CorrectPerson,
) -> Result<(CorrectedPerson, Entries)> {
    let of_living = person.memberships.iter().filter(|one| one.lives());
    let mut areas = of_living.map(|one| AreaId::stored(one.area_id.as_str()));
    // Who is no member here any more may be one elsewhere: those who keep that membership put the person right.
    let area = areas.find(|area| setting.scope.may_write(area));
    let area = area.ok_or_else(|| {
        let lives = person.memberships.iter().any(KeptMembership::lives);
        let not_active = Error::new(Code::MembershipNotActive).with("day", setting.today);
        if lives { Error::new(Code::NotFound) } else { not_active }
    })?;
    let mut faults = Faults::new();
    let is = request.corrected(&mut faults, setting, &person.details);
    let note = faults.take("/note", request.note.as_deref().map(|text| line(text, 300)).transpose());
    // Only by memberships in the caller's scope: the refusal must not reveal others.
    let joined = person.memberships.iter().filter(|one| one.status != MembershipStatus::Withdrawn);
    let joined_on = joined.map(|one| one.joined_on).min();
    let is_born_late = |born: &NewPerson| joined_on.is_some_and(|joined_on| born.birth_date >= joined_on);
    if request.birth_date.is_some() && is.as_ref().is_some_and(is_born_late) {
        faults.add("/birth_date", Wrong::new(Code::AgainstEachOther).with("reason", "birth_date < joined_on"));
    }
    let (is, note) = faults.finish_with(is.zip(note))?;
    let fields = different(&person.details, &is);
    if fields.is_empty() {
        let mut faults = Faults::new();
        faults.add("", Wrong::new(Code::NothingDiffers));
        faults.finish()?;
    }
    if is.personal_id != person.details.personal_id {
        people::refuse_known(tx, &setting.scope, &setting.vault, person.id, is.personal_id.as_deref())?;
    }
    let payload = PersonCorrected { person: person.id, fields: fields.clone() };
    let told_in = |area: &AreaId| -> Result<Entry> {
        Ok(Entry::of(&payload, format!("/v1/people/{}", person.id), setting.today)?.in_area(area))
    };
    let entry = told_in(&area)?;
    let entry_id = entry.id();
    let kept = people::list_all_memberships_of(tx.conn(), person.id)?;
    let mut told = BTreeMap::from([(area, entry_id)]);
    let mut entries = vec![entry];
    // Other memberships of the person get the correction too.
    for area in kept.iter().map(|one| AreaId::stored(one.area_id.as_str())) {
        if let Place::Vacant(place) = told.entry(area) {
            let entry = told_in(place.key())?;
            place.insert(entry.id());
            entries.push(entry);
        }
    }
    let is_told = is.sex != person.details.sex || is.birth_date != person.details.birth_date;
    let mut told_anew = Vec::new();
    for membership in kept.into_iter().filter(|_| is_told) {
        let lost = memberships::judge_acts_of(tx, setting, &membership)?;
        told_anew.push((membership, lost));
    }
    people::correct_person(tx, &setting.vault, person.id, &is, (note.as_deref(), entry_id))?;
    for (membership, was) in told_anew {
        let because = told.get(&AreaId::stored(membership.area_id.as_str())).copied().unwrap_or(entry_id);
        entries.extend(memberships::correct_person_of(tx, setting, (membership, &was), is.sex.clone(), because)?);
    }
    Ok((CorrectedPerson { person_id: person.id, entry_id, fields }, entries.into()))
}
