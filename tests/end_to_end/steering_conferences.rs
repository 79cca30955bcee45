//! Conferences of steering bodies: what they concluded, and the tasks that follow.

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Somebody, TestApp, all_rows};

use crate::steering::{at, establishment};
use crate::steering_documents::registration;

const CONFERENCES: &str = "/v1/conferences";
const CORRECTIONS: &str = "/v1/conference-corrections";

/// An interim review of a body with two conclusions, of which the first gives a task to some bodies.
pub fn conference(body: &Value, receivers: &[Value], on: &str) -> Value {
    let receivers: Vec<Value> = receivers.iter().map(|one| json!({"body_id": one})).collect();
    let task = json!({"title": "Kiện toàn Ban Chỉ đạo (giả định)", "due_on": "2022-09-30", "receivers": receivers});
    json!({"body_id": body, "kind": "interim_review", "title": "Hội nghị sơ kết 6 tháng đầu năm (giả định)", "held_on": on,
        "chair_office": "Phó Bí thư Thường trực, Trưởng Ban Chỉ đạo",
        "participants": [{"office": "Trưởng Ban Tổ chức", "agency": "Ban Tổ chức Tỉnh ủy"}, {"office": "Bí thư Thành ủy"}],
        "agenda": ["Báo cáo kết quả 6 tháng", "Thảo luận khó khăn, vướng mắc"],
        "conclusions": [
            {"number": 1, "text": "Kiện toàn ban chỉ đạo,\nthành lập tổ giúp việc.", "tasks": if receivers.is_empty() { json!([]) } else { json!([task]) }},
            {"number": 2, "text": "Khảo sát, nắm chắc số lượng đảng viên."}]})
}

fn path_of(conference: &Value) -> String {
    format!("{CONFERENCES}/{}", conference["id"].as_str().unwrap())
}

struct Province {
    app: TestApp,
    officer: Somebody,
    districts: [Somebody; 2],
    committee: Value,
    receivers: [Value; 2],
}

impl Province {
    async fn make() -> Self {
        let app = TestApp::start().await;
        let officer = app.be(Role::Officer, "33@origin").await;
        let districts = [app.officer_of("325@origin").await, app.officer_of("326@origin").await];
        let body = at(establishment("steering_committee", "33@origin", "2021-01-10"), "province", "33@origin");
        let committee = officer.post("/v1/steering-bodies", body).await.is(201)["id"].clone();
        let mut receivers = Vec::new();
        for area in ["325@origin", "326@origin"] {
            let body = establishment("steering_committee", area, "2021-03-01");
            receivers.push(officer.post("/v1/steering-bodies", body).await.is(201)["id"].clone());
        }
        Self { app, officer, districts, committee, receivers: receivers.try_into().unwrap() }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conference_gives_tasks_in_the_same_command_and_shows_how_far_they_are() {
    let province = Province::make().await;
    let (officer, [one, other]) = (&province.officer, &province.districts);
    let mut paper = registration("report", "33@origin", "2022-05-20");
    let closed = officer.post("/v1/documents", paper.clone()).await.is(201)["id"].clone();
    (paper["number"], paper["is_open_below"]) = (json!("77-BC/GĐ"), json!(true));
    let open = officer.post("/v1/documents", paper).await.is(201)["id"].clone();
    let before = province.app.heads().await.iter().sum::<i64>();
    let mut body = conference(&province.committee, &province.receivers, "2022-06-01");
    (body["document_ids"], body["is_open_below"]) = (json!([closed, open]), json!(true));
    body["decision"] =
        json!({"number": "12-TB/BCĐ", "decided_on": "2022-06-04", "issuing_body": "Ban Chỉ đạo (giả định)"});
    let held = officer.post(CONFERENCES, body).await.is(201);
    assert_eq!(province.app.heads().await.iter().sum::<i64>() - before, 3, "the conference and two tasks");
    let groups = &held["conclusions"][0]["task_groups"];
    assert_eq!((&groups[0]["counts"], &held["conclusions"][1]["task_groups"]), (&json!({"given": 2}), &json!([])));
    assert_eq!(held["conclusions"][0]["text"], "Kiện toàn ban chỉ đạo,\nthành lập tổ giúp việc.");

    // A district reads the open conference: its own task alone is counted, and the closed document is not named.
    let path = path_of(&held);
    let seen = one.get(&path).await.is(200);
    assert_eq!(
        (&seen["conclusions"][0]["task_groups"][0]["counts"], &seen["document_ids"]),
        (&json!({"given": 1}), &json!([open]))
    );
    let listed = one.get("/v1/tasks").await.is(200);
    let task = &listed["items"][0];
    let task_path = crate::steering_tasks::path_of(task);
    assert_eq!(one.get(&task_path).await.is(200)["about"], json!(path));
    let group = one.get(&format!("/v1/task-groups/{}", task["task_group_id"].as_str().unwrap())).await.is(200);
    assert_eq!((&group["conference_id"], &group["conclusion"]), (&held["id"], &json!(1)));
    let etag = other.get(&path).await.header("etag").to_owned();
    let body = json!({"occurred_on": "2022-06-05", "text": "Đã kiện toàn (giả định)."});
    one.post(&format!("{task_path}/reports"), body).if_match(task["etag"].as_str().unwrap()).await.is(200);
    assert_eq!(one.get(&path).await.is(200)["conclusions"][0]["task_groups"][0]["counts"], json!({"reported": 1}));
    assert_eq!(
        other.get(&path).await.header("etag"),
        etag,
        "another district's report is not seen, nor that there was one"
    );

    // A later task of the second conclusion.
    let mut later = json!({"conclusion": 2, "title": "Khảo sát số đảng viên (giả định)", "given_on": "2022-06-10",
        "due_on": "2022-10-31", "receivers": [{"body_id": province.receivers[1]}]});
    let given = officer.post(&format!("{path}/task-groups"), later.clone()).await.is(201);
    assert_eq!((&given["conference_id"], &given["conclusion"]), (&held["id"], &json!(2)));
    later["conclusion"] = json!(3);
    officer.post(&format!("{path}/task-groups"), later.clone()).await.faults(&[("/conclusion", "unknown_conclusion")]);
    (later["conclusion"], later["given_on"]) = (json!(2), json!("2022-05-31"));
    officer.post(&format!("{path}/task-groups"), later.clone()).await.problem(409, "given_before_conference");
    one.post(&format!("{path}/task-groups"), later).await.problem(404, "not_found");

    // Lists, by day and body.
    let body_id = province.committee.as_str().unwrap();
    for (query, count) in [
        ("", 1),
        ("kind=interim_review&held_from=2022-06-01&held_to=2022-06-01", 1),
        (&*format!("body={body_id}&status=held"), 1),
        ("kind=final_review", 0),
        ("held_from=2022-06-02", 0),
        ("held_to=2022-05-31", 0),
        ("status=withdrawn", 0),
    ] {
        let listed = one.get(&format!("{CONFERENCES}?count=true&{query}")).await.is(200);
        assert_eq!((listed["items"].as_array().unwrap().len(), &listed["total"]), (count, &json!(count)), "{query}");
    }
    let history = officer.get(&format!("{path}/history")).await.is(200);
    assert_eq!(
        (&history["items"][0]["kind"], &history["items"][0]["data"]["conclusions"]),
        (&json!("conference.held"), &json!(2))
    );
    assert!(!history.to_string().contains("Bí thư") && !history.to_string().contains("giúp việc"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conference_that_is_not_open_below_is_there_for_nobody_below() {
    let province = Province::make().await;
    let held = province.officer.post(CONFERENCES, conference(&province.committee, &[], "2022-06-01")).await.is(201);
    for district in &province.districts {
        district.get(&path_of(&held)).await.problem(404, "not_found");
        district.get(&format!("{}/history", path_of(&held))).await.problem(404, "not_found");
        assert_eq!(district.get(&format!("{CONFERENCES}?count=true")).await.is(200)["total"], 0);
    }
    let opened = json!({"entry_id": entry_of(&province.officer, &held).await, "is_open_below": true});
    province.officer.post(CORRECTIONS, opened).await.is(200);
    province.districts[0].get(&path_of(&held)).await.is(200);
    // A viewer reads committees and no conferences.
    let viewer = province.app.be(Role::Viewer, "33@origin").await;
    viewer.get(CONFERENCES).await.problem(403, "insufficient_scope");
}

async fn entry_of(somebody: &Somebody, conference: &Value) -> Value {
    let history = somebody.get(&format!("{}/history", path_of(conference))).await.is(200);
    history["items"].as_array().unwrap().last().unwrap()["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conference_stands_as_long_as_tasks_follow_from_it() {
    let province = Province::make().await;
    let officer = &province.officer;
    let held =
        officer.post(CONFERENCES, conference(&province.committee, &province.receivers, "2022-06-01")).await.is(201);
    let correct = async |change: Value| {
        let mut body = json!({"entry_id": entry_of(officer, &held).await});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        officer.post(CORRECTIONS, body).await
    };
    let refused = correct(json!({"withdraw": true})).await.problem(409, "tasks_remain");
    assert!(refused["detail"].as_str().unwrap().contains('2'), "{refused}");
    correct(json!({"held_on": "2022-06-02"})).await.problem(409, "tasks_remain");
    correct(json!({"conclusions": [{"number": 2, "text": "Chỉ còn một kết luận."}]}))
        .await
        .problem(409, "tasks_remain");
    correct(json!({"withdraw": true, "title": "x"})).await.faults(&[("/withdraw", "nothing_corrected")]);
    correct(json!({"document_ids": [shared::Id::new()]})).await.faults(&[("/document_ids/0", "unknown_document")]);
    let changed = json!({"held_on": "2022-05-31", "agenda": [], "note": "Theo biên bản",
        "conclusions": [{"number": 1, "text": "Kiện toàn."}, {"number": 3, "text": "Kiểm tra, giám sát."}]});
    correct(changed).await.is(200);
    let now = officer.get(&path_of(&held)).await.is(200);
    assert_eq!((&now["held_on"], &now["agenda"]), (&json!("2022-05-31"), &json!([])));
    assert_eq!((&now["conclusions"][0]["text"], &now["conclusions"][1]["number"]), (&json!("Kiện toàn."), &json!(3)));

    let tasks = officer.get("/v1/tasks").await.is(200);
    for task in tasks["items"].as_array().unwrap() {
        let body = json!({"occurred_on": "2022-06-02", "reason": "Giao nhầm hội nghị"});
        let path = format!("{}/cancellations", crate::steering_tasks::path_of(task));
        officer.post(&path, body).if_match(task["etag"].as_str().unwrap()).await.is(200);
    }
    // A task that was cancelled does not come back once the conference is gone, nor before its day.
    let history = officer.get(&format!("{}/history", crate::steering_tasks::path_of(&tasks["items"][0]))).await.is(200);
    let of_task = |place: usize, change: Value| {
        let mut body = json!({"entry_id": history["items"][place]["id"]});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        officer.post("/v1/task-corrections", body)
    };
    // A cancelled task keeps its conclusion and its day, since it may come back.
    correct(json!({"conclusions": [{"number": 3, "text": "Kiểm tra."}]})).await.problem(409, "tasks_remain");
    of_task(0, json!({"occurred_on": "2022-05-30", "decision": tests::decision("2022-05-30")}))
        .await
        .problem(409, "given_before_conference");
    correct(json!({"withdraw": true})).await.is(200);
    of_task(1, json!({"withdraw": true})).await.problem(409, "conference_withdrawn");
    let gone = officer.get(&path_of(&held)).await.is(200);
    assert_eq!((&gone["status"], &gone["conclusions"]), (&json!("withdrawn"), &json!([])));
    let later = json!({"conclusion": 1, "title": "x", "given_on": "2022-06-10", "due_on": "2022-10-31",
        "receivers": [{"body_id": province.receivers[0]}]});
    officer.post(&format!("{}/task-groups", path_of(&held)), later).await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_about_a_conference_and_its_tasks_is_told_at_once_and_changes_nothing() {
    let province = Province::make().await;
    let officer = &province.officer;
    let before = all_rows(&province.app.system.steering.db).await;
    let nobody = shared::Id::new();
    let mut body = conference(&json!(nobody), &[], "2022-07-01");
    body["chair_office"] = json!("--");
    body["participants"] = json!([{"office": ""}]);
    body["agenda"] = json!(["\u{200b}"]);
    body["document_ids"] = json!([nobody, nobody]);
    body["conclusions"] = json!([{"number": 0, "text": "x"}, {"number": 2, "text": " "}, {"number": 2, "text": "y"}]);
    body["decision"] = json!({"number": "1", "decided_on": "2022-06-01", "issuing_body": "Ban"});
    officer.post(CONFERENCES, body).await.faults(&[
        ("/body_id", "unknown_steering_body"),
        ("/held_on", "date_in_future"),
        ("/decision/decided_on", "notice_before_conference"),
        ("/chair_office", "letter_required"),
        ("/participants/0/office", "required"),
        ("/agenda/0", "bad_character"),
        ("/conclusions/0/number", "too_small"),
        ("/conclusions/1/text", "required"),
        ("/conclusions/2/number", "repeated_value"),
        ("/document_ids/1", "repeated_value"),
        ("/document_ids/0", "unknown_document"),
        ("/document_ids/1", "unknown_document"),
    ]);
    // The second of two tasks is wrong: neither is given, and no conference is there.
    let mut body = conference(&province.committee, &province.receivers, "2022-06-01");
    body["conclusions"][1]["tasks"] =
        json!([{"title": "x", "due_on": "2022-05-31", "receivers": [{"body_id": nobody}]}]);
    officer.post(CONFERENCES, body.clone()).await.faults(&[
        ("/conclusions/1/tasks/0/receivers/0/body_id", "unknown_steering_body"),
        ("/conclusions/1/tasks/0/due_on", "end_before_beginning"),
    ]);
    let task = json!({"title": "x", "due_on": "2022-08-01", "receivers": [{"body_id": province.receivers[0]}]});
    body["conclusions"][1]["tasks"] = json!(vec![task; 21]);
    officer.post(CONFERENCES, body).await.faults(&[("/conclusions/1/tasks", "too_many")]);
    province.districts[0]
        .post(CONFERENCES, conference(&province.committee, &[], "2022-06-01"))
        .await
        .faults(&[("/body_id", "unknown_steering_body")]);
    assert_eq!(all_rows(&province.app.system.steering.db).await, before);
}

/// What a conference holds that the caller does not see stays, and is not told.
#[tokio::test(flavor = "multi_thread")]
async fn a_correction_keeps_what_its_caller_does_not_see() {
    let province = Province::make().await;
    let paper = async |area: &str, on: &str| {
        province.officer.post("/v1/documents", registration("report", area, on)).await.is(201)["id"].clone()
    };
    let (near, far) = (paper("325@origin", "2022-05-10").await, paper("326@origin", "2022-05-11").await);
    let mut body = conference(&province.receivers[0], &[province.receivers[1].clone()], "2022-06-01");
    body["document_ids"] = json!([near, far]);
    let held = province.officer.post(CONFERENCES, body).await.is(201);
    let [one, _] = &province.districts;
    let seen = one.get(&path_of(&held)).await;
    let etag = seen.header("etag").to_owned();
    assert_eq!(seen.is(200)["document_ids"], json!([near]));
    let history = one.get(&format!("{}/history", path_of(&held))).await.is(200);
    assert!(!history.to_string().contains(far.as_str().unwrap()), "the journal names no document");

    let mut entry = entry_of(one, &held).await;
    for change in [json!({"title": "Họp (giả định)"}), json!({"document_ids": []}), json!({"document_ids": [near]})]
    {
        let mut body = json!({"entry_id": entry});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        entry = one.post(CORRECTIONS, body).await.is(200)["entry_id"].clone();
        let all = province.officer.get(&path_of(&held)).await.is(200)["document_ids"].clone();
        assert!(all.as_array().unwrap().contains(&far), "{change}: {all}");
    }
    // The task of the other district hangs on it, which this one is not told.
    one.post(CORRECTIONS, json!({"entry_id": entry, "withdraw": true})).await.problem(409, "act_out_of_reach");
    // What is shown of it changes with its documents, which are recorded apart.
    let of_near = province.officer.get(&format!("/v1/documents/{}/history", near.as_str().unwrap())).await.is(200);
    let gone = json!({"entry_id": of_near["items"][0]["id"], "withdraw": true});
    province.officer.post("/v1/document-corrections", gone).await.is(200);
    let now = one.get(&path_of(&held)).await;
    assert_ne!(now.header("etag"), etag);
    assert_eq!(now.is(200)["document_ids"], json!([]));
    one.post(CORRECTIONS, json!({"entry_id": entry, "title": "Hội nghị (giả định)"})).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_gives_a_thousand_tasks_at_most() {
    let province = Province::make().await;
    let mut body = conference(&province.committee, &[], "2022-06-01");
    let receivers: Vec<Value> = (0..51).map(|_| json!({"body_id": province.receivers[0]})).collect();
    let task = json!({"title": "x", "due_on": "2022-08-01", "receivers": receivers});
    body["conclusions"][0]["tasks"] = json!(vec![task; 20]);
    province.officer.post(CONFERENCES, body).await.faults(&[("/conclusions", "too_many")]);
}

/// More than a first step reads of one area, among several areas: the page goes on where its own seek stopped.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_by_day_goes_on_in_one_of_several_areas() {
    let province = Province::make().await;
    for day in 1..=20 {
        let body = registration("report", "325@origin", &format!("2022-05-{day:02}"));
        province.officer.post("/v1/documents", body).await.is(201);
    }
    for (somebody, count) in [(&province.officer, 20), (&province.districts[0], 20), (&province.districts[1], 0)] {
        for query in ["", "?limit=18", "?area=325@origin"] {
            let (mut days, mut path) = (Vec::new(), format!("/v1/documents{query}"));
            if count == 0 && query.contains("area") {
                continue;
            }
            loop {
                let page = somebody.get(&path).await.is(200);
                days.extend(
                    page["items"].as_array().unwrap().iter().map(|one| one["issued_on"].as_str().unwrap().to_owned()),
                );
                let Some(next) = page["next"].as_str() else { break };
                let sign = if query.is_empty() { '?' } else { '&' };
                path = format!("/v1/documents{query}{sign}cursor={next}");
            }
            let mut sorted = days.clone();
            sorted.sort_by(|one, other| other.cmp(one));
            assert_eq!((days.len(), &days), (count, &sorted), "{query}");
        }
    }
}
