//! Builders: an officer's books with the committees, organisations and people that a test needs.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::somebody::Somebody;

/// A decision paper of a day, invented.
#[must_use]
pub fn decision(decided_on: &str) -> Value {
    json!({"number": "7-QĐ/GĐ", "decided_on": decided_on, "issuing_body": "Cấp ủy Giả Định"})
}

/// A person, invented, born in 1990; the number makes the personal id.
#[must_use]
pub fn person(number: u32) -> Value {
    json!({
        "full_name": format!("Nguyễn Giả Định {number}"),
        "birth_date": "1990-05-17",
        "sex": if number.is_multiple_of(2) { "female" } else { "male" },
        "personal_id": format!("0000{number:08}"),
    })
}

/// A unit of a name in a commune, invented.
#[must_use]
pub fn unit(name: &str, area: &str) -> Value {
    json!({"name": name, "legal_form": "other", "area": area, "registered_on": "2019-05-06"})
}

/// The books of one district, kept by one officer.
#[derive(Debug)]
pub struct Books {
    /// Who keeps them.
    pub officer: Somebody,
    /// The commune that everything stands in.
    pub commune: String,
    /// The committee of the district, and its federation.
    pub committee: String,
    /// The federation of labour of the district.
    pub federation: String,
    /// The committee of the province, and its federation of labour.
    pub province: (String, String),
}

fn id_of(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

impl Books {
    /// The books of the district Văn Lâm of 2022, kept by its officer in the township Như Quỳnh.
    pub async fn of_van_lam(app: &TestApp) -> Self {
        let (province, officer) = (app.officer_of("33@origin").await, app.officer_of("325@origin").await);
        Self::open(&province, &officer, "325@origin", "11986@origin").await
    }

    /// Opens books with a committee and a federation; `officer` writes in the district.
    pub async fn open(province: &Somebody, officer: &Somebody, district: &str, commune: &str) -> Self {
        let body = |kind: &str, name: &str, area: &str, superior: Option<&str>| {
            let name = format!("{name} (số {})", next_number());
            json!({"kind": kind, "name": name, "area": area, "superior_id": superior, "established_on": "2000-01-01"})
        };
        let path = "/v1/organisation-opening-registrations";
        let top = id_of(
            &province.post(path, body("provincial_committee", "Tỉnh ủy Giả Định", "33@origin", None)).await.is(201),
        );
        let committee = body("district_committee", "Huyện ủy Giả Định", district, Some(&top));
        let committee = id_of(&province.post(path, committee).await.is(201));
        let labour = body("provincial_federation", "Liên đoàn Lao động tỉnh Giả Định", "33@origin", None);
        let labour = id_of(&province.post(path, labour).await.is(201));
        let federation = body("district_federation", "Liên đoàn Lao động huyện Giả Định", district, Some(&labour));
        let federation = id_of(&province.post(path, federation).await.is(201));
        Self { officer: officer.clone(), commune: commune.to_owned(), committee, federation, province: (top, labour) }
    }

    /// The same books, kept by somebody else in another commune.
    #[must_use]
    pub fn kept_by(&self, officer: &Somebody, commune: &str) -> Self {
        Self {
            officer: officer.clone(),
            commune: commune.to_owned(),
            committee: self.committee.clone(),
            federation: self.federation.clone(),
            province: self.province.clone(),
        }
    }

    /// The same books, kept by somebody else in another district: what is founded there answers to the province.
    #[must_use]
    pub fn kept_far_by(&self, officer: &Somebody, commune: &str) -> Self {
        let (committee, federation) = self.province.clone();
        Self { committee, federation, ..self.kept_by(officer, commune) }
    }

    /// Registers a unit and returns its id.
    pub async fn unit(&self, name: &str) -> String {
        let body = json!({"name": name, "legal_form": "joint_stock_company", "area": self.commune,
            "registered_on": "2015-03-02"});
        id_of(&self.officer.post("/v1/economic-units", body).await.is(201))
    }

    /// What founds a cell on a day.
    #[must_use]
    pub fn founding(&self, established_on: &str) -> Value {
        // Each is another one: the same founding twice is asked about.
        let name = format!("Chi bộ Công ty Giả Định (số {})", next_number());
        json!({"kind": "grassroots_cell", "name": name, "superior_id": self.committee,
            "area": self.commune, "established_on": established_on, "decision": decision(established_on),
            "founding_members": {"official": 3}})
    }

    /// Founds a cell and returns its id.
    pub async fn cell(&self, established_on: &str) -> String {
        id_of(&self.officer.post("/v1/organisations", self.founding(established_on)).await.is(201))
    }

    /// Founds a union and returns its id.
    pub async fn union(&self, established_on: &str) -> String {
        let name = format!("Công đoàn Công ty Giả Định (số {})", next_number());
        let body = json!({"kind": "grassroots_union", "name": name,
            "superior_id": self.federation, "area": self.commune, "established_on": established_on,
            "decision": decision(established_on), "founding_members": {"members": 12}});
        id_of(&self.officer.post("/v1/organisations", body).await.is(201))
    }

    /// What admits a person to an organisation on a day.
    #[must_use]
    pub fn admission(&self, organisation: &str, number: u32, occurred_on: &str) -> Value {
        json!({"organisation_id": organisation, "person": person(number), "occurred_on": occurred_on,
            "decision": decision(occurred_on)})
    }

    /// Admits a person and returns the answer.
    pub async fn admit(&self, organisation: &str, number: u32, occurred_on: &str) -> Value {
        let body = self.admission(organisation, number, occurred_on);
        self.officer.post("/v1/admissions", body).await.is(201)
    }
}

/// A number that no other call gets.
pub fn next_number() -> u64 {
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}
