-- Units that were recorded before changes were numbered stand in their lists since before all numbers.
INSERT INTO listed_records (list, record_id, seen_in, from_seq, changed_seq, is_listed)
SELECT 'economic_units', id, area_id, 0, 0, TRUE FROM economic_units;
