-- Sums are not those of the facts: it is read how they are found.
DELETE FROM sums;
DELETE FROM covered_units;
INSERT INTO organisation_periods (organisation_id, from_seq, from_on, to_on, branch, kind, area_id, superior_body_id, is_superior_body, name)
    SELECT id, 1000 + n, date '2000-01-01', NULL, branch, CASE WHEN branch = 'union' THEN 'district_federation' ELSE 'district_committee' END, area,
        NULL, TRUE, 'Cấp trên Giả Định ' || n FROM bodies
    UNION ALL
    SELECT id, 2000 + n, on_day, CASE WHEN n % 20 = 0 THEN date '2022-05-05' END, branch, kind, area, body, FALSE, NULL FROM organisations_made
    UNION ALL
    SELECT id, 2000 + n, date '2022-05-05', NULL, branch, kind, area, body, FALSE, NULL FROM organisations_made WHERE n % 20 = 0;
INSERT INTO unit_periods (unit_id, from_seq, from_on, to_on, area_id, legal_form, sector, is_foreign_invested, status)
    SELECT id, 2000 + n, date '1900-01-01', CASE WHEN n % 20 = 0 THEN date '2022-05-05' END, area, form, 'G', FALSE, status FROM units
    UNION ALL
    SELECT id, 2000 + n, date '2022-05-05', NULL, area, form, 'G', FALSE, 'suspended' FROM units WHERE n % 20 = 0;
CREATE TEMP TABLE members AS
    SELECT i AS n, pg_temp.made('4', i) AS id, pg_temp.made('5', i) AS person,
        CASE WHEN i <= 3000 THEN ':cell'::uuid ELSE o.id END AS organisation, CASE WHEN i <= 3000 THEN '11986@origin' ELSE o.area END AS area,
        CASE WHEN i <= 3000 THEN 'party' ELSE o.branch END AS branch, date '2005-01-01' + pg_temp.skewed(i, 41, 6300)::integer AS on_day
    FROM generate_series(1, 550000) i CROSS JOIN LATERAL (SELECT 1 + pg_temp.skewed(i, 42, 120000) AS o OFFSET 0) d
    JOIN organisations_made o ON o.n = d.o;
INSERT INTO followed_entries (source, seq, entry_id, kind, subject, area_id, occurred_on, recorded_at)
    SELECT 'membership', 2000 + n, pg_temp.made('9', n), CASE WHEN branch = 'union' THEN 'union_member.admitted' ELSE 'party_member.admitted' END,
        '/v1/memberships/' || id, area, on_day, timestamp '2019-01-01' + n * interval '2 minutes' FROM members
    UNION ALL
    SELECT 'membership', 602000 + n, pg_temp.made('9', 600000 + n), 'organisation.established', '/v1/organisations/' || id, area, on_day,
        timestamp '2019-01-01' + (600000 + n) * interval '2 minutes' FROM organisations_made
    UNION ALL
    SELECT 'enterprise-registry', 2000 + n, pg_temp.made('9', 800000 + n), 'economic_unit.registered', '/v1/economic-units/' || id, area, on_day,
        timestamp '2019-01-01' + n * interval '15 minutes' FROM units;
INSERT INTO facts (id, measure, sign, count, occurred_on, source, from_seq, to_seq, area_id, branch, standing, subject, organisation_id,
    economic_unit_id, person_id, entry_id, entry_seq, ordinal)
    SELECT pg_temp.made('a' || x.ordinal, n), CASE WHEN branch = 'union' THEN x.of_union ELSE x.of_party END, 1, 1, on_day, 'membership', 2000 + n,
        CASE WHEN pg_temp.draw(n, 60, 200) = 0 THEN 3000 + n END, area, branch, CASE WHEN branch = 'union' THEN 'member' ELSE 'official' END,
        '/v1/memberships/' || id, organisation, NULL, person, pg_temp.made('9', n), 2000 + n, x.ordinal
    FROM members CROSS JOIN (VALUES (0, 'party_member_admissions', 'union_member_admissions'), (1, 'party_members', 'union_members'))
        x(ordinal, of_party, of_union)
    UNION ALL
    SELECT pg_temp.made('a' || x.ordinal, 600000 + n), x.measure, 1, 1, on_day, 'membership', 602000 + n, NULL, area, branch, NULL, '/v1/organisations/' || id, id,
        CASE WHEN x.ordinal = 2 THEN CASE WHEN n <= 3 THEN ':company'::uuid ELSE pg_temp.made('1', 1 + pg_temp.draw(n, 35, 100000)) END END, NULL,
        pg_temp.made('9', 600000 + n), 602000 + n, x.ordinal
    FROM organisations_made CROSS JOIN (VALUES (0, 'organisations'), (1, 'organisation_foundings'), (2, 'unit_coverings')) x(ordinal, measure)
    WHERE x.ordinal < 2 OR n % 2 = 0 OR n <= 3
    UNION ALL
    SELECT pg_temp.made('a0', 800000 + n), 'economic_units', 1, 1, on_day, 'enterprise-registry', 2000 + n, NULL, area, NULL, NULL, '/v1/economic-units/' || id, NULL,
        id, NULL, pg_temp.made('9', 800000 + n), 2000 + n, 0 FROM units;
INSERT INTO sums (grain, at, measure, area_id, body, kind, branch, standing, value)
    SELECT g.grain, g.at, m.measure, c.id, '', m.kind, m.branch, m.standing, 1 + pg_temp.draw(g.at, c.rank, 20) FROM communes c
    CROSS JOIN (SELECT 'month' AS grain, at FROM generate_series(2005 * 12, 2022 * 12 + 5) at UNION ALL SELECT 'year', at FROM generate_series(2005, 2022) at) g
    CROSS JOIN (VALUES ('party_members', 'grassroots_cell', 'party', 'official'), ('party_member_admissions', 'grassroots_cell', 'party', 'official'),
        ('union_members', 'grassroots_union', 'union', 'member'), ('organisations', 'grassroots_cell', 'party', ''), ('economic_units', 'active', '', ''))
        m(measure, kind, branch, standing);
INSERT INTO covered_units (unit_id, measure, branch, body, area_id, from_on)
    SELECT DISTINCT ON (1, 2, 3, 4, 6) pg_temp.made('1', 1 + pg_temp.draw(o.n, 35, 100000)), x.measure, o.branch,
        CASE WHEN x.measure = 'covered_units' THEN '' ELSE replace(o.body::text, '-', '') END, o.area, o.on_day
    FROM organisations_made o CROSS JOIN (VALUES ('covered_units'), ('covered_units_of_bodies')) x(measure) WHERE o.n % 2 = 0 ORDER BY 1, 2, 3, 4, 6;
