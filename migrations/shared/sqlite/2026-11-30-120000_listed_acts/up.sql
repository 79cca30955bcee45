-- Callers may keep copies of acts and of findings too. Acts that were recorded before this step are listed as changed at 0, before
-- every journal entry. Acts on economic units belong to no organisation, and are not listed.
CREATE TABLE listed_records_next (
    list TEXT NOT NULL CHECK (list IN ('economic_units', 'organisations', 'people', 'acts', 'findings')),
    record_id BLOB NOT NULL,
    seen_in TEXT NOT NULL,
    from_seq BIGINT NOT NULL CHECK (from_seq >= 0),
    changed_seq BIGINT NOT NULL CHECK (changed_seq >= from_seq),
    is_listed BOOLEAN NOT NULL,
    PRIMARY KEY (list, record_id, seen_in, from_seq)
);
INSERT INTO listed_records_next SELECT list, record_id, seen_in, from_seq, changed_seq, is_listed FROM listed_records;
DROP TABLE listed_records;
ALTER TABLE listed_records_next RENAME TO listed_records;
CREATE UNIQUE INDEX listed_records_once ON listed_records (list, record_id, seen_in) WHERE is_listed;
CREATE INDEX listed_records_areas_changes ON listed_records (list, seen_in, changed_seq, record_id);
CREATE INDEX listed_records_changes ON listed_records (list, changed_seq, record_id);
INSERT INTO listed_records (list, record_id, seen_in, from_seq, changed_seq, is_listed)
SELECT 'acts', id, area_id, 0, 0, TRUE FROM acts WHERE organisation_id IS NOT NULL;
