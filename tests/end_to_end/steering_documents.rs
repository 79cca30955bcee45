//! Documents of steering: how they rest on one another, which of them is in force on a day, and who reads them.

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Answer, Somebody, TestApp, decision, next_number};

use crate::steering::establishment;

/// The registration of a document with a number of its own.
pub fn registration(kind: &str, area: &str, on: &str) -> Value {
    json!({"system": "party", "type": kind, "number": format!("{:02}-KH/GĐ", next_number()), "issued_on": on, "area": area,
        "issuer": "Ban Thường vụ Huyện ủy Giả Định", "abstract": "Về xây dựng tổ chức đảng, đoàn thể (giả định)"})
}

const DOCUMENTS: &str = "/v1/documents";
const CORRECTIONS: &str = "/v1/document-corrections";

pub fn with(mut body: Value, change: Value) -> Value {
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    body
}

fn path_of(document: &Value) -> String {
    format!("{DOCUMENTS}/{}", document["id"].as_str().unwrap())
}

fn to(relation: &str, document: &Value) -> Value {
    json!([{"relation": relation, "document_id": document["id"]}])
}

pub async fn register(somebody: &Somebody, body: Value) -> Value {
    somebody.post(DOCUMENTS, body).await.is(201)
}

/// Corrects the latest entry about a document.
pub async fn correct(somebody: &Somebody, document: &Value, change: Value) -> Answer {
    let history = somebody.get(&format!("{}/history", path_of(document))).await.is(200);
    let entry = history["items"].as_array().unwrap().last().unwrap()["id"].clone();
    somebody.post(CORRECTIONS, with(json!({"entry_id": entry}), change)).await
}

/// The directive of the Secretariat, the plan of the province that implements it, and the plan of a district under that.
async fn chain(province: &Somebody, district: &Somebody) -> [Value; 3] {
    let directive = json!({"number": "33-CT/TW", "issuer": "Ban Bí thư", "is_open_below": true,
        "abstract": "Về tăng cường xây dựng tổ chức đảng", "signer_office": "Thường trực Ban Bí thư"});
    let directive = register(province, with(registration("directive", "33@origin", "2019-03-18"), directive)).await;
    let plan = json!({"relations": to("implements", &directive), "is_open_below": true, "number": "170-KH/TU"});
    let plan = register(province, with(registration("plan", "33@origin", "2019-06-11"), plan)).await;
    let own = json!({"relations": to("rests_on", &plan), "governs": {"from_on": "2022-01-01", "to_on": "2022-12-31"}});
    let own = register(district, with(registration("plan", "325@origin", "2022-01-20"), own)).await;
    [directive, plan, own]
}

fn numbers(items: &Value) -> Vec<String> {
    items.as_array().unwrap().iter().map(|item| item["number"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_registered_found_and_shown_in_its_chain() {
    let app = TestApp::start().await;
    let (province, district) = (app.officer_of("33@origin").await, app.officer_of("325@origin").await);
    let [directive, plan, own] = chain(&province, &district).await;
    assert_eq!((&directive["effective_on"], &directive["is_in_force"]), (&json!("2019-03-18"), &json!(true)));
    assert_eq!((&directive["label"], &directive["status"]), (&json!(null), &json!("recorded")));
    assert_eq!(own["relations"][0]["document_id"], plan["id"]);
    assert_eq!(own["governs"], json!({"from_on": "2022-01-01", "to_on": "2022-12-31"}));
    let shown = province.get(&path_of(&plan)).await.is(200);
    assert_eq!(shown["relations"][0]["number"], "33-CT/TW");
    let related = (&shown["related_by"][0]["document_id"], &shown["related_by"][0]["relation"]);
    assert_eq!(related, (&own["id"], &json!("rests_on")));

    let whole = province.get(&format!("{}/chain", path_of(&plan))).await.is(200);
    assert_eq!((numbers(&whole["above"]), &whole["is_cut"]), (vec!["33-CT/TW".to_owned()], &json!(false)));
    let below = &whole["below"][0];
    assert_eq!(
        (&below["document_id"], &below["depth"], &below["relation"]),
        (&own["id"], &json!(1), &json!("rests_on"))
    );
    let from_own = district.get(&format!("{}/chain", path_of(&own))).await.is(200);
    assert_eq!(numbers(&from_own["above"]), ["170-KH/TU", "33-CT/TW"]);
    assert_eq!((&from_own["above"][1]["depth"], &from_own["above"][1]["reached_by_id"]), (&json!(2), &plan["id"]));

    let list = async |query: &str| numbers(&province.get(&format!("{DOCUMENTS}?{query}")).await.is(200)["items"]);
    let of_own = own["number"].as_str().unwrap();
    assert_eq!(list("").await, [of_own, "170-KH/TU", "33-CT/TW"], "the latest first");
    assert_eq!(list("sort=number").await.len(), 3);
    assert_eq!(list("q=33 ct").await, ["33-CT/TW"], "words of the number");
    assert_eq!(list("q=tang+cuong").await, ["33-CT/TW"], "and of the abstract, accents aside");
    assert_eq!(list("type=plan&issued_to=2019-12-31").await, ["170-KH/TU"]);
    assert_eq!(list("type=plan&issued_from=2020-01-01&system=party").await, [of_own]);
    assert_eq!(list("issuer=ban+bi+thu").await, ["33-CT/TW"]);
    assert_eq!(list("in_force_on=2019-05-01").await, ["33-CT/TW"]);
    assert_eq!(list("area=325").await, [of_own]);
    assert!(list("system=state").await.is_empty() && list("status=withdrawn").await.is_empty());
    for order in ["", "&sort=number", "&sort=-updated_at"] {
        let mut page = province.get(&format!("{DOCUMENTS}?limit=1&count=true{order}")).await.is(200);
        assert_eq!(page["total"], 3);
        let mut met = numbers(&page["items"]);
        while let Some(next) = page["next"].as_str() {
            page = province.get(&format!("{DOCUMENTS}?limit=1&count=true{order}&cursor={next}")).await.is(200);
            met.extend(numbers(&page["items"]));
        }
        assert_eq!(met.len(), 3, "{order}");
    }
    province.get(&format!("{DOCUMENTS}?type=x&system=y&status=z&sort=w&issued_from=2022-02-30")).await.faults(&[
        ("issued_from", "wrong_type"),
        ("sort", "unknown_value"),
        ("system", "unknown_value"),
        ("type", "unknown_value"),
        ("status", "unknown_value"),
    ]);

    // What the journal says, and what it does not.
    let told = province.get(&format!("{}/history", path_of(&directive))).await.is(200);
    let data = &told["items"][0]["data"];
    assert_eq!((&told["items"][0]["kind"], &data["type"]), (&json!("document.registered"), &json!("directive")));
    for hidden in ["33-CT", "tăng cường", "Thường trực", "Ban Bí thư"] {
        assert!(!told.to_string().contains(hidden), "{hidden} is in no entry: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_works_below_reads_what_is_open_below_and_nothing_else() {
    let app = TestApp::over(tests::TestDatabase::empty(), "2026-06-01T08:00:00Z").await;
    let officer = async |area: &str| app.officer_of(area).await;
    let province = officer("33@2025-07-01").await;
    let old = async |somebody: &Somebody, area: &str, change: Value| {
        register(somebody, with(registration("plan", area, "2022-01-20"), change)).await
    };
    let open = old(&province, "33@2025-07-01", json!({"is_open_below": true})).await;
    let closed = old(&province, "33@2025-07-01", json!({"relations": to("implements", &open)})).await;
    // The province as it was before the merger of 2025, and a district and a commune in it.
    let former = old(&province, "33@origin", json!({"is_open_below": true})).await;
    let of_district =
        old(&province, "325@origin", json!({"is_open_below": true, "relations": to("rests_on", &closed)})).await;
    let elsewhere = old(&province, "326@origin", json!({"is_open_below": true})).await;
    let commune = app.be(Role::Viewer, "12004@2025-07-01").await;
    let district = app.be(Role::Viewer, "325@origin").await;
    let other = app.be(Role::Viewer, "326@origin").await;

    let seen = async |reader: &Somebody| -> Vec<String> {
        let listed = reader.get(&format!("{DOCUMENTS}?count=true")).await.is(200);
        let ids: Vec<String> =
            listed["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(listed["total"], ids.len(), "what is counted is what is shown");
        let mut opened = Vec::new();
        for (name, one) in [
            ("open", &open),
            ("closed", &closed),
            ("former", &former),
            ("of_district", &of_district),
            ("elsewhere", &elsewhere),
        ] {
            let id = one["id"].as_str().unwrap();
            let is_listed = ids.iter().any(|listed| listed == id);
            let by_id = reader.get(&format!("{DOCUMENTS}?ids={id}")).await.is(200)["items"].as_array().unwrap().len();
            for path in ["", "/chain", "/history"] {
                let answer = reader.get(&format!("{}{path}", path_of(one))).await;
                assert_eq!(answer.status, if is_listed { 200 } else { 404 }, "{name}{path}");
            }
            assert_eq!(by_id, usize::from(is_listed), "{name}");
            if is_listed {
                opened.push(name.to_owned());
            }
        }
        opened
    };
    assert_eq!(seen(&province).await, ["open", "closed", "former", "of_district", "elsewhere"]);
    assert_eq!(seen(&district).await, ["open", "former", "of_district"]);
    assert_eq!(seen(&other).await, ["open", "former", "elsewhere"]);
    assert_eq!(seen(&commune).await.len(), seen(&commune).await.iter().filter(|one| *one != "closed").count());
    assert!(seen(&commune).await.starts_with(&["open".to_owned(), "former".to_owned()]), "also of the former province");

    // A closed document is in no chain and in no relations of those who do not read it.
    let shown = district.get(&path_of(&of_district)).await.is(200);
    assert_eq!(shown["relations"], json!([]));
    assert_eq!(district.get(&format!("{}/chain", path_of(&of_district))).await.is(200)["above"], json!([]));
    assert_eq!(district.get(&format!("{}/chain", path_of(&open))).await.is(200)["below"], json!([]));
    assert_eq!(district.get(&path_of(&open)).await.is(200)["related_by"], json!([]));
    assert_eq!(numbers(&province.get(&format!("{}/chain", path_of(&of_district))).await.is(200)["above"]).len(), 2);
    // It is not open any more.
    let history = district.get(&format!("{}/history", path_of(&open))).await.is(200);
    assert_eq!(history["items"], json!([]), "entries belong to the area above");
    correct(&province, &open, json!({"is_open_below": false})).await.is(200);
    district.get(&path_of(&open)).await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_in_force_until_another_takes_its_place() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let force = async |document: &Value, on: &str| {
        let shown = officer.get(&format!("{}?on={on}", path_of(document))).await.is(200);
        let listed =
            officer.get(&format!("{DOCUMENTS}?in_force_on={on}&ids={}", document["id"].as_str().unwrap())).await;
        assert_eq!(
            listed.is(200)["items"].as_array().unwrap().len(),
            usize::from(shown["is_in_force"] == true),
            "{on}"
        );
        shown["is_in_force"] == true
    };
    let body = json!({"effective_on": "2021-02-01", "effective_until": "2022-06-30"});
    let first = register(&officer, with(registration("regulation", "325@origin", "2021-01-10"), body)).await;
    for (on, is_in_force) in [("2021-01-31", false), ("2021-02-01", true), ("2022-06-30", true), ("2022-07-01", false)]
    {
        assert_eq!(force(&first, on).await, is_in_force, "{on}");
    }
    let body = json!({"relations": to("replaces", &first), "effective_on": "2022-03-01"});
    let second = register(&officer, with(registration("regulation", "325@origin", "2022-02-10"), body)).await;
    assert!(force(&first, "2022-02-28").await && !force(&first, "2022-03-01").await);
    assert_eq!(officer.get(&path_of(&first)).await.is(200)["ended_on"], "2022-03-01");
    let before = officer.get(&path_of(&first)).await.header("etag").to_owned();

    // Another one repeals it earlier, is corrected to a later day, and withdrawn.
    let third = register(
        &officer,
        with(registration("decision", "325@origin", "2022-01-05"), json!({"relations": to("repeals", &first)})),
    )
    .await;
    assert!(!force(&first, "2022-01-05").await && force(&first, "2022-01-04").await);
    assert_ne!(officer.get(&path_of(&first)).await.header("etag"), before, "what is shown has another tag");
    correct(&officer, &third, json!({"issued_on": "2022-04-05"})).await.is(200);
    assert!(force(&first, "2022-02-28").await && !force(&first, "2022-03-01").await);
    correct(&officer, &second, json!({"withdraw": true, "note": "Ghi nhầm"})).await.is(200);
    assert!(force(&first, "2022-04-04").await && !force(&first, "2022-04-05").await);
    correct(&officer, &third, json!({"relations": to("amends", &first)})).await.is(200);
    assert!(force(&first, "2022-06-30").await);
    correct(&officer, &first, json!({"effective_until": null, "effective_on": null})).await.is(200);
    assert!(force(&first, "2021-01-10").await && force(&first, "2099-01-01").await);
    let gone = officer.get(&path_of(&second)).await.is(200);
    assert_eq!(
        (&gone["status"], &gone["is_in_force"], &gone["relations"]),
        (&json!("withdrawn"), &json!(false), &json!([]))
    );
    assert!(!force(&second, "2022-07-01").await);
    let kinds = officer.get(&format!("{}/history", path_of(&second))).await.is(200);
    assert_eq!(kinds["items"][1]["kind"], "document.withdrawn");
}

#[tokio::test(flavor = "multi_thread")]
async fn relations_lead_back_to_no_document() {
    let app = TestApp::start().await;
    let (province, district) = (app.officer_of("33@origin").await, app.officer_of("325@origin").await);
    let [directive, plan, own] = chain(&province, &district).await;
    let refused = correct(&province, &directive, json!({"relations": to("amends", &own)})).await;
    let problem = refused.faults(&[("/relations/0/document_id", "document_circle")]);
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(own["id"].as_str().unwrap()), "{problem}");
    correct(&province, &plan, json!({"relations": to("rests_on", &plan)}))
        .await
        .faults(&[("/relations/0/document_id", "document_circle")]);
    // What others relate to is not withdrawn.
    let refused = correct(&province, &directive, json!({"withdraw": true})).await;
    let problem = refused.problem(409, "related_documents_remain");
    assert!(problem["detail"].as_str().unwrap().contains('1'), "{problem}");
    // Who reads a document from below ends it not, and corrects it not.
    district
        .post(
            DOCUMENTS,
            with(registration("plan", "325@origin", "2022-02-20"), json!({"relations": to("replaces", &plan)})),
        )
        .await
        .faults(&[("/relations/0/document_id", "document_out_of_reach")]);
    let entry = province.get(&format!("{}/history", path_of(&plan))).await.is(200)["items"][0]["id"].clone();
    district
        .post(CORRECTIONS, json!({"entry_id": entry, "withdraw": true}))
        .await
        .faults(&[("/entry_id", "unknown_entry")]);
    // A document out of sight is none.
    let other = app.officer_of("326@origin").await;
    let hidden = register(&other, registration("plan", "326@origin", "2022-01-20")).await;
    for document in [&hidden, &json!({"id": shared::Id::new()})] {
        district
            .post(
                DOCUMENTS,
                with(registration("plan", "325@origin", "2022-02-20"), json!({"relations": to("amends", document)})),
            )
            .await
            .faults(&[("/relations/0/document_id", "unknown_document")]);
    }
    // The province relates to the district's; the district sees nothing of that, and may not withdraw its own.
    let quiet = register(
        &province,
        with(registration("notice", "33@origin", "2022-03-01"), json!({"relations": to("amends", &own)})),
    )
    .await;
    correct(&district, &own, json!({"withdraw": true})).await.problem(409, "act_out_of_reach");
    correct(&province, &quiet, json!({"withdraw": true})).await.is(200);
    correct(&district, &own, json!({"withdraw": true})).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_at_once_make_no_circle() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    for _ in 0..5 {
        let one = register(&officer, registration("plan", "325@origin", "2022-01-20")).await;
        let other = register(&officer, registration("plan", "325@origin", "2022-01-20")).await;
        let (to_other, to_one) = (json!({"relations": to("amends", &other)}), json!({"relations": to("amends", &one)}));
        let (first, second) = tokio::join!(correct(&officer, &one, to_other), correct(&officer, &other, to_one));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422], "one after the other, whichever comes first");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_about_a_document_is_told_at_once_and_changes_nothing() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let before = app.rows().await;
    let unknown = shared::Id::new();
    let body = json!({"system": "party", "type": "plan", "number": "---", "issued_on": "2022-08-01", "abstract": " ",
        "effective_on": "2022-07-01", "effective_until": "2022-06-01", "signer_office": "\u{200b}", "area": "326@origin",
        "governs": {"from_on": "2022-02-01", "to_on": "2022-01-01"}, "label": "mat", "issuer": "X", "issuing_body_id": unknown,
        "relations": [{"relation": "amends", "document_id": unknown}, {"relation": "amends", "document_id": unknown}],
        "answers": {"x": "y"}});
    officer.post(DOCUMENTS, body).await.faults(&[
        ("/area", "unknown_area"),
        ("/label", "secret_paper_refused"),
        ("/answers", "unknown_value"),
        ("/number", "letter_required"),
        ("/issued_on", "date_in_future"),
        ("/issuer", "one_of_required"),
        ("/abstract", "required"),
        ("/signer_office", "bad_character"),
        ("/effective_on", "before_decision"),
        ("/effective_until", "end_before_beginning"),
        ("/governs/to_on", "end_before_beginning"),
        ("/relations/1/document_id", "repeated_value"),
        ("/issuing_body_id", "unknown_steering_body"),
        ("/relations/0/document_id", "unknown_document"),
        ("/relations/1/document_id", "unknown_document"),
    ]);
    let valid = || registration("plan", "325@origin", "2022-03-01");
    for label in ["mat", "toi_mat", "tuyet_mat"] {
        let refused = officer.post(DOCUMENTS, with(valid(), json!({"label": label}))).await;
        refused.faults(&[("/label", "secret_paper_refused")]);
    }
    officer.post(DOCUMENTS, with(valid(), json!({"label": "khan"}))).await.faults(&[("/label", "unknown_value")]);
    officer.post(DOCUMENTS, with(valid(), json!({"issuer": null}))).await.faults(&[("/issuer", "one_of_required")]);
    officer
        .post(
            DOCUMENTS,
            with(valid(), json!({"abstract": "a".repeat(501), "number": "1".repeat(61), "issuer": "b".repeat(201)})),
        )
        .await
        .faults(&[("/number", "too_long"), ("/issuer", "too_long"), ("/abstract", "too_long")]);
    let many: Vec<Value> = (0..21).map(|_| json!({"relation": "amends", "document_id": shared::Id::new()})).collect();
    let refused =
        officer.post(DOCUMENTS, with(valid(), json!({"relations": many}))).await.problem(422, "invalid_fields");
    assert!(refused.to_string().contains("too_many"), "{refused}");
    assert_eq!(app.rows().await, before, "nothing was changed");

    // Corrections have the same bounds.
    let document = register(&officer, with(valid(), json!({"label": "internal"}))).await;
    assert_eq!(document["label"], "internal");
    correct(&officer, &document, json!({})).await.faults(&[("/withdraw", "nothing_corrected")]);
    correct(&officer, &document, json!({"withdraw": true, "number": "1-KH"}))
        .await
        .faults(&[("/withdraw", "nothing_corrected")]);
    correct(
        &officer,
        &document,
        json!({"label": "tuyet_mat", "number": "-", "issued_on": "2100-12-31", "effective_on": "2022-01-01"}),
    )
    .await
    .faults(&[
        ("/label", "secret_paper_refused"),
        ("/number", "letter_required"),
        ("/issued_on", "date_in_future"),
        ("/effective_on", "before_decision"),
    ]);
    correct(&officer, &document, json!({"label": null, "abstract": "Về việc khác", "number": "9-KH/GĐ"})).await.is(200);
    let shown = officer.get(&path_of(&document)).await.is(200);
    assert_eq!((&shown["label"], &shown["abstract"]), (&json!(null), &json!("Về việc khác")));
    let entry = officer.get(&format!("{}/history", path_of(&document))).await.is(200)["items"][0]["id"].clone();
    officer
        .post(CORRECTIONS, json!({"entry_id": entry, "number": "8-KH"}))
        .await
        .problem(409, "entry_already_corrected");
    // An entry about another record of this service is corrected elsewhere.
    let entry = officer.get(&format!("{}/history", path_of(&document))).await.is(200)["items"][1]["id"].clone();
    officer
        .post("/v1/steering-body-corrections", json!({"entry_id": entry, "withdraw": true}))
        .await
        .faults(&[("/entry_id", "unknown_entry")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_counts_once_for_who_sees_it() {
    let app = TestApp::start().await;
    let (province, district) = (app.officer_of("33@origin").await, app.officer_of("325@origin").await);
    let body = |area: &str, number: &str, on: &str| with(registration("plan", area, on), json!({"number": number}));
    let first = register(&district, body("325@origin", "07-KH/HU", "2022-03-01")).await;
    for number in ["07-KH/HU", "7-kh/hu", " 07 - KH/HU"] {
        let refused = district.post(DOCUMENTS, body("325@origin", number, "2022-03-01")).await;
        let problem = refused.problem(409, "document_recorded");
        assert_eq!(problem["record"]["id"], first["id"], "{number}");
    }
    province.post(DOCUMENTS, body("33@origin", "07-KH/HU", "2022-03-01")).await.problem(409, "document_recorded");
    // Another type, another system, another issuer, another year.
    for change in [
        json!({"type": "programme"}),
        json!({"system": "state"}),
        json!({"issuer": "Ban Thường vụ Huyện ủy Khác (giả định)"}),
        json!({"issued_on": "2021-03-01"}),
    ] {
        register(&district, with(body("325@origin", "07-KH/HU", "2022-03-01"), change)).await;
    }
    // Who does not see it records it too, and learns nothing.
    let other = app.officer_of("326@origin").await;
    register(&other, body("326@origin", "07-KH/HU", "2022-03-01")).await;

    // The same number on another day of the year is asked about.
    let again = body("325@origin", "07-KH/HU", "2022-05-01");
    let asked = district.post(DOCUMENTS, again.clone()).await.problem(409, "needs_answer");
    assert_eq!(asked["warnings"][0]["code"], "document_number_repeated");
    assert!(asked["warnings"][0]["detail"].as_str().unwrap().contains(first["id"].as_str().unwrap()), "{asked}");
    let answered = with(again, json!({"answers": {"document_number_repeated": "Số chèn, ghi trùng trên văn bản"}}));
    let second = register(&district, answered).await;
    // A correction is asked too, and not about what was answered.
    correct(&district, &second, json!({"abstract": "Về việc khác"})).await.is(200);
    correct(&district, &second, json!({"issued_on": "2022-05-02"})).await.problem(409, "needs_answer");
    correct(&district, &second, json!({"issued_on": "2022-03-01"})).await.problem(409, "document_recorded");
    correct(&district, &second, json!({"number": "8-KH/HU", "issued_on": "2022-05-02"})).await.is(200);
    // What was withdrawn does not count.
    correct(&district, &first, json!({"withdraw": true})).await.is(200);
    register(&district, body("325@origin", "7-KH/HU", "2022-03-01")).await;

    // Both warnings at once.
    let late = register(&district, body("325@origin", "20-KH/HU", "2022-06-01")).await;
    register(&district, body("325@origin", "21-KH/HU", "2022-01-10")).await;
    let doubtful = with(body("325@origin", "21-KH/HU", "2022-02-10"), json!({"relations": to("rests_on", &late)}));
    let asked = district.post(DOCUMENTS, doubtful.clone()).await.problem(409, "needs_answer");
    let codes: Vec<&Value> = asked["warnings"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["document_number_repeated", "rests_on_later_document"]);
    let answers = json!({"document_number_repeated": "Trùng số", "rests_on_later_document": "Căn cứ dự thảo"});
    let resting = register(&district, with(doubtful, json!({"answers": answers}))).await;
    // The base is moved to a still later day: that is asked about as well.
    correct(&district, &late, json!({"issued_on": "2022-06-02"})).await.problem(409, "needs_answer");
    let answers = json!({"rests_on_later_document": "Căn cứ dự thảo"});
    correct(&district, &late, json!({"issued_on": "2022-06-02", "answers": answers})).await.is(200);
    correct(&district, &resting, json!({"issued_on": "2022-06-03"})).await.problem(409, "needs_answer");

    // The same request twice, with an id of the caller.
    let id = crate::made_ids::new_id();
    let named = with(body("325@origin", "30-KH/HU", "2022-06-01"), json!({"id": id}));
    assert_eq!(register(&district, named.clone()).await["id"], id);
    assert_eq!(district.post(DOCUMENTS, named).await.is(200)["id"], id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steering_committee_issues_documents_while_it_works() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let committee = officer
        .post("/v1/steering-bodies", establishment("steering_committee", "325@origin", "2022-02-01"))
        .await
        .is(201);
    let body = |on: &str| {
        let issuer = json!({"issuer": null, "issuing_body_id": committee["id"]});
        with(registration("plan", "325@origin", on), issuer)
    };
    officer.post(DOCUMENTS, body("2022-01-31")).await.faults(&[("/issued_on", "steering_body_not_active")]);
    let plan = register(&officer, body("2022-02-01")).await;
    assert_eq!((&plan["issuing_body_id"], &plan["issuer"]), (&committee["id"], &committee["name"]));
    let of_it = format!("{DOCUMENTS}?issuer={}", committee["id"].as_str().unwrap());
    assert_eq!(officer.get(&of_it).await.is(200)["items"].as_array().unwrap().len(), 1);
    let told = officer.get(&format!("{}/history", path_of(&plan))).await.is(200);
    assert_eq!(told["items"][0]["data"]["issuing_body"], committee["id"]);
    let other = app.officer_of("326@origin").await;
    let foreign = with(body("2022-03-01"), json!({"area": "326@origin"}));
    other.post(DOCUMENTS, foreign).await.faults(&[("/issuing_body_id", "unknown_steering_body")]);
    correct(&officer, &plan, json!({"issued_on": "2022-01-31"}))
        .await
        .faults(&[("/issued_on", "steering_body_not_active")]);
    // In whatever order: the committee cannot begin later, end before, or go while it has issued a document.
    let path = format!("/v1/steering-bodies/{}", committee["id"].as_str().unwrap());
    let entry = officer.get(&format!("{path}/history")).await.is(200)["items"][0]["id"].clone();
    for change in [json!({"withdraw": true}), json!({"occurred_on": "2022-02-02"})] {
        let body = with(json!({"entry_id": entry}), change);
        officer.post("/v1/steering-body-corrections", body).await.problem(409, "issued_documents_remain");
    }
    let late = register(&officer, body("2022-05-01")).await;
    let ended = |on: &str| json!({"occurred_on": on, "decision": decision(on)});
    let end = async |on: &str| officer.post(&format!("{path}/endings"), ended(on)).if_match("\"v1\"").await;
    end("2022-05-01").await.problem(409, "issued_documents_remain");
    end("2022-05-02").await.is(200);
    officer.post(DOCUMENTS, body("2022-05-02")).await.faults(&[("/issued_on", "steering_body_not_active")]);
    correct(&officer, &late, json!({"issued_on": "2022-05-02"}))
        .await
        .faults(&[("/issued_on", "steering_body_not_active")]);
    correct(&officer, &plan, json!({"issuer": "Ban Thường vụ Huyện ủy (giả định)", "issued_on": "2022-01-31"}))
        .await
        .is(200);
    assert_eq!(officer.get(&path_of(&plan)).await.is(200)["issuing_body_id"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_chain_is_cut_and_says_so() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let mut documents = vec![register(&officer, registration("plan", "325@origin", "2022-01-20")).await];
    for _ in 0..11 {
        let relations = json!({"relations": to("rests_on", documents.last().unwrap())});
        documents.push(register(&officer, with(registration("plan", "325@origin", "2022-01-20"), relations)).await);
    }
    // A second way to the same document adds no second row.
    let two = json!([to("rests_on", &documents[10])[0], to("implements", &documents[9])[0]]);
    correct(&officer, &documents[11], json!({"relations": two})).await.is(200);
    for (place, direction, count, is_cut) in
        [(11, "above", 11, false), (0, "below", 11, false), (5, "above", 5, false), (5, "below", 6, false)]
    {
        let chain = officer.get(&format!("{}/chain", path_of(&documents[place]))).await.is(200);
        assert_eq!((chain[direction].as_array().unwrap().len(), &chain["is_cut"]), (count, &json!(is_cut)), "{place}");
    }
    // Twelve steps without a shorter way.
    let relations = json!({"relations": to("rests_on", &documents[11])});
    correct(&officer, &documents[11], json!({"relations": to("rests_on", &documents[10])})).await.is(200);
    let last = register(&officer, with(registration("plan", "325@origin", "2022-01-20"), relations)).await;
    let chain = officer.get(&format!("{}/chain", path_of(&last))).await.is(200);
    let above = chain["above"].as_array().unwrap();
    assert_eq!((above.len(), &above[9]["depth"], &chain["is_cut"]), (10, &json!(10), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_for_internal_use_is_there_for_no_portal() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let base = register(&officer, registration("plan", "33@origin", "2022-01-10")).await;
    let inside = json!({"label": "internal", "is_open_below": true, "relations": to("rests_on", &base)});
    let inside = register(&officer, with(registration("report", "33@origin", "2022-02-10"), inside)).await;
    for (role, area, count) in [
        (Role::Portal, "33@origin", 1),
        (Role::Viewer, "33@origin", 1),
        (Role::Viewer, "325@origin", 0),
        (Role::Inspector, "33@origin", 2),
        (Role::Officer, "325@origin", 1),
        (Role::Leader, "33@origin", 2),
    ] {
        let reader = app.be(role, area).await;
        let page = reader.get(&format!("{DOCUMENTS}?count=true")).await.is(200);
        assert_eq!((&page["total"], numbers(&page["items"]).len()), (&json!(count), count), "{role:?} of {area}");
        let reads = ![Role::Portal, Role::Viewer].contains(&role);
        let by_id = reader.get(&format!("{DOCUMENTS}?ids={}", inside["id"].as_str().unwrap())).await.is(200);
        assert_eq!(by_id["items"].as_array().unwrap().len(), usize::from(reads), "{role:?} of {area}");
        for path in [path_of(&inside), format!("{}/chain", path_of(&inside)), format!("{}/history", path_of(&inside))] {
            let answer = reader.get(&path).await;
            if reads {
                answer.is(200)
            } else {
                answer.problem(404, "not_found")
            };
        }
        if area == "33@origin" {
            let chain = reader.get(&format!("{}/chain", path_of(&base))).await.is(200);
            assert_eq!(chain["below"].as_array().unwrap().len(), usize::from(reads), "{role:?}");
            let shown = reader.get(&path_of(&base)).await.is(200).to_string();
            assert_eq!(shown.contains(inside["id"].as_str().unwrap()), reads, "{role:?}");
        }
    }
}
