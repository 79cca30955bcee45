//! Tasks that steering bodies give, what their receivers report, and who is done.

use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use shared::access::Role;
use tests::{Answer, Somebody, TestApp, all_rows, decision};

use crate::steering::{at, establishment, team_of};

const GROUPS: &str = "/v1/task-groups";
const CORRECTIONS: &str = "/v1/task-corrections";

/// A task from a body to others, each a body or a body with a seat.
pub fn task(giver: &Value, receivers: &[Value], on: &str, due_on: &str) -> Value {
    let receivers: Vec<Value> =
        receivers.iter().map(|one| if one.is_object() { one.clone() } else { json!({"body_id": one}) }).collect();
    json!({"giver_id": giver, "title": "Kiện toàn Ban Chỉ đạo, thành lập tổ giúp việc (giả định)", "given_on": on,
        "due_on": due_on, "decision": decision(on), "receivers": receivers})
}

pub fn path_of(task: &Value) -> String {
    format!("/v1/tasks/{}", task["id"].as_str().unwrap())
}

/// Records an act on a task as it stands.
async fn act(somebody: &Somebody, task: &Value, what: &str, body: Value) -> Answer {
    let path = path_of(task);
    let etag = somebody.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    somebody.post(&format!("{path}/{what}"), body).if_match(&etag).await
}

fn on(day: &str) -> Value {
    json!({"occurred_on": day})
}

fn report(day: &str) -> Value {
    json!({"occurred_on": day, "text": "Đã thành lập tổ giúp việc.\n\nĐã phân công từng thành viên."})
}

/// A province's committee, those of two districts, and somebody who acts for each.
struct Province {
    app: TestApp,
    leader: Somebody,
    officers: [Somebody; 2],
    committee: Value,
    districts: [Value; 2],
}

impl Province {
    async fn make() -> Self {
        let app = TestApp::start().await;
        let officer = app.be(Role::Officer, "33@origin").await;
        let leader = app.be(Role::Leader, "33@origin").await;
        let officers = [app.officer_of("325@origin").await, app.officer_of("326@origin").await];
        let body = at(establishment("steering_committee", "33@origin", "2021-01-10"), "province", "33@origin");
        let committee = officer.post("/v1/steering-bodies", body).await.is(201);
        let mut districts = Vec::new();
        for area in ["325@origin", "326@origin"] {
            let body = establishment("steering_committee", area, "2021-03-01");
            districts.push(officer.post("/v1/steering-bodies", body).await.is(201));
        }
        Self { app, leader, officers, committee, districts: districts.try_into().unwrap() }
    }

    /// A task to both districts, due at the end of August, and the task of each.
    async fn give(&self) -> (Value, Value, Value) {
        let receivers = [self.districts[0]["id"].clone(), self.districts[1]["id"].clone()];
        let body = task(&self.committee["id"], &receivers, "2022-06-01", "2022-08-31");
        let group = self.leader.post(GROUPS, body).await.is(201);
        let of = |district: &Value| {
            let tasks = group["tasks"].as_array().unwrap();
            tasks.iter().find(|task| task["receiver_id"] == district["id"]).unwrap().clone()
        };
        (group.clone(), of(&self.districts[0]), of(&self.districts[1]))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_goes_to_several_bodies_and_each_reports_for_itself() {
    let province = Province::make().await;
    let (group, one, other) = province.give().await;
    let [first, _] = &province.officers;
    assert_eq!((&group["counts"], &group["overdue_count"]), (&json!({"given": 2}), &json!(0)));

    // Each district sees its own task, and of the group its own row.
    let listed = first.get("/v1/tasks").await.is(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["area"]), (&one["id"], &json!("325@origin")));
    let path = format!("{GROUPS}/{}", group["id"].as_str().unwrap());
    let shown = first.get(&path).await.is(200);
    assert_eq!((&shown["counts"], shown["tasks"].as_array().unwrap().len()), (&json!({"given": 1}), 1));
    first.get(&path_of(&other)).await.problem(404, "not_found");
    first.get(&format!("{}/history", path_of(&other))).await.problem(404, "not_found");
    assert_eq!(first.get("/v1/tasks?count=true").await.is(200)["total"], 1);
    let counted =
        first.get(&format!("/v1/tasks?count=true&task_group={}", group["id"].as_str().unwrap())).await.is(200);
    assert_eq!(counted["total"], 1, "another district's task is not counted either");

    act(first, &one, "acknowledgements", on("2022-06-02")).await.is(200);
    act(first, &one, "starts", on("2022-06-05")).await.is(200);
    let reported = act(first, &one, "reports", report("2022-06-12")).await.is(200);
    assert_eq!(reported["status"], "reported");
    assert_eq!(reported["reports"][0]["text"], "Đã thành lập tổ giúp việc.\nĐã phân công từng thành viên.");

    // The giver returns it with a reason, and accepts the next report.
    let returned = json!({"occurred_on": "2022-06-13", "reason": "Chưa nêu số thành viên."});
    act(first, &one, "returns", returned.clone()).await.problem(403, "not_giver");
    let back = act(&province.leader, &one, "returns", returned).await.is(200);
    assert_eq!((&back["status"], &back["reports"][0]["returned_on"]), (&json!("returned"), &json!("2022-06-13")));
    act(first, &one, "reports", report("2022-06-15")).await.is(200);
    let done = act(&province.leader, &one, "acceptances", on("2022-06-16")).await.is(200);
    assert_eq!((&done["status"], &done["done_on"]), (&json!("done"), &json!("2022-06-16")));
    act(&province.leader, &one, "cancellations", json!({"occurred_on": "2022-06-17", "reason": "Giao lại"}))
        .await
        .problem(409, "task_not_in_state");

    // The other district never answers: overdue is told by the day, and nothing is stored.
    let row = |page: &Value| page["items"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    assert_eq!(row(&province.leader.get("/v1/tasks?overdue=true").await.is(200)), [] as [Value; 0]);
    let etag = province.leader.get(&path).await.header("etag").to_owned();
    // The last second of the due day in Viet Nam, and the next one.
    let at = async |instant: &str| {
        province.app.clock.set(instant.parse().unwrap());
        let leader = province.app.be(Role::Leader, "33@origin").await;
        let rows = row(&leader.get("/v1/tasks?overdue=true").await.is(200));
        (leader, rows)
    };
    assert_eq!(at("2022-08-31T16:59:59Z").await.1, [] as [Value; 0]);
    let (leader, rows) = at("2022-08-31T17:00:00Z").await;
    assert_eq!(rows, [other["id"].clone()]);
    let after = leader.get(&path).await;
    assert_ne!(after.header("etag"), etag, "what is shown changes with the day");
    assert_eq!(after.is(200)["overdue_count"], 1);
    let longer = json!({"occurred_on": "2022-09-01", "due_on": "2022-09-30", "decision": decision("2022-09-01")});
    act(&leader, &other, "extensions", longer).await.is(200);
    assert_eq!(row(&leader.get("/v1/tasks?overdue=true").await.is(200)), [] as [Value; 0]);
    assert_eq!(
        row(&leader.get("/v1/tasks?due_from=2022-09-01&due_to=2022-09-30").await.is(200)),
        [other["id"].clone()]
    );
    assert_eq!(row(&leader.get("/v1/tasks?status=done").await.is(200)), [one["id"].clone()]);
    assert_eq!(leader.get("/v1/tasks?sort=-updated_at&limit=1").await.is(200)["items"][0]["id"], other["id"]);
    leader.get("/v1/tasks?sort=name").await.faults(&[("sort", "unknown_value")]);

    // The journal tells states and no text.
    let history = leader.get(&format!("{}/history", path_of(&one))).await.is(200);
    let kinds: Vec<&str> =
        history["items"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "task.given",
            "task.acknowledged",
            "task.started",
            "task.reported",
            "task.returned",
            "task.reported",
            "task.accepted"
        ]
    );
    let text = history.to_string();
    assert!(!text.contains("giúp việc") && !text.contains("thành viên"), "no text is in the journal: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_recorded_a_report_does_not_accept_it_nor_does_who_puts_it_right() {
    let province = Province::make().await;
    let (_, one, _) = province.give().await;
    let leader = &province.leader;
    act(leader, &one, "reports", report("2022-06-10")).await.is(200);
    act(leader, &one, "acceptances", on("2022-06-11")).await.problem(403, "own_report");
    let again = json!({"occurred_on": "2022-06-11", "reason": "Báo cáo chưa đủ."});
    act(leader, &one, "returns", again).await.problem(403, "own_report");
    let other = province.app.be(Role::Leader, "33@origin").await;
    act(&other, &one, "acceptances", on("2022-06-11")).await.is(200);

    // Who accepted the report cannot put it right afterwards: then both would be one person's.
    let history = other.get(&format!("{}/history", path_of(&one))).await.is(200);
    let entry = |place: usize| history["items"][place]["id"].clone();
    let corrected = json!({"entry_id": entry(1), "text": "Đã làm xong."});
    // Nor can the one who reported, whose words were accepted, nor does that one take the acceptance back.
    for somebody in [&other, leader] {
        somebody.post(CORRECTIONS, corrected.clone()).await.problem(409, "report_judged");
        let gone = json!({"entry_id": entry(1), "withdraw": true});
        somebody.post(CORRECTIONS, gone).await.problem(409, "report_judged");
    }
    leader.post(CORRECTIONS, json!({"entry_id": entry(2), "withdraw": true})).await.problem(403, "own_report");
    leader
        .post(CORRECTIONS, json!({"entry_id": entry(2), "occurred_on": "2022-06-12"}))
        .await
        .problem(403, "own_report");
    // A later due day is not recorded for an earlier one, which would put in time what came late.
    let late = json!({"occurred_on": "2022-06-10", "due_on": "2022-12-31"});
    act(&other, &one, "extensions", late).await.problem(409, "task_not_in_state");
    // A task is not done without a report.
    leader
        .post(CORRECTIONS, json!({"entry_id": entry(2), "occurred_on": "2022-06-09"}))
        .await
        .problem(409, "task_not_in_state");
    leader.post(CORRECTIONS, json!({"entry_id": entry(0), "withdraw": true})).await.problem(409, "acts_in_the_way");
    other.post(CORRECTIONS, json!({"entry_id": entry(2), "withdraw": true, "note": "Chấp nhận nhầm"})).await.is(200);
    let open = other.get(&path_of(&one)).await.is(200);
    assert_eq!((&open["status"], &open["done_on"]), (&json!("reported"), &Value::Null));
    // Now the report can be put right, and who put it right does not accept it either.
    other.post(CORRECTIONS, json!({"entry_id": entry(1), "text": "Đã làm xong."})).await.is(200);
    assert_eq!(leader.get(&path_of(&one)).await.is(200)["reports"][0]["text"], "Đã làm xong.");
    act(&other, &one, "acceptances", on("2022-06-11")).await.problem(403, "own_report");
    // A return is withdrawn by somebody else than the one who reported.
    let third = province.app.be(Role::Leader, "33@origin").await;
    act(&third, &one, "returns", json!({"occurred_on": "2022-06-11", "reason": "Chưa đủ."})).await.is(200);
    let history = leader.get(&format!("{}/history", path_of(&one))).await.is(200);
    let returned = history["items"].as_array().unwrap().last().unwrap()["id"].clone();
    leader.post(CORRECTIONS, json!({"entry_id": returned, "withdraw": true})).await.problem(403, "own_report");
    third.post(CORRECTIONS, json!({"entry_id": returned, "withdraw": true})).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_about_a_task_is_told_at_once_and_changes_nothing() {
    let province = Province::make().await;
    let (leader, [first, _]) = (&province.leader, &province.officers);
    let before = all_rows(&province.app.system.steering.db).await;
    let [district, _] = &province.districts;
    let empty = &district["seats"][1]["id"];
    let nobody = shared::Id::new();
    let receivers = [
        json!({"body_id": district["id"], "seat_id": empty}),
        json!({"body_id": nobody}),
        json!({"body_id": district["id"], "seat_id": nobody}),
        json!({"body_id": district["id"], "seat_id": empty}),
    ];
    let mut body = task(&nobody.to_string().into(), &receivers, "2022-06-01", "2022-05-31");
    (body["title"], body["details"], body["about"]) = (json!("--"), json!("\u{200b}"), json!("https://example.vn"));
    body["decision"] = decision("2022-06-02");
    leader.post(GROUPS, body).await.faults(&[
        ("/giver_id", "unknown_steering_body"),
        ("/receivers/0/seat_id", "seat_not_held"),
        ("/receivers/1/body_id", "unknown_steering_body"),
        ("/receivers/2/seat_id", "unknown_seat"),
        ("/receivers/3", "repeated_value"),
        ("/receivers/3/seat_id", "seat_not_held"),
        ("/given_on", "before_decision"),
        ("/title", "letter_required"),
        ("/details", "bad_character"),
        ("/about", "bad_format"),
        ("/due_on", "end_before_beginning"),
    ]);
    let with = |change: Value| {
        let mut body = task(&province.committee["id"], &[district["id"].clone()], "2022-06-01", "2022-06-20");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    leader.post(GROUPS, with(json!({"receivers": []}))).await.faults(&[("/receivers", "required")]);
    let many: Vec<Value> = (0..201).map(|_| json!({"body_id": shared::Id::new()})).collect();
    leader.post(GROUPS, with(json!({"receivers": many}))).await.faults(&[("/receivers", "too_many")]);
    let early = json!({"given_on": "2021-01-09", "decision": null});
    leader
        .post(GROUPS, with(early))
        .await
        .faults(&[("/giver_id", "steering_body_not_active"), ("/receivers/0/body_id", "steering_body_not_active")]);
    let late = json!({"given_on": "2022-07-16", "due_on": "2022-08-01"});
    leader.post(GROUPS, with(late)).await.faults(&[("/given_on", "date_in_future")]);
    leader.post(GROUPS, with(json!({"title": "x".repeat(301)}))).await.faults(&[("/title", "too_long")]);
    leader.post(GROUPS, with(json!({"details": "x\n".repeat(2001)}))).await.faults(&[("/details", "too_long")]);
    // A district gives nothing in the province's name, and the answer is that of a body that is not there.
    first.post(GROUPS, with(json!({}))).await.faults(&[("/giver_id", "unknown_steering_body")]);
    let viewer = province.app.be(Role::Viewer, "33@origin").await;
    viewer.get("/v1/tasks").await.problem(403, "insufficient_scope");
    assert_eq!(all_rows(&province.app.system.steering.db).await, before);

    let (_, one, _) = province.give().await;
    act(first, &one, "reports", json!({"occurred_on": "2022-06-10", "text": " \n "}))
        .await
        .faults(&[("/text", "required")]);
    act(first, &one, "reports", report("2022-07-16")).await.faults(&[("/occurred_on", "date_in_future")]);
    act(first, &one, "reports", report("2022-05-31")).await.problem(409, "task_not_in_state");
    let cancelled = json!({"occurred_on": "2022-06-10", "reason": "Giao nhầm"});
    act(leader, &one, "cancellations", cancelled).await.is(200);
    act(first, &one, "reports", report("2022-06-11")).await.problem(409, "task_not_in_state");
    act(first, &one, "acknowledgements", on("2022-06-10")).await.is(200);
    let history = leader.get(&format!("{}/history", path_of(&one))).await.is(200);
    let entry = |place: usize| history["items"][place]["id"].clone();
    leader
        .post(CORRECTIONS, json!({"entry_id": entry(1), "text": "x", "due_on": "2022-06-30"}))
        .await
        .faults(&[("/due_on", "not_correctable"), ("/text", "not_correctable")]);
    leader.post(CORRECTIONS, json!({"entry_id": entry(1)})).await.faults(&[("/withdraw", "nothing_corrected")]);
    first.post(CORRECTIONS, json!({"entry_id": entry(1), "withdraw": true})).await.problem(403, "not_giver");
    let stale = first.post(&format!("{}/reports", path_of(&one)), report("2022-06-09")).if_match("\"v1\"").await;
    stale.problem(412, "stale_version");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_is_charged_only_while_somebody_holds_it() {
    let province = Province::make().await;
    let [district, _] = &province.districts;
    let team = province.officers[0].post("/v1/steering-bodies", team_of(&district["id"], "2022-02-01")).await.is(201);
    let head = json!({"body_id": team["id"], "seat_id": team["seats"][0]["id"]});
    let body = task(&district["id"], &[head.clone(), district["id"].clone()], "2022-03-01", "2022-04-30");
    let group = province.officers[0].post(GROUPS, body).await.is(201);
    assert_eq!(group["tasks"].as_array().unwrap().len(), 2);
    let of_team =
        province.officers[0].get(&format!("/v1/tasks?receiver={}", team["id"].as_str().unwrap())).await.is(200);
    let decided = province.officers[0].get(&path_of(&of_team["items"][0])).await.is(200);
    assert_eq!(decided["decision"], decision("2022-03-01"), "the decision of the giving is shown");
    assert_eq!(of_team["items"][0]["seat_id"], team["seats"][0]["id"]);
    // Before the team was there, nobody held the seat.
    let early = task(&district["id"], &[head], "2022-01-31", "2022-04-30");
    province.officers[0]
        .post(GROUPS, early)
        .await
        .faults(&[("/receivers/0/body_id", "steering_body_not_active"), ("/receivers/0/seat_id", "unknown_seat")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_says_who_has_to_act() {
    let province = Province::make().await;
    let (leader, [first, _]) = (&province.leader, &province.officers);
    let (_, one, other) = province.give().await;
    let until = "/v1/due/steering?until=2022-08-31";
    let shown = async |somebody: &Somebody, path: &str| {
        let page = somebody.get(path).await.is(200);
        let item = |item: &Value| {
            (item["kind"].as_str().unwrap().to_owned(), item["subject"].clone(), item["body_id"].clone())
        };
        page["items"].as_array().unwrap().iter().map(item).collect::<Vec<_>>()
    };
    let of = |kind: &str, task: &Value, body: &Value| (kind.to_owned(), json!(path_of(task)), body.clone());
    let (giver, [near, far]) = (&province.committee["id"], &province.districts);
    // By the end of this month nothing is due.
    assert_eq!(shown(leader, "/v1/due/steering").await, []);
    let mut both = vec![of("task", &one, &near["id"]), of("task", &other, &far["id"])];
    both.sort_by_key(|(_, subject, _)| subject.as_str().unwrap().to_owned());
    assert_eq!(shown(leader, until).await, both);
    assert_eq!(shown(first, until).await, [of("task", &one, &near["id"])]);
    // One page after the other, and each body alone.
    let page = leader.get(&format!("{until}&limit=1")).await.is(200);
    let rest = format!("{until}&limit=1&cursor={}", page["next"].as_str().unwrap());
    assert_eq!(shown(leader, &rest).await, both[1..]);
    let of_far = format!("{until}&body={}", far["id"].as_str().unwrap());
    assert_eq!(shown(leader, &of_far).await, [of("task", &other, &far["id"])]);

    act(first, &one, "reports", report("2022-06-10")).await.is(200);
    assert_eq!(shown(first, until).await, [of("report_to_judge", &one, giver)]);
    // The far committee ends, and its task is left.
    let body = json!({"occurred_on": "2022-06-20", "decision": decision("2022-06-20")});
    let path = format!("/v1/steering-bodies/{}/endings", far["id"].as_str().unwrap());
    province.officers[1].post(&path, body).if_match(far["etag"].as_str().unwrap()).await.is(200);
    assert!(shown(leader, until).await.contains(&of("task_to_hand_over", &other, giver)));
    // A term that ends is due too, and tells the day.
    let mut body = establishment("steering_committee", "327@origin", "2021-03-01");
    body["term_ends_on"] = json!("2022-06-15");
    let ending = province.app.be(Role::Officer, "33@origin").await.post("/v1/steering-bodies", body).await.is(201);
    let due = leader.get("/v1/due/steering").await.is(200);
    let item = &due["items"][0];
    assert_eq!((&item["kind"], &item["body_id"], &item["is_overdue"]), (&json!("term"), &ending["id"], &json!(true)));
    leader.get("/v1/due/steering?cursor=x").await.problem(400, "bad_cursor");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_work_on_the_days_of_their_tasks_whatever_is_corrected_first() {
    let province = Province::make().await;
    let (leader, [first, _], [district, _]) = (&province.leader, &province.officers, &province.districts);
    let seat = json!({"body_id": district["id"], "seat_id": district["seats"][0]["id"]});
    let body = task(&province.committee["id"], &[seat], "2022-06-01", "2022-08-31");
    let given = leader.post(GROUPS, body).await.is(201)["tasks"][0].clone();
    let conference = json!({"body_id": district["id"], "kind": "meeting", "title": "Họp (giả định)", "held_on": "2021-04-01",
        "chair_office": "Bí thư Huyện ủy"});
    let held = first.post("/v1/conferences", conference).await.is(201);
    let path = format!("/v1/steering-bodies/{}", district["id"].as_str().unwrap());
    let change = async |what: &str, body: Value| {
        let etag = first.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
        first.post(&format!("{path}/{what}"), body).if_match(&etag).await
    };
    // The body: later, withdrawn, ended before the task; and the seat left before it.
    let history = first.get(&format!("{path}/history")).await.is(200);
    let correct = async |fields: Value| {
        let mut body = json!({"entry_id": history["items"][0]["id"]});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        first.post("/v1/steering-body-corrections", body).await
    };
    let refused = correct(json!({"occurred_on": "2021-04-02"})).await.problem(409, "work_remains");
    assert!(refused["detail"].as_str().unwrap().contains("2021-04-01"), "{refused}");
    correct(json!({"withdraw": true})).await.problem(409, "work_remains");
    let ended = json!({"occurred_on": "2022-06-01", "decision": decision("2022-06-01")});
    change("endings", ended).await.problem(409, "work_remains");
    let left = json!({"occurred_on": "2022-05-31", "decision": decision("2022-05-31"),
        "changed_seats": [{"seat_id": district["seats"][0]["id"], "reason": "retired"}]});
    change("reconstitutions", left).await.problem(409, "work_remains");
    // The other way round: the task, and the conference, to a day without the body.
    let entry = async |path: &str| leader.get(&format!("{path}/history")).await.is(200)["items"][0]["id"].clone();
    let early = json!({"entry_id": entry(&path_of(&given)).await, "occurred_on": "2021-02-01", "decision": decision("2021-02-01")});
    leader.post(CORRECTIONS, early).await.problem(409, "steering_body_not_active");
    let of_conference = entry(&format!("/v1/conferences/{}", held["id"].as_str().unwrap())).await;
    let early = json!({"entry_id": of_conference, "held_on": "2021-02-28"});
    first.post("/v1/conference-corrections", early).await.problem(409, "steering_body_not_active");
    // A day later the seat may be left, and the body may end.
    let left = json!({"occurred_on": "2022-06-02", "decision": decision("2022-06-02"),
        "changed_seats": [{"seat_id": district["seats"][0]["id"], "reason": "retired"}]});
    change("reconstitutions", left).await.is(200);
    let moved = json!({"entry_id": entry(&path_of(&given)).await, "occurred_on": "2022-06-02"});
    leader.post(CORRECTIONS, moved).await.faults(&[("/occurred_on", "seat_not_held")]);
}

/// An answer that shows several areas is repeated only to a caller who reads all of them today.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_answer_shows_no_area_that_was_lost_meanwhile() {
    let province = Province::make().await;
    let app = &province.app;
    let (id, secret) = app.create_client(Role::Officer, "325@origin").await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let grant = json!({"client_id": id, "role": "officer", "area": "326@origin"});
    let granted = administrator.post("/v1/grants", grant).await.is(201);
    let signed_in = async || app.bearer(Some(&app.token(&id.to_string(), secret.expose_secret()).await));
    let [near, far] = &province.districts;
    let body = task(&near["id"], &[near["id"].clone(), far["id"].clone()], "2022-06-01", "2022-08-31");
    let caller = signed_in().await;
    let given = caller.post(GROUPS, body.clone()).key("k-both").await.is(201);
    assert_eq!(given["tasks"].as_array().unwrap().len(), 2);
    assert_eq!(caller.post(GROUPS, body.clone()).key("k-both").await.is(201), given);
    let path = format!("/v1/grants/{}", granted["id"].as_str().unwrap());
    administrator.request(Method::DELETE, &path).if_match(granted["etag"].as_str().unwrap()).await.is(204);
    let caller = signed_in().await;
    caller.post(GROUPS, body).key("k-both").await.problem(404, "not_found");
    let group = caller.get(&format!("{GROUPS}/{}", given["id"].as_str().unwrap())).await.is(200);
    assert_eq!(group["tasks"].as_array().unwrap().len(), 1);
}
