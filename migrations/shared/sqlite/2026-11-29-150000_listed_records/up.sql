-- Which lists show a record: one row for each time that it stood in the lists of an area (or in all lists, *), also after it
-- left them. from_seq and changed_seq are numbers of journal entries: with which entry it came there, and with which one it was
-- changed there last; of a row that is not listed any more, with which one it left. Copies of a list are kept up to date by it.
CREATE TABLE listed_records (
    list TEXT NOT NULL CHECK (list IN ('economic_units', 'organisations', 'people')),
    record_id BLOB NOT NULL,
    seen_in TEXT NOT NULL,
    from_seq BIGINT NOT NULL CHECK (from_seq >= 0),
    changed_seq BIGINT NOT NULL CHECK (changed_seq >= from_seq),
    is_listed BOOLEAN NOT NULL,
    PRIMARY KEY (list, record_id, seen_in, from_seq)
);
CREATE UNIQUE INDEX listed_records_once ON listed_records (list, record_id, seen_in) WHERE is_listed;
CREATE INDEX listed_records_areas_changes ON listed_records (list, seen_in, changed_seq, record_id);
CREATE INDEX listed_records_changes ON listed_records (list, changed_seq, record_id);
