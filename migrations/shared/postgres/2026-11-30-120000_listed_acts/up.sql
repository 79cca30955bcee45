-- Callers may keep copies of acts and of findings too. Acts that were recorded before this step are listed as changed at 0, before
-- every journal entry. Acts on economic units belong to no organisation, and are not listed.
ALTER TABLE listed_records DROP CONSTRAINT listed_records_list_check;
ALTER TABLE listed_records ADD CONSTRAINT listed_records_list_check CHECK (list IN ('economic_units', 'organisations', 'people', 'acts', 'findings'));
INSERT INTO listed_records (list, record_id, seen_in, from_seq, changed_seq, is_listed)
SELECT 'acts', id, area_id, 0, 0, TRUE FROM acts WHERE organisation_id IS NOT NULL;
