-- Other ids of persons: those that callers made for somebody who turned out to be recorded already.
CREATE TABLE person_aliases (
    alias_id UUID NOT NULL PRIMARY KEY REFERENCES made_ids (id) DEFERRABLE INITIALLY DEFERRED,
    person_id UUID NOT NULL REFERENCES people (id)
);
CREATE INDEX person_aliases_person_id ON person_aliases (person_id);
