INSERT INTO economic_units (id, area_id, legal_form, status, status_on) SELECT id, area, form, status, on_day FROM units;
INSERT INTO organisations (id, branch, kind, is_superior_body, name, name_key, search_text, seen_in, superior_id, area_id, status,
    established_on, version, created_at, updated_at)
    SELECT id, branch, CASE WHEN branch = 'union' THEN 'district_federation' ELSE 'district_committee' END, TRUE, 'Cấp trên Giả Định ' || n,
        'cap tren gia dinh ' || n, ' cap tren gia dinh ' || n, '*', NULL, area, 'active', date '2000-01-01', 1, timestamp '2019-01-01',
        timestamp '2019-01-01' + n * interval '15 minutes'
    FROM bodies;
CREATE TEMP TABLE named AS
    SELECT o.*, CASE WHEN branch = 'union' THEN 'cong doan' ELSE 'chi bo' END || ' gia nghe' || pg_temp.draw(n, 30, 16) || ' ten' || pg_temp.draw(n, 31, 20)
        || CASE WHEN pg_temp.draw(n, 32, 1000) = 0 THEN ' hiem' WHEN pg_temp.draw(n, 33, 70) = 0 THEN ' vua' ELSE '' END || ' so' || n AS words
    FROM organisations_made o;
INSERT INTO organisations (id, branch, kind, is_superior_body, name, name_key, search_text, seen_in, superior_id, area_id, status,
    established_on, version, created_at, updated_at)
    SELECT id, branch, kind, FALSE, initcap(words), words, ' ' || words, area, body, area, status, on_day, 1,
        timestamp '2019-01-01' + n * interval '12 minutes', timestamp '2019-01-01' + (n + pg_temp.draw(n, 34, 10000)) * interval '12 minutes'
    FROM named;
INSERT INTO search_words (area_id, word, record_id)
    SELECT DISTINCT area, w, id FROM named CROSS JOIN LATERAL unnest(string_to_array(words, ' ')) w;
INSERT INTO organisation_units (organisation_id, economic_unit_id)
    SELECT id, CASE WHEN n <= 3 THEN ':company'::uuid ELSE pg_temp.made('1', 1 + pg_temp.draw(n, 35, 100000)) END FROM organisations_made WHERE n % 2 = 0 OR n <= 3;
CREATE TEMP TABLE members AS
    SELECT i AS n, pg_temp.made('4', i) AS id, pg_temp.made('5', CASE WHEN i % 20 = 0 THEN i - 1 ELSE i END) AS person,
        CASE WHEN i <= 3000 THEN ':cell'::uuid ELSE o.id END AS organisation, CASE WHEN i <= 3000 THEN '11986@origin' ELSE o.area END AS area,
        CASE WHEN i <= 3000 THEN 'party' ELSE o.branch END AS branch,
        CASE WHEN d.s < 9300 THEN 'active' WHEN d.s < 9800 THEN 'departed' WHEN d.s < 9850 THEN 'in_flight' WHEN d.s < 9990 THEN 'transferred_out'
            ELSE 'withdrawn' END AS status,
        date '2005-01-01' + pg_temp.skewed(i, 41, 6300)::integer AS on_day
    FROM generate_series(1, 700000) i CROSS JOIN LATERAL (SELECT pg_temp.draw(i, 40, 10000) AS s, 1 + pg_temp.skewed(i, 42, 120000) AS o OFFSET 0) d
    JOIN organisations_made o ON o.n = d.o;
INSERT INTO memberships (id, person_id, branch, organisation_id, area_id, status, standing, is_owner, is_worker, joined_on, readmissions,
    parallel, last_act_on, version, created_at)
    SELECT id, person, branch, organisation, area, status, CASE WHEN branch = 'union' THEN 'member' ELSE 'official' END, FALSE, TRUE, on_day, 0,
        CASE WHEN n % 20 = 0 THEN 1 ELSE 0 END, on_day, 1, timestamp '2019-01-01' + n * interval '2 minutes'
    FROM members;
-- Nothing of these persons is kept but a key, by which lists know that they were not erased: pages show none of them.
INSERT INTO data_keys (id, master_key, wrapped) SELECT person, 'filled', '\x00' FROM members WHERE n % 20 <> 0 AND pg_temp.draw(n, 43, 1000) > 0;
CREATE TEMP TABLE done AS
    SELECT n, pg_temp.made('6', n) AS id, CASE WHEN branch = 'union' THEN 'union_member.admitted' ELSE 'party_member.admitted' END AS kind,
        id AS record, organisation, area, on_day FROM members
    UNION ALL
    SELECT 700000 + n, pg_temp.made('6', 700000 + n), 'organisation.established', id, id, area, on_day FROM organisations_made;
INSERT INTO acts (id, kind, record_id, organisation_id, area_id, occurred_on, count, content, payload, entry_id, status, version, recorded_at, ordinal)
    SELECT d.id, d.kind, d.record, d.organisation, d.area, d.on_day, 1, k.content, k.payload, pg_temp.made('8', 10000 + d.n), 'recorded', 1,
        timestamp '2019-01-01' + d.n * interval '2 minutes', 1000 + d.n
    FROM done d JOIN (SELECT DISTINCT ON (kind) kind, content, payload FROM acts) k ON k.kind = d.kind;
INSERT INTO findings (id, kind, area_id, one_membership_id, other_membership_id, one_area_id, other_area_id, status, raised_at, version, act_id)
    SELECT pg_temp.made('7', i), CASE WHEN pg_temp.draw(i, 50, 100) < 70 THEN 'possible_duplicate' ELSE 'membership_after_death' END,
        CASE WHEN pg_temp.draw(i, 51, 3) = 0 THEN '33@origin' ELSE c.id END, pg_temp.made('4', i), pg_temp.made('4', i + 20000),
        c.id, c.id, CASE WHEN pg_temp.draw(i, 52, 100) < 30 THEN 'open' ELSE 'settled' END, timestamp '2022-01-01', 1, pg_temp.made('6', i)
    FROM generate_series(1, 20000) i CROSS JOIN many JOIN communes c ON c.rank = pg_temp.skewed(i, 53, many.communes);
INSERT INTO listed_records (list, record_id, seen_in, from_seq, changed_seq, is_listed)
    SELECT l.list, l.id, l.area, 100 * (1 + l.n / 100), 100 * (1 + l.n / 100 + pg_temp.draw(l.n, 54, 90)), pg_temp.draw(l.n, 55, 100) > 0
    FROM (SELECT 'organisations' AS list, id, area, n FROM organisations_made
        UNION ALL SELECT 'people', person, area, n FROM members WHERE n % 20 <> 0
        UNION ALL SELECT 'acts', id, area, n FROM done
        UNION ALL SELECT 'findings', id, area_id, row_number() OVER (ORDER BY id) FROM findings WHERE raised_at = timestamp '2022-01-01') l;
INSERT INTO journal_entries (seq, id, kind, v, subject, occurred_on, recorded_at, actor, data_hash, prev_hash, hash)
    SELECT 100 * k, pg_temp.made('8', k), 'test.filled', 1, '/v1/filled/' || k, date '2022-06-30', timestamp '2022-06-30 08:00', 'service:test',
        sha256('d'), sha256('p'), sha256(convert_to('h' || k, 'UTF8'))
    FROM generate_series(1, 9000) k WHERE 100 * k > (SELECT max(seq) FROM journal_entries);
