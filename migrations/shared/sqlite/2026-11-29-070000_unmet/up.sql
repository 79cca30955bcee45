-- An act can miss several conditions at once. Each is kept by the code of its refusal, with the version of the act since which
-- it is missed.
DROP INDEX acts_unmet_condition;
ALTER TABLE acts RENAME COLUMN unmet_condition TO unmet;
UPDATE acts SET unmet = '{"' || unmet || '":' || unmet_since || '}' WHERE unmet IS NOT NULL;
ALTER TABLE acts DROP COLUMN unmet_since;
CREATE INDEX acts_unmet ON acts (id) WHERE unmet IS NOT NULL;
