#!/usr/bin/env python3
"""Measures a running system, and beside it, in the same run, what it is compared with; prints Markdown.

    cargo build --release --workspace && cargo build --release -p tests --example bare_route
    tests/load/run.py sqlite
    tests/load/run.py postgres          (a durable throw-away cluster of its own)

Needs wrk; for PostgreSQL its server with pgbench; for the peer `pip install fastapi uvicorn psycopg[binary,pool]
pyjwt[crypto]` (left out with --without-peer). Everything runs on one machine: the load takes its share of it.
"""

import json, os, re, sqlite3, statistics, subprocess, sys, time, urllib.error, urllib.request, uuid

from measure import COLUMNS, ENGINE, PORT, ROOT, SECONDS, URL, Place, System, beside_bare_route, call, library, measured, pgbench, rebuild, say, wrk

WITH_PEER = "--without-peer" not in sys.argv
FACTS = 1_000_000
# The commune where the demonstration's union stands decides nothing here; all of the province is asked for.
LIST = "/v1/economic-units?area=33@2025-07-01&limit=50"
FIGURES = "/v1/figures?period=2022-H1&area=33@origin&by=district"


def bare_route(place, body, token):
    beside_bare_route(place, body, lambda url: measured("a bare route with the same look at the token", lambda c: wrk(url, c, token)))


def peer(place, unit, token):
    database = place.database or str(place.data / "enterprise-registry.sqlite3")
    environment = dict(os.environ, ENGINE=ENGINE, DATABASE=database, ISSUER=URL)
    command = [sys.executable, "-m", "uvicorn", "peer:app", "--port", str(PORT + 2), "--workers", "2", "--log-level", "critical", "--app-dir", str(ROOT / "tests/load")]
    process = subprocess.Popen(command, env=environment)
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT + 2}/docs")
            break
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    try:
        measured("FastAPI, the same read", lambda c: wrk(f"http://127.0.0.1:{PORT + 2}/v1/economic-units/{unit}", c, token))
    finally:
        process.terminate()
        process.wait()


def reads(place, system):
    officer, reader = system.token("officer"), system.token("viewer")
    listed, _ = call(LIST, reader)
    unit = listed["items"][0]["id"]
    one, _ = call(f"/v1/economic-units/{unit}", reader)
    say("\n| requests a second (median / 99th percentile, ms) | 1 connection | 8 | 64 |\n| --- | --- | --- | --- |")
    measured("get a unit by id", lambda c: wrk(f"{URL}/v1/economic-units/{unit}", c, reader))
    bare_route(place, one, reader)
    # The statements as the system asks them: by id one, a page one (and one for the keys of sealed tax codes, of which
    # the first page has none), the journal's id, page and head.
    assert not any((item["tax_code"] or "").startswith("*") for item in listed["items"])
    by_id = f"SELECT {COLUMNS} FROM economic_units WHERE id = "
    page = f"SELECT {COLUMNS} FROM economic_units ORDER BY name_key, id LIMIT 51"
    journal = ["SELECT id FROM journals", "SELECT seq, id, kind, v, subject, area, occurred_on, recorded_at, actor, batch, corrects, data, salt, data_hash, prev_hash, hash FROM journal_entries WHERE seq > 500 ORDER BY seq LIMIT 100", "SELECT seq, hash FROM journal_entries ORDER BY seq DESC LIMIT 1"]
    registry = str(place.data / "enterprise-registry.sqlite3")
    if ENGINE == "postgres":
        schema = "enterprise_registry."
        asked = lambda *statements: "".join(statement.replace("FROM ", "FROM " + schema) + ";\n" for statement in statements)
        pgbench(place, "pgbench, the same SQL", asked(by_id + f"'{unit}'"))
    else:
        library("the SQLite library in a loop, the same SQL", registry, [by_id + "?"], (bytes.fromhex(unit.replace("-", "")),))
    if WITH_PEER:
        peer(place, unit, reader)
    measured("list 50 units of the province", lambda c: wrk(URL + LIST, c, reader))
    if ENGINE == "postgres":
        pgbench(place, "pgbench, the same SQL", asked(page))
    else:
        library("the SQLite library in a loop, the same SQL", registry, [page])
    measured("a journal page of 100 entries", lambda c: wrk(f"{URL}/v1/journal/enterprise-registry?after=500&limit=100", c, officer))
    if ENGINE == "postgres":
        pgbench(place, "pgbench, the same SQL", asked(*journal))
    else:
        library("the SQLite library in a loop, the same SQL", registry, journal)
    people, _ = call("/v1/people?limit=1", officer)
    person = people["items"][0]["id"]
    measured("read a person, opened, with an access record", lambda c: wrk(f"{URL}/v1/people/{person}", c, officer))
    return officer


# The statements of an admission, in their order.
ADMISSION = r"""
\set number random(1, 2000000000)
BEGIN;
SET LOCAL search_path = membership;
SELECT * FROM organisations WHERE id = :organisation;
SELECT * FROM organisation_phases WHERE organisation_id = :organisation ORDER BY from_on;
SELECT * FROM organisation_units u JOIN economic_units e ON e.id = u.economic_unit_id WHERE u.organisation_id = :organisation;
SELECT pg_advisory_xact_lock(:number);
SELECT p.id FROM people p JOIN memberships m ON m.person_id = p.id WHERE p.personal_id_index = decode(md5(:number::text), 'hex');
INSERT INTO data_keys (id, master_key, wrapped) VALUES (md5('p' || :number || random()::text)::uuid, 'x', repeat('x', 60)::bytea) RETURNING id AS person \gset
INSERT INTO people (id, full_name, birth_date, sex, personal_id, personal_id_index, version, created_at) VALUES (:person::uuid, repeat('x', 50)::bytea, repeat('x', 38)::bytea, 'x'::bytea, repeat('x', 40)::bytea, decode(md5(:number::text), 'hex'), 1, now());
SELECT area_id FROM memberships WHERE person_id = :person::uuid AND branch = 'union' AND status IN ('active', 'in_flight');
INSERT INTO memberships (id, person_id, branch, organisation_id, area_id, status, standing, sex, is_owner, is_worker, joined_on, readmissions, parallel, last_act_on, version, created_at) SELECT md5('m' || :number || random()::text)::uuid, :person::uuid, 'union', id, area_id, 'active', 'member', 'female', false, true, '2026-05-19', 0, 0, '2026-05-19', 1, now() FROM organisations WHERE id = :organisation RETURNING id AS membership \gset
SELECT pg_advisory_xact_lock(1);
SELECT id FROM journals;
SELECT seq, hash, recorded_at FROM journal_entries ORDER BY seq DESC LIMIT 1;
INSERT INTO acts (id, kind, organisation_id, record_id, area_id, occurred_on, count, content, payload, decision_number, decided_on, issuing_body, entry_id, status, version, recorded_at) SELECT md5('a' || :number || random()::text)::uuid, 'union_member.admitted', organisation_id, id, area_id, '2026-05-19', 1, '{}', repeat('x', 400), '7', '2026-05-18', 'x', md5('e' || :membership::text)::uuid, 'recorded', 1, now() FROM memberships WHERE id = :membership::uuid;
INSERT INTO journal_entries (seq, id, kind, v, subject, area, occurred_on, recorded_at, actor, data, salt, data_hash, prev_hash, hash) SELECT max(seq) + 1, md5('e' || :membership::text)::uuid, 'union_member.admitted', 1, '/v1/memberships/' || :membership::text, '33@origin', '2026-05-19', now(), 'client', repeat('x', 400), repeat('x', 16)::bytea, repeat('x', 32)::bytea, repeat('x', 32)::bytea, repeat('x', 32)::bytea FROM journal_entries;
COMMIT;
"""


def writes(place, officer):
    unions, _ = call("/v1/organisations?kind=grassroots_union&status=active&limit=1", officer)
    organisation = unions["items"][0]["id"]
    script = str(ROOT / "tests/load/admit.lua")
    first = [1_000_000]

    def admit(connections):
        first[0] += 10_000_000
        return wrk(f"{URL}/v1/admissions", connections, officer, script, {"ORGANISATION": organisation, "FIRST": str(first[0])})

    measured("admit a person", admit)
    if ENGINE == "sqlite":
        say(f"| the SQLite library alone, five rows a commit, as durable | {commits(place):,.0f} | | |")
    return organisation


def unions(officer):
    """An act on a union with 5,000 members by name and 150 acts of its own, beside one on a union without either."""
    paper = {"number": "7-QĐ/GĐ", "decided_on": "2020-01-05", "issuing_body": "Cấp ủy Giả Định"}

    def sent(path, body):
        answer, _ = call(path, officer, json.dumps(body).encode())
        return answer

    def union():
        like, _ = call("/v1/organisations?kind=grassroots_union&status=active&limit=1", officer)
        return sent("/v1/organisations", {"kind": "grassroots_union", "name": f"Công đoàn Giả Định {uuid.uuid4()}", "superior_id": like["items"][0]["superior_id"],
            "area": like["items"][0]["area"], "established_on": "2020-01-06", "decision": paper, "founding_members": {"members": 12}})["id"]

    def act(organisation):
        begun = time.perf_counter()
        sent("/v1/collective-admissions", {"organisation_id": organisation, "count": 3, "occurred_on": "2021-03-04", "decision": paper,
            # The same is recorded over and over, on purpose.
            "answers": {"same_act_recorded": "Giả định"}})
        return time.perf_counter() - begun

    large = union()
    script = str(ROOT / "tests/load/admit.lua")
    while True:
        wrk(f"{URL}/v1/admissions", 8, officer, script, {"ORGANISATION": large, "FIRST": str(int(time.time() * 1000) % 900_000_000 * 1000)})
        listed, _ = call(f"/v1/people?organisation={large}&count=true&limit=1", officer)
        if listed["total"] >= 5_000:
            break
    while True:
        acts, _ = call(f"/v1/acts?organisation={large}&kind=union_member.admitted&count=true&limit=1", officer)
        if acts["total"] - listed["total"] >= 150:
            break
        act(large)
    of_large, of_small = [], []
    for _ in range(30):
        of_small.append(act(union()) * 1000)
        of_large.append(act(large) * 1000)
    say(f"\nAn act on a union of {listed['total']:,} members by name with {acts['total'] - listed['total']:,} acts of its own: {statistics.median(of_large):.1f} ms; on a union without either, in turn: {statistics.median(of_small):.1f} ms (medians of 30).")


def locks():
    """How long a change held the lock of membership's journal: the bounds that half of them, and 99 of 100, stayed under."""
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT + 3}/metrics") as answer:
        text = answer.read().decode()
    buckets = re.findall(r'^journal_lock_seconds_bucket\{le="([^"]+)",service="membership"\} (\d+)', text, re.MULTILINE)
    buckets = buckets or re.findall(r'^journal_lock_seconds_bucket\{service="membership",le="([^"]+)"\} (\d+)', text, re.MULTILINE)
    buckets = sorted((float(le.replace("+Inf", "inf")), int(count)) for le, count in buckets)
    under = lambda share: next(le for le, count in buckets if count >= share * buckets[-1][1]) * 1000
    say(f"\nThe journal's lock was held under {under(0.5):g} ms by half of {buckets[-1][1]:,} changes, under {under(0.99):g} ms by 99 of 100, under {under(1):g} ms by all.")


def commits(place):
    """How many commits of as many rows as an admission has the library makes in a second, in one connection."""
    connection = sqlite3.connect(place.work / "alone.sqlite3", isolation_level=None)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id BLOB PRIMARY KEY, a TEXT, b BLOB); CREATE INDEX i ON t (a)")
    count, until = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(5):
            connection.execute("INSERT INTO t VALUES (randomblob(16), hex(randomblob(20)), randomblob(300))")
        connection.execute("COMMIT")
        count += 1
    return count / SECONDS


def write_comparison(place, organisation):
    """After the system has stopped: what pgbench writes is no journal."""
    say("\n| the statements of an admission alone | 1 | 8 | 64 |\n| --- | --- | --- | --- |")
    pgbench(place, "pgbench", ADMISSION.replace(":organisation", f"'{organisation}'"))


ORGANISATIONS = 12_000


def fill(place):
    """A million facts of ten years about the stocks and flows of the report, in organisations spread over the communes of 2022."""
    (_, entry), = place.sql("reporting", "SELECT 1, entry_id FROM followed_entries WHERE source = 'membership' ORDER BY seq LIMIT 1")[0]
    if ENGINE == "sqlite":
        communes = "(SELECT json_group_array(id) AS ids, count(*) AS n FROM areas WHERE level = 'commune' AND valid_to IS NOT NULL)"
        numbers = "WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < {last})"
        # An id that can be made again of its number.
        organisation = "CAST(printf('%016d', {number}) AS BLOB)"
        statements = [f"""
            {numbers.format(last=ORGANISATIONS - 1)}
            INSERT INTO organisation_periods (organisation_id, from_seq, from_on, branch, kind, area_id, is_superior_body)
            SELECT {organisation.format(number='i')}, 1, '2013-01-01', json_extract('["party","union"]', '$[' || (i % 2) || ']'),
                json_extract('["grassroots_cell","subordinate_cell","grassroots_union"]', '$[' || (i % 3) || ']'),
                json_extract(c.ids, '$[' || ((i * 31) % c.n) || ']'), 0
            FROM numbers, {communes} c""", f"""
            {numbers.format(last=FACTS - 1)}
            INSERT INTO facts (id, measure, sign, count, occurred_on, source, from_seq, organisation_id, branch, standing, subject, person_id, entry_id, entry_seq, ordinal)
            SELECT randomblob(16), json_extract('["party_members","party_member_admissions","union_members","union_member_admissions","organisations","organisation_foundings"]', '$[' || (i % 6) || ']'),
                1, 1, date('2013-01-01', '+' || ((i * 7919) % 3650) || ' days'), 'membership', 1,
                {organisation.format(number=f'(i * 7) % {ORGANISATIONS}')}, json_extract('["party","union"]', '$[' || (i % 2) || ']'),
                json_extract('["official","probationary","member"]', '$[' || (i % 3) || ']'), '/v1/memberships/x', randomblob(16), x'{entry.hex()}', 1, i
            FROM numbers"""]
    else:
        organisation = "lpad(to_hex({number}), 32, '0')::uuid"
        statements = [f"""
            WITH c AS (SELECT array_agg(id ORDER BY id) AS ids, count(*)::int AS n FROM areas WHERE level = 'commune' AND valid_to IS NOT NULL)
            INSERT INTO organisation_periods (organisation_id, from_seq, from_on, branch, kind, area_id, is_superior_body)
            SELECT {organisation.format(number='i')}, 1, '2013-01-01', (ARRAY['party','union'])[1 + i % 2],
                (ARRAY['grassroots_cell','subordinate_cell','grassroots_union'])[1 + i % 3], c.ids[1 + i::bigint * 31 % c.n], false
            FROM generate_series(0, {ORGANISATIONS - 1}) i, c""", f"""
            INSERT INTO facts (id, measure, sign, count, occurred_on, source, from_seq, organisation_id, branch, standing, subject, person_id, entry_id, entry_seq, ordinal)
            SELECT gen_random_uuid(), (ARRAY['party_members','party_member_admissions','union_members','union_member_admissions','organisations','organisation_foundings'])[1 + i % 6],
                1, 1, date '2013-01-01' + (i::bigint * 7919 % 3650)::int, 'membership', 1, {organisation.format(number=f'i * 7 % {ORGANISATIONS}')},
                (ARRAY['party','union'])[1 + i % 2],
                (ARRAY['official','probationary','member'])[1 + i % 3], '/v1/memberships/x', gen_random_uuid(), '{entry}', 1, i
            FROM generate_series(0, {FACTS - 1}) i"""]
    year, month = ("CAST(strftime('%Y', f.occurred_on) AS INTEGER)", "CAST(strftime('%m', f.occurred_on) AS INTEGER)") if ENGINE == "sqlite" else ("EXTRACT(YEAR FROM f.occurred_on)::integer", "EXTRACT(MONTH FROM f.occurred_on)::integer")
    # These organisations stand where they are all the time, so that their facts add to the sums of their own months.
    statements.append(f"""
        INSERT INTO sums (grain, at, measure, area_id, body, kind, branch, standing, value)
        SELECT g.grain, CASE WHEN g.grain = 'year' THEN {year} ELSE {year} * 12 + {month} - 1 END, f.measure, o.area_id, '', o.kind, f.branch, f.standing, SUM(f.sign * f.count)
        FROM facts f JOIN organisation_periods o ON o.organisation_id = f.organisation_id CROSS JOIN (SELECT 'month' AS grain UNION ALL SELECT 'year' AS grain) g
        WHERE f.subject = '/v1/memberships/x' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        ON CONFLICT (grain, at, measure, area_id, body, kind, branch, standing) DO UPDATE SET value = sums.value + excluded.value""")
    for statement in statements:
        place.sql("reporting", statement)
    place.sql("reporting", "ANALYZE")


# What the figures of the half-year need, as one plain question.
GROUP_BY = """SELECT o.area_id, f.measure, f.branch, o.kind, f.standing, sum(f.sign * f.count),
    sum(CASE WHEN f.occurred_on >= '2022-01-01' THEN f.sign * f.count ELSE 0 END)
    FROM facts f JOIN organisation_periods o ON o.organisation_id = f.organisation_id AND o.from_on <= '2022-06-30'
    AND (o.to_on IS NULL OR o.to_on > '2022-06-30') AND o.to_seq IS NULL
    WHERE f.occurred_on <= '2022-06-30' GROUP BY o.area_id, f.measure, f.branch, o.kind, f.standing"""


def figures(place, system):
    reader = system.token("viewer")
    times = []
    for _ in range(7):
        begun = time.perf_counter()
        call(FIGURES, reader)
        times.append(time.perf_counter() - begun)
    plain = [place.sql("reporting", GROUP_BY)[1] for _ in range(5)]
    ours, theirs = statistics.median(times), statistics.median(plain)
    say(f"\nThe half-year's figures by district over {FACTS:,} facts: {ours * 1000:,.0f} ms; the plain SQL group-by: {theirs * 1000:,.0f} ms ({ours / theirs:.2f} times; medians of 7 and 5).")


def main():
    place = Place()
    try:
        say(f"### {ENGINE}")
        system = System(place)
        say(f"\nStart to the printed table: {system.started_in:.2f} s with loading the demonstration, ", )
        system.stop()
        system = System(place)
        say(f"{system.started_in:.2f} s at the second start.")
        officer = reads(place, system)
        organisation = writes(place, officer)
        locks()
        unions(officer)
        say(f"\nRebuild, which follows both journals anew and exchanges the facts: {rebuild(system):,.0f} entries a second.")
        say(f"\nPeak memory of the program until here: {system.memory()} MiB.")
        system.stop()
        fill(place)
        system = System(place)
        figures(place, system)
        say(f"\nPeak memory with the million facts: {system.memory()} MiB.")
        system.stop()
        if ENGINE == "postgres":
            write_comparison(place, organisation)
    finally:
        place.close()


main()
