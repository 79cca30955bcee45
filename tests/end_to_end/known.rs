//! Whether all of what a figure counts is known: by data coverage, of all communes and for the whole period.

use std::collections::BTreeSet;

use shared::access::Role;
use tests::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_says_whether_all_of_it_is_known() {
    let app = TestApp::with_demo().await;
    let inspector = app.be(Role::Inspector, "33@2025-07-01").await;
    let figures_of = async |query: &str| inspector.get(&format!("/v1/figures?{query}")).await.is(200);
    // Data of the former province begin on 1 December 2021; of the communes that joined it in 2025 there are none.
    for (query, code, state) in [
        ("period=2022-H1&area=33@origin", "PM10", "value"),
        ("period=2022-H1&area=33@origin&by=superior_body", "PM10", "value"),
        ("period=2022-H1", "PM10", "partial"),
        ("period=2022-H1&by=branch", "PM10", "partial"),
        ("period=2021-12&area=33@origin", "PM10", "value"),
        // Five of six months without data; its last day has them.
        ("period=2021-H2&area=33@origin", "PM10", "partial"),
        ("period=2021-H2&area=33@origin", "UN01", "value"),
        // Units that were registered later under an earlier day are those that lived on.
        ("period=2019-H1&area=33@origin", "UN01", "partial"),
        ("period=2019-H1&area=33@origin", "PM10", "no_data"),
    ] {
        let figures = figures_of(&format!("{query}&indicator={code}")).await;
        let rows = figures["rows"].as_array().unwrap().iter().map(|row| &row["values"][0]);
        for figure in rows.chain([&figures["total"][0]]) {
            assert_eq!(figure["state"], state, "{query} {code}: {figure}");
            assert_eq!(figure["value"].is_null(), state == "no_data", "{query} {code}: {figure}");
        }
    }
    // A commune that went into one with and one without data is known in part; the communes' states add up to the whole.
    let by_commune = figures_of("period=2022-H1&by=commune&map=2025-07-01&indicator=PM01").await;
    let states: BTreeSet<&str> =
        by_commune["rows"].as_array().unwrap().iter().map(|row| row["values"][0]["state"].as_str().unwrap()).collect();
    assert_eq!(states, BTreeSet::from(["no_data", "value"]), "no commune joins both former provinces");
    let text = inspector.get("/v1/figures?period=2022-H1&indicator=PM10").header("accept", "text/plain").await.text;
    assert!(text.lines().any(|line| line.contains("PM10") && line.ends_with('*')), "{text}");
    assert!(text.contains("* = "), "{text}");
}
