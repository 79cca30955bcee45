//! The rows of the operations of steering.

use serde_json::{Value, json};
use tests::decision;

use super::{Records, Told, at_commune};
use crate::steering::establishment;

pub(super) fn row(id: &str, one: &Records) -> (String, Value, Told) {
    use Told::{Absent, Fault, Without};
    let Records {
        duty,
        duty_entry,
        committee,
        team,
        committee_entry,
        task,
        task_group,
        task_entry,
        conference,
        conference_entry,
        document,
        document_entry,
        ..
    } = one;
    let none = Value::Null;
    let paper = decision("2022-05-01");
    let at = |path: &str, id: &str| path.replace("{}", id);
    match id {
        "list_steering_bodies" => ("/v1/steering-bodies".into(), none, Without(committee.clone())),
        "find_steering_body" => (at("/v1/steering-bodies/{}", committee), none, Absent),
        "list_steering_body_history" => (at("/v1/steering-bodies/{}/history", committee), none, Absent),
        "establish_steering_body" => {
            let body = at_commune(establishment("steering_committee", "325@origin", "2022-02-10"));
            ("/v1/steering-bodies".into(), body, Fault("/area", "unknown_area"))
        }
        "reconstitute_steering_body" => {
            let body = json!({"occurred_on": "2022-06-01", "decision": paper, "opened_seats": [{"role": "member"}]});
            (at("/v1/steering-bodies/{}/reconstitutions", committee), body, Absent)
        }
        "end_steering_body" => {
            let body = json!({"occurred_on": "2022-06-01", "decision": paper});
            (at("/v1/steering-bodies/{}/endings", committee), body, Absent)
        }
        "correct_steering_body" => {
            let body = json!({"entry_id": committee_entry, "withdraw": true});
            ("/v1/steering-body-corrections".into(), body, Fault("/entry_id", "unknown_entry"))
        }
        "reveal_steering_body" => {
            (at("/v1/steering-bodies/{}/reveals", team), json!({"purpose": "Mời họp tổ giúp việc"}), Absent)
        }
        "list_tasks" => ("/v1/tasks".into(), none, Without(task.clone())),
        "find_task" => (at("/v1/tasks/{}", task), none, Absent),
        "list_task_history" => (at("/v1/tasks/{}/history", task), none, Absent),
        "find_task_group" => (at("/v1/task-groups/{}", task_group), none, Absent),
        "give_task" => {
            let body = crate::steering_tasks::task(&json!(committee), &[json!(team)], "2022-02-01", "2022-03-01");
            ("/v1/task-groups".into(), body, Fault("/giver_id", "unknown_steering_body"))
        }
        "acknowledge_task" => (at("/v1/tasks/{}/acknowledgements", task), json!({"occurred_on": "2022-02-02"}), Absent),
        "start_task" => (at("/v1/tasks/{}/starts", task), json!({"occurred_on": "2022-02-02"}), Absent),
        "report_task" => {
            (at("/v1/tasks/{}/reports", task), json!({"occurred_on": "2022-02-02", "text": "Đã làm"}), Absent)
        }
        "return_task" => {
            (at("/v1/tasks/{}/returns", task), json!({"occurred_on": "2022-02-02", "reason": "Chưa đủ"}), Absent)
        }
        "accept_task" => (at("/v1/tasks/{}/acceptances", task), json!({"occurred_on": "2022-02-02"}), Absent),
        "extend_task" => {
            let body = json!({"occurred_on": "2022-02-02", "due_on": "2022-04-01"});
            (at("/v1/tasks/{}/extensions", task), body, Absent)
        }
        "cancel_task" => {
            (at("/v1/tasks/{}/cancellations", task), json!({"occurred_on": "2022-02-02", "reason": "Giao lại"}), Absent)
        }
        "correct_task" => {
            let body = json!({"entry_id": task_entry, "withdraw": true});
            ("/v1/task-corrections".into(), body, Fault("/entry_id", "unknown_entry"))
        }
        "list_conferences" => ("/v1/conferences".into(), none, Without(conference.clone())),
        "find_conference" => (at("/v1/conferences/{}", conference), none, Absent),
        "list_conference_history" => (at("/v1/conferences/{}/history", conference), none, Absent),
        "hold_conference" => {
            let body = crate::steering_conferences::conference(&json!(committee), &[], "2022-02-10");
            ("/v1/conferences".into(), body, Fault("/body_id", "unknown_steering_body"))
        }
        "give_concluded_task" => {
            let body = json!({"conclusion": 1, "title": "Khảo sát", "given_on": "2022-02-10", "due_on": "2022-06-30",
                "receivers": [{"body_id": committee}]});
            (at("/v1/conferences/{}/task-groups", conference), body, Absent)
        }
        "correct_conference" => {
            let body = json!({"entry_id": conference_entry, "withdraw": true});
            ("/v1/conference-corrections".into(), body, Fault("/entry_id", "unknown_entry"))
        }
        "list_documents" => ("/v1/documents".into(), none, Without(document.clone())),
        "find_document" => (at("/v1/documents/{}", document), none, Absent),
        "find_document_chain" => (at("/v1/documents/{}/chain", document), none, Absent),
        "list_document_history" => (at("/v1/documents/{}/history", document), none, Absent),
        "register_document" => {
            let body = crate::steering_documents::registration("plan", "11986@origin", "2022-02-20");
            ("/v1/documents".into(), body, Fault("/area", "unknown_area"))
        }
        "correct_document" => {
            let body = json!({"entry_id": document_entry, "withdraw": true});
            ("/v1/document-corrections".into(), body, Fault("/entry_id", "unknown_entry"))
        }
        "list_issuing_duties" => ("/v1/issuing-duties".into(), none, Without(duty.clone())),
        "find_issuing_duty" => (at("/v1/issuing-duties/{}", duty), none, Absent),
        "list_issuing_duty_history" => (at("/v1/issuing-duties/{}/history", duty), none, Absent),
        "register_issuing_duty" => {
            let body = crate::issuing_duties::duty("commune", "11986@origin", "2022-02-28");
            ("/v1/issuing-duties".into(), body, Fault("/area", "unknown_area"))
        }
        "correct_issuing_duty" => {
            let body = json!({"entry_id": duty_entry, "withdraw": true});
            ("/v1/issuing-duty-corrections".into(), body, Fault("/entry_id", "unknown_entry"))
        }
        "list_due_in_steering" => ("/v1/due/steering".into(), none, Without(task.clone())),
        "list_steering_gaps" => ("/v1/steering-gaps".into(), none, Without(team.clone())),
        "list_steering_access_records" => {
            let path = "/v1/access-records/steering?subject=/v1/steering-bodies/{}";
            (at(path, team), none, Without(team.clone()))
        }
        "export_steering_access_records" => {
            let path = "/v1/access-records/steering/export?subject=/v1/steering-bodies/{}";
            (at(path, team), none, Without(team.clone()))
        }
        "list_steering_journal" => ("/v1/journal/steering?limit=500".into(), none, Without(committee.clone())),
        "find_steering_entry" => (at("/v1/journal/steering/{}", committee_entry), none, Absent),
        _ => panic!("{id} has no row here: say what a caller of another area is told"),
    }
}
