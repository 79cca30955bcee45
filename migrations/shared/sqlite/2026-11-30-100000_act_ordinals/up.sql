-- Acts are numbered in the order in which they are recorded. Their ids say nothing of it, since callers may make them.
ALTER TABLE acts ADD COLUMN ordinal BIGINT NOT NULL DEFAULT 0 CHECK (ordinal >= 0);
DROP INDEX acts_record_id;
DROP INDEX acts_organisation_id;
DROP INDEX acts_area_id;
DROP INDEX acts_areas_kinds;
DROP INDEX acts_kinds;
UPDATE acts SET ordinal = numbered.place
FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY recorded_at, id) AS place FROM acts) numbered
WHERE numbered.id = acts.id;
CREATE UNIQUE INDEX acts_ordinal ON acts (ordinal);
CREATE INDEX acts_record_id ON acts (record_id, ordinal, id);
CREATE INDEX acts_organisation_id ON acts (organisation_id, ordinal, id);
CREATE INDEX acts_area_id ON acts (area_id, ordinal, id);
CREATE INDEX acts_areas_kinds ON acts (area_id, kind, ordinal, id);
CREATE INDEX acts_kinds ON acts (kind, ordinal, id);
