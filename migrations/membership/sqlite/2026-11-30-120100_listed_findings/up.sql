-- Findings that were raised before changes of their list were numbered are in their lists since before all numbers.
INSERT INTO listed_records (list, record_id, seen_in, from_seq, changed_seq, is_listed)
SELECT 'findings', id, area_id, 0, 0, TRUE FROM findings;
