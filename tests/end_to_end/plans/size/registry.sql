CREATE TEMP TABLE named AS
    SELECT u.*, w.words, '09990' || lpad(u.n::text, 8, '0') AS code FROM units u CROSS JOIN LATERAL (
        SELECT (ARRAY['cong ty', 'hop tac xa', 'doanh nghiep', 'xi nghiep'])[1 + pg_temp.skewed(u.n, 20, 4)]
            || CASE WHEN pg_temp.draw(u.n, 21, 10) < 9 THEN ' gia' ELSE ' that' END
            || ' nghe' || pg_temp.draw(u.n, 22, 16) || ' ten' || pg_temp.draw(u.n, 23, 20)
            || CASE WHEN pg_temp.draw(u.n, 24, 1000) = 0 THEN ' hiem' WHEN pg_temp.draw(u.n, 25, 70) = 0 THEN ' vua' ELSE '' END
            || ' so' || u.n AS words OFFSET 0) w;
INSERT INTO economic_units (id, tax_code, name, name_key, search_text, legal_form, sector, is_foreign_invested, area_id, address, workers,
    workers_as_of, status, status_on, registered_on, version, created_at, updated_at, name_index)
    SELECT id, CASE WHEN h THEN NULL ELSE code END, CASE WHEN h THEN NULL ELSE initcap(words) END,
        CASE WHEN h THEN '~' ELSE words END, CASE WHEN h THEN '' ELSE ' ' || words || ' ' || code END, form, 'G', FALSE, area, NULL, NULL,
        NULL, status, on_day, on_day, 1, timestamp '2019-01-01' + n * interval '15 minutes',
        timestamp '2019-01-01' + (n + pg_temp.draw(n, 26, 10000)) * interval '15 minutes',
        CASE WHEN h THEN sha256(convert_to(n::text, 'UTF8')) END
    FROM (SELECT *, form = 'household_business' AS h FROM named) named;
INSERT INTO search_words (area_id, word, record_id)
    SELECT DISTINCT area, w, id FROM named CROSS JOIN LATERAL unnest(string_to_array(words || ' ' || code, ' ')) w WHERE form <> 'household_business';
INSERT INTO listed_records (list, record_id, seen_in, from_seq, changed_seq, is_listed)
    SELECT 'economic_units', id, area, 100 * (1 + n / 100), 100 * (1 + n / 100 + pg_temp.draw(n, 27, 90)), pg_temp.draw(n, 28, 100) > 0 FROM units;
INSERT INTO journal_entries (seq, id, kind, v, subject, occurred_on, recorded_at, actor, data_hash, prev_hash, hash)
    SELECT 100 * k, pg_temp.made('8', k), 'test.filled', 1, '/v1/filled/' || k, date '2022-06-30', timestamp '2022-06-30 08:00', 'service:test',
        sha256('d'), sha256('p'), sha256(convert_to('h' || k, 'UTF8'))
    FROM generate_series(1, 1100) k WHERE 100 * k > (SELECT max(seq) FROM journal_entries);
