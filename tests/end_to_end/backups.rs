//! The drill: back up under load, go on, restore elsewhere, and compare.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use shared::access::Role;
use tests::{DEMO_NOW, TestApp, TestDatabase, unit};

use crate::running::{Running, command_on};

fn run(database: &TestDatabase, command: &str, folder: &str) -> (bool, String) {
    command_on(database, &[command, folder])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_under_load_comes_back_whole_elsewhere() {
    let app = TestApp::with_demo().await;
    let officer = app.officer_of("33@2025-07-01").await;
    let question = "/v1/figures?period=2022-H1&area=33@origin&by=commune";
    let before = officer.get(question).await;
    let position = before.body["position"].as_str().unwrap().to_owned();

    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (officer, stop) = (officer.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut number = 0;
                while !stop.load(Ordering::SeqCst) {
                    let body = unit(&format!("Công ty {writer}-{number}"), "12004@2025-07-01");
                    officer.post("/v1/economic-units", body).await.is(201);
                    number += 1;
                }
                number
            })
        })
        .collect();
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().join("backup");
    let folder = folder.to_str().unwrap();
    let (is_done, said) = run(&app.database, "backup", folder);
    assert!(is_done, "{said}");
    assert_eq!(said.matches("backed up, ").count(), 5, "{said}");
    stop.store(true, Ordering::SeqCst);
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    assert!(written > 4, "there was load: {written}");
    let (is_done, said) = run(&app.database, "backup", folder);
    assert!(!is_done && said.contains("is there already; choose an empty folder"), "{said}");

    // The master key is kept apart from the backup.
    let place = TestDatabase::empty();
    let (is_done, said) = run(&place, "restore", folder);
    assert!(is_done, "{said}");
    assert_eq!(said.matches("restored, ").count(), 5, "{said}");
    for file in ["master.key", "demo.json"] {
        assert!(!std::path::Path::new(folder).join(file).exists(), "{file} is not in the backup");
    }
    std::fs::copy(app.database.path().join("master.key"), place.path().join("master.key")).unwrap();
    let (is_done, said) = run(&place, "restore", folder);
    assert!(!is_done, "a place that is not empty is left as it is: {said}");

    let restored = TestApp::over(place, DEMO_NOW).await;
    let reader = restored.officer_of("33@2025-07-01").await;
    let again = reader.get(&format!("{question}&as_of={position}")).await;
    assert_eq!(again.text, before.text, "the same bytes");
    restored.get("/readyz").await.is(200);
    let people = reader.get("/v1/people?limit=1").await.is(200);
    assert!(people["items"][0]["masked_name"].is_string(), "personal data opens with the key");
    let units = reader.get("/v1/economic-units?count=true&limit=1").await.is(200)["total"].as_i64().unwrap();
    let all = officer.get("/v1/economic-units?count=true&limit=1").await.is(200)["total"].as_i64().unwrap();
    assert!((602..=all).contains(&units), "{units} of {all}");
    // Life goes on there.
    reader.post("/v1/economic-units", unit("Công ty sau khôi phục", "12004@2025-07-01")).await.is(201);
    let leader = restored.be(Role::Leader, "33@2025-07-01").await;
    app.look_for_findings().await;
    leader.get("/v1/findings").await.is(200);

    // A backup has no credentials in it: the program knows its demonstration, and makes new ones.
    let database = restored.stop().await;
    let running = Running::start(&database).await;
    let viewer = running.be(&database, Role::Viewer).await;
    viewer.get("/v1/figures?period=2022-H1").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_or_changed_backup_is_refused_loudly() {
    let database = TestApp::start().await.stop().await;
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().to_str().unwrap();
    let (is_done, said) = run(&database, "backup", folder);
    assert!(is_done, "{said}");
    let suffix = if database.is_on_server() { "dump" } else { "sqlite3" };
    let file = kept.path().join(format!("reporting.{suffix}"));
    let whole = std::fs::read(&file).unwrap();
    let place = TestDatabase::empty();
    for (what, bytes) in [("half", whole[..whole.len() / 2].to_vec()), ("empty", Vec::new())] {
        std::fs::write(&file, bytes).unwrap();
        let (is_done, said) = run(&place, "restore", folder);
        assert!(!is_done && said.contains("it was cut off or changed"), "{what}: {said}");
    }
    std::fs::write(&file, &whole).unwrap();
    let manifest = kept.path().join("reporting.manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("\"areas\": 576", "\"areas\": 575")).unwrap();
    let (is_done, said) = run(&place, "restore", folder);
    assert!(!is_done && said.contains("what came back is not what was backed up"), "{said}");
    let (is_done, said) = run(&TestDatabase::empty(), "restore", "/nowhere/at/all");
    assert!(!is_done && said.contains("reading /nowhere/at/all/reporting.manifest.json"), "{said}");
    let (is_done, said) = run(&TestDatabase::empty(), "backup", folder);
    assert!(!is_done, "{said}");
}

/// ASVS 13.3.1, attack N10: whoever may look into the folder reads nothing.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_backup_are_for_their_owner_only_also_in_a_folder_that_is_there() {
    use std::os::unix::fs::PermissionsExt;

    let database = TestApp::start().await.stop().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.path().to_str().unwrap();
    let (is_done, said) = run(&database, "backup", path);
    assert!(is_done, "{said}");
    let place = TestDatabase::empty();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (is_done, said) = run(&place, "restore", path);
    assert!(is_done, "{said}");
    let mut seen = 0;
    for folder in [folder.path().to_owned(), place.path()] {
        for file in std::fs::read_dir(folder).unwrap().flatten() {
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", file.path().display());
            seen += 1;
        }
    }
    assert!(seen >= 8, "{seen} files");
}
