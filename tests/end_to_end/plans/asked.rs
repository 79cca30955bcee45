//! What is asked, and by whom: the same of a small database and of one of a province's size.

use std::collections::BTreeMap;

use secrecy::SecretString;
use shared::Id;
use shared::access::{Grant, Role};
use shared::territory::AreaId;
use tests::{Books, Somebody, TestApp, unit};

/// Two communes of one district, and one of another.
const COMMUNES: [&str; 3] = ["11986@origin", "11992@origin", "12019@origin"];
/// The lists of which copies are kept.
const COPIED: [&str; 3] = ["economic-units", "organisations", "people"];
/// The tables that lists and drill-downs read, as their statements name them.
pub(super) const NAMED: [&str; 9] = [
    "listed_records t",
    "economic_units t",
    "organisations t",
    "memberships t",
    "acts t",
    "findings t",
    "facts f",
    "facts x",
    "organisation_periods o",
];

/// Whether a statement reads.
pub(super) fn is_read(text: &str) -> bool {
    ["SELECT", "WITH"].iter().any(|word| text.trim_start().starts_with(word))
}

/// The clients of readers of several kinds of scopes.
pub(super) struct Readers(Vec<(Id, SecretString)>);

impl Readers {
    /// One commune, a district, scattered communes, another commune, and everything.
    pub(super) async fn make(app: &TestApp) -> Self {
        let scattered = app.create_client(Role::Inspector, COMMUNES[0]).await;
        let grant = Grant { role: Role::Inspector, area: AreaId::stored(COMMUNES[2]) };
        let body = serde_json::json!({"client_id": scattered.0, "role": grant.role, "area": grant.area});
        app.be(Role::Administrator, "33@origin").await.post("/v1/grants", body).await.is(201);
        Self(vec![
            app.create_client(Role::Inspector, COMMUNES[0]).await,
            app.create_client(Role::Inspector, "325@origin").await,
            scattered,
            app.create_client(Role::Inspector, COMMUNES[2]).await,
            app.create_client(Role::Inspector, "33@origin").await,
        ])
    }

    pub(super) async fn sign_in(&self, app: &TestApp) -> Vec<Somebody> {
        let mut readers = Vec::new();
        for client in &self.0 {
            readers.push(app.signed_in(client).await);
        }
        readers
    }
}

/// The records that the paths name.
pub(super) struct Records {
    pub(super) books: Books,
    pub(super) cell: String,
    pub(super) company: String,
}

impl Records {
    pub(super) async fn make(app: &TestApp) -> Self {
        let books = Books::of_van_lam(app).await;
        let (cell, union) = (books.cell("2015-03-15").await, books.union("2015-03-15").await);
        // More than a drill-down reads before it looks for those of few organisations.
        for number in 1..=24 {
            books.admit(&cell, number, "2016-05-19").await;
        }
        books.admit(&union, 1, "2016-05-20").await;
        let company = books.officer.post("/v1/economic-units", unit("Công ty Giả Định", COMMUNES[0])).await.is(201);
        let company = company["id"].as_str().unwrap().to_owned();
        app.settle().await;
        Self { books, cell, company }
    }

    /// Every filter in every order of every list, and drill-downs by everything that they are asked by.
    pub(super) fn paths(&self) -> Vec<String> {
        let Self { books, cell, company } = self;
        let mut paths: Vec<String> = Vec::new();
        for order in ["name", "-updated_at"] {
            for filter in [
                "",
                "&status=active",
                "&status=active,suspended",
                "&legal_form=other",
                "&status=active&legal_form=other,cooperative",
                "&area=325@origin",
                "&area=11986@origin&status=active",
                "&q=gia",
                "&q=cong+gia&status=active",
            ] {
                paths.push(format!("/v1/economic-units?sort={order}{filter}"));
            }
            let (of_unit, under) = (format!("&economic_unit={company}"), format!("&superior={}", books.committee));
            for filter in [
                "",
                "&status=active",
                "&branch=union",
                "&kind=grassroots_cell&status=active,dissolved",
                "&area=325@origin",
                "&q=chi",
                of_unit.as_str(),
                under.as_str(),
            ] {
                paths.push(format!("/v1/organisations?sort={order}{filter}"));
            }
        }
        let by_ids = "ids=0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f,0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60";
        for list in ["economic-units", "organisations", "people", "acts", "findings"] {
            paths.push(format!("/v1/{list}?{by_ids}"));
        }
        paths.push(format!("/v1/economic-units?{by_ids}&status=active&sort=-updated_at"));
        for list in COPIED {
            paths.push(format!("/v1/{list}?updated_after=MARK"));
        }
        let (in_cell, of_cell) =
            (format!("organisation={cell}"), format!("organisation={cell}&kind=party_member.admitted"));
        for (list, filters) in [
            (
                "people",
                vec!["", "branch=party", "status=active", "status=active&branch=union", "area=325@origin", &in_cell],
            ),
            ("acts", vec!["", "kind=party_member.admitted,union_member.admitted", &in_cell, &of_cell]),
            ("findings", vec!["", "status=open", "kind=possible_duplicate&status=open,settled", "area=325@origin"]),
        ] {
            paths.extend(filters.iter().map(|filter| format!("/v1/{list}?{filter}")));
        }
        for indicator in ["PM01", "PO01", "PM10", "TU07", "UN01", "UN11"] {
            let body = format!("&by=superior_body&row={}", books.committee);
            let of_none = "&by=superior_body&row=none";
            let (of_branch, of_district) = ("&by=branch&row=union", "&by=district&row=325@origin");
            let undecided = "&map=2025-07-01&by=commune&row=undecided";
            for filter in [
                "",
                "&area=11986@origin",
                "&area=325@origin",
                body.as_str(),
                of_none,
                of_branch,
                of_district,
                undecided,
            ] {
                paths.push(format!("/v1/figures/{indicator}/entries?period=2022-H1{filter}"));
            }
        }
        paths
    }
}

/// The mark of each reader's copy of each list.
pub(super) type Marks = BTreeMap<(usize, &'static str), String>;

/// The marks of copies of lists that are short yet.
pub(super) async fn marks_of(readers: &[Somebody]) -> Marks {
    let mut marks = BTreeMap::new();
    for (at, reader) in readers.iter().enumerate() {
        for list in COPIED {
            let page = reader.get(&format!("/v1/{list}?limit=200")).await.is(200);
            marks.insert((at, list), page["mark"].as_str().unwrap().to_owned());
        }
    }
    marks
}

/// A path with the mark of a reader's copy.
pub(super) fn marked(path: &str, reader: usize, marks: &Marks) -> String {
    let of_path = |list: &&&str| path.contains(&format!("/{list}?"));
    let mark = COPIED.iter().find(of_path).and_then(|list| marks.get(&(reader, *list)));
    path.replace("MARK", mark.map_or("", String::as_str))
}

/// Reads a page and the one after it.
pub(super) async fn read_two_pages(reader: &Somebody, path: &str) {
    let page = reader.get(path).await;
    if page.status == 422 {
        // An area outside the reach.
        return;
    }
    if let Some(next) = page.is(200)["next"].as_str() {
        reader.get(&format!("{path}&cursor={next}")).await.is(200);
    }
}
