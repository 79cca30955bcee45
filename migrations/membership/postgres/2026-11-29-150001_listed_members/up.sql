-- What was recorded before changes were numbered stands in its lists since before all numbers. Erased persons are in none.
INSERT INTO listed_records (list, record_id, seen_in, from_seq, changed_seq, is_listed)
SELECT 'organisations', id, seen_in, 0, 0, TRUE FROM organisations;
INSERT INTO listed_records (list, record_id, seen_in, from_seq, changed_seq, is_listed)
SELECT DISTINCT 'people', m.person_id, m.area_id, 0, 0, TRUE FROM memberships m
WHERE EXISTS (SELECT 1 FROM data_keys d WHERE d.id = m.person_id);
