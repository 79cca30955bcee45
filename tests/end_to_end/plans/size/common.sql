-- What the fills of the three services share. Each draw is fixed by its number and a salt, so each run makes the same rows.
CREATE FUNCTION pg_temp.draw(i bigint, salt bigint, n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS 'SELECT abs(hashint8extended(i, salt) % n)';
-- Small numbers are more frequent: of n the first one has a share of one in the root of n.
CREATE FUNCTION pg_temp.skewed(i bigint, salt bigint, n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS 'SELECT floor(n * power(abs(hashint8extended(i, salt) % 1000000) / 1000000.0::float8, 2))::bigint';
-- Ids in the order of their numbers, as those that follow the time are. What they are of is a hexadecimal number: 1 units, 2 bodies,
-- 3 organisations, 4 memberships, 5 persons, 6 acts, 7 findings, 8 entries, 9 followed entries, a0 to a2 facts.
CREATE FUNCTION pg_temp.made(what text, i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$SELECT ('0180' || lpad(to_hex(i), 8, '0') || '70008' || lpad(what, 15, '0'))::uuid$$;
-- The communes of 2022. The first one has most of everything, the last one least.
CREATE TEMP TABLE communes AS
    SELECT id, row_number() OVER (ORDER BY id <> '11986@origin', id = '12019@origin', md5(id)) - 1 AS rank FROM areas
    WHERE level = 'commune' AND id LIKE '%@origin';
CREATE TEMP TABLE many AS SELECT count(*) AS communes FROM communes;
CREATE TEMP TABLE units AS
    SELECT i AS n, pg_temp.made('1', i) AS id, c.id AS area,
        CASE WHEN s < 9000 THEN 'active' WHEN s < 9500 THEN 'suspended' WHEN s < 9990 THEN 'terminated' ELSE 'in_bankruptcy' END AS status,
        CASE WHEN f < 4500 THEN 'llc_single_member' WHEN f < 6500 THEN 'joint_stock_company' WHEN f < 8000 THEN 'household_business'
            WHEN f < 9700 THEN 'llc_multi_member' WHEN f < 9900 THEN 'cooperative' WHEN f < 9990 THEN 'other' ELSE 'cooperative_union' END AS form,
        date '2005-01-01' + pg_temp.draw(i, 4, 6300)::integer AS on_day
    FROM generate_series(1, 100000) i CROSS JOIN many
    CROSS JOIN LATERAL (SELECT pg_temp.draw(i, 2, 10000) AS s, pg_temp.draw(i, 3, 10000) AS f OFFSET 0) d
    JOIN communes c ON c.rank = pg_temp.skewed(i, 1, many.communes);
CREATE TEMP TABLE bodies AS
    SELECT i AS n, pg_temp.made('2', i) AS id, c.id AS area, CASE WHEN i % 2 = 0 THEN 'party' ELSE 'union' END AS branch
    FROM generate_series(1, 300) i CROSS JOIN many JOIN communes c ON c.rank = i % many.communes;
CREATE TEMP TABLE organisations_made AS
    SELECT i AS n, pg_temp.made('3', i) AS id, c.id AS area, k.branch,
        CASE WHEN k.branch = 'union' THEN 'grassroots_union' WHEN d.k < 8000 THEN 'grassroots_cell' WHEN d.k < 9900 THEN 'subordinate_cell'
            ELSE 'grassroots_chapter' END AS kind,
        CASE WHEN d.s < 9500 THEN 'active' WHEN d.s < 9990 THEN 'dissolved' ELSE 'withdrawn' END AS status,
        CASE WHEN d.b < 20 THEN CASE WHEN k.branch = 'union' THEN ':federation'::uuid ELSE ':committee'::uuid END
            ELSE pg_temp.made('2', 2 * (1 + d.b % 150) - CASE WHEN k.branch = 'union' THEN 1 ELSE 0 END) END AS body,
        date '2005-01-01' + pg_temp.draw(i, 15, 6300)::integer AS on_day
    FROM generate_series(1, 120000) i CROSS JOIN many
    CROSS JOIN LATERAL (SELECT pg_temp.draw(i, 11, 10000) AS k, pg_temp.draw(i, 12, 10000) AS s, pg_temp.draw(i, 13, 170) AS b,
        pg_temp.draw(i, 14, 10) AS w OFFSET 0) d
    CROSS JOIN LATERAL (SELECT CASE WHEN d.w < 6 THEN 'party' ELSE 'union' END AS branch) k
    JOIN communes c ON c.rank = pg_temp.skewed(i, 10, many.communes);
ANALYZE communes, many, units, bodies, organisations_made;
