-- The journal: every change of state, in order, as a chain of hashes.
CREATE TABLE journals (
    id BLOB NOT NULL PRIMARY KEY,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE journal_entries (
    seq BIGINT NOT NULL PRIMARY KEY CHECK (seq >= 0),
    id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    v INTEGER NOT NULL CHECK (v >= 1),
    subject TEXT NOT NULL,
    area TEXT,
    occurred_on DATE NOT NULL CHECK (occurred_on BETWEEN '1900-01-01' AND '2100-12-31'),
    recorded_at TIMESTAMP NOT NULL,
    actor TEXT NOT NULL,
    batch BLOB,
    corrects BLOB UNIQUE REFERENCES journal_entries (id),
    because BLOB,
    data TEXT,
    salt BLOB,
    data_hash BLOB NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX journal_entries_subject ON journal_entries (subject);

-- Answers already given, so that a repeated request takes effect once: each with the area of what was changed, since it
-- is repeated only to who still reaches that, and with the data key that seals it, where it holds personal data.
CREATE TABLE idempotency_records (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    body BLOB NOT NULL,
    created_at TIMESTAMP NOT NULL,
    area TEXT,
    sealed_by BLOB,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_records_created_at ON idempotency_records (created_at);

-- How far each followed journal has been applied here.
CREATE TABLE cursors (
    source TEXT NOT NULL PRIMARY KEY,
    journal_id BLOB,
    seq BIGINT NOT NULL CHECK (seq >= 0),
    hash BLOB,
    recorded_at TIMESTAMP,
    first_caught_up_at TIMESTAMP,
    stopped_code TEXT,
    stopped_reason TEXT,
    applied_at TIMESTAMP NOT NULL,
    -- The entry that cannot be applied: the one after seq.
    stopped_entry_id BLOB,
    stopped_kind TEXT,
    stopped_subject TEXT,
    stopped_area_id TEXT
);

-- Entries of followed journals that count nowhere here: an operator set them aside, or they need one that is.
CREATE TABLE set_aside_entries (
    source TEXT NOT NULL,
    seq BIGINT NOT NULL CHECK (seq >= 1),
    entry_id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    area_id TEXT,
    reason TEXT NOT NULL CHECK (length(reason) <= 300),
    -- The entry that it needs; none where an operator named it.
    because_of BLOB,
    set_aside_at TIMESTAMP NOT NULL,
    PRIMARY KEY (source, seq)
);

-- Administrative units with their periods: the registry's own, a followed copy elsewhere.
CREATE TABLE areas (
    id TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('province', 'district', 'commune')),
    unit_type TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    parent_id TEXT REFERENCES areas (id),
    valid_from DATE CHECK (valid_from BETWEEN '1900-01-01' AND '2100-12-31'),
    valid_to DATE CHECK (valid_to BETWEEN '1900-01-01' AND '2100-12-31'),
    seq BIGINT NOT NULL CHECK (seq >= 0)
);
CREATE INDEX areas_parent_id ON areas (parent_id);

CREATE TABLE area_successions (
    from_id TEXT NOT NULL REFERENCES areas (id),
    to_id TEXT REFERENCES areas (id),
    effective_on DATE NOT NULL CHECK (effective_on BETWEEN '1900-01-01' AND '2100-12-31'),
    share TEXT NOT NULL CHECK (share IN ('whole', 'main', 'part', 'none', 'undecided')),
    legal_basis TEXT NOT NULL,
    confidence TEXT NOT NULL CHECK (confidence IN ('confirmed', 'inferred', 'unresolved')),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    ordinal BIGINT NOT NULL PRIMARY KEY CHECK (ordinal >= 0)
);
CREATE INDEX area_successions_from_id ON area_successions (from_id);
CREATE INDEX area_successions_to_id ON area_successions (to_id);

-- Keys of this database, wrapped by the master key: the blind index's, the signing keys' and their like.
CREATE TABLE sealed_keys (
    name TEXT NOT NULL PRIMARY KEY,
    master_key TEXT NOT NULL,
    wrapped BLOB NOT NULL
);

-- One data key per person or household, wrapped by the master key; deleting it erases what it sealed.
CREATE TABLE data_keys (
    id BLOB NOT NULL PRIMARY KEY,
    master_key TEXT NOT NULL,
    wrapped BLOB NOT NULL
);

-- Who looked at whom: kept at least 24 months, never changed, a chain of hashes of its own. What a look was for is
-- sealed with the key of whom it was about; an erasure empties it and its salt, and the hash stays.
CREATE TABLE access_records (
    seq BIGINT NOT NULL PRIMARY KEY CHECK (seq >= 0),
    id BLOB NOT NULL UNIQUE,
    accessed_at TIMESTAMP NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT,
    area TEXT,
    fields TEXT,
    filter TEXT,
    count BIGINT NOT NULL CHECK (count >= 0),
    remote_address TEXT,
    purpose BLOB,
    purpose_salt BLOB,
    purpose_hash BLOB,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX access_records_subject ON access_records (subject);
CREATE INDEX access_records_area ON access_records (area);

-- What was done about a record on a day: its state is made of these. `content` says what an act does, `payload` what its
-- entry told. `record_id` is the record, `organisation_id` the organisation in which it happened.
CREATE TABLE acts (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    record_id BLOB NOT NULL,
    organisation_id BLOB,
    area_id TEXT NOT NULL REFERENCES areas (id),
    occurred_on DATE NOT NULL CHECK (occurred_on BETWEEN '1900-01-01' AND '2100-12-31'),
    count BIGINT NOT NULL CHECK (count BETWEEN 1 AND 100000),
    content TEXT NOT NULL,
    sealed BLOB,
    payload TEXT NOT NULL,
    decision_number TEXT CHECK (length(decision_number) <= 60),
    decided_on DATE CHECK (decided_on BETWEEN '1900-01-01' AND '2100-12-31'),
    issuing_body TEXT CHECK (length(issuing_body) <= 200),
    authorising_paper TEXT CHECK (length(authorising_paper) <= 200),
    note TEXT CHECK (length(note) <= 2000),
    answers TEXT,
    likeness BLOB,
    unmet_condition TEXT,
    unmet_since BIGINT CHECK (unmet_since >= 1),
    entry_id BLOB NOT NULL REFERENCES journal_entries (id) DEFERRABLE INITIALLY DEFERRED,
    status TEXT NOT NULL CHECK (status IN ('recorded', 'withdrawn')),
    version BIGINT NOT NULL CHECK (version >= 1),
    recorded_at TIMESTAMP NOT NULL
);
CREATE INDEX acts_record_id ON acts (record_id, id);
CREATE INDEX acts_organisation_id ON acts (organisation_id, id);
CREATE INDEX acts_area_id ON acts (area_id, id);
CREATE INDEX acts_areas_kinds ON acts (area_id, kind, id);
CREATE INDEX acts_kinds ON acts (kind, id);
CREATE INDEX acts_entry_id ON acts (entry_id);
CREATE INDEX acts_likeness ON acts (likeness);
CREATE INDEX acts_unmet_condition ON acts (unmet_condition) WHERE unmet_condition IS NOT NULL;

-- What an act was before it was put right or taken out, each version with the entry that replaced what had told it, and why.
CREATE TABLE act_versions (
    act_id BLOB NOT NULL REFERENCES acts (id),
    version BIGINT NOT NULL CHECK (version >= 1),
    record_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    occurred_on DATE NOT NULL CHECK (occurred_on BETWEEN '1900-01-01' AND '2100-12-31'),
    content TEXT NOT NULL,
    sealed BLOB,
    decision_number TEXT CHECK (length(decision_number) <= 60),
    decided_on DATE CHECK (decided_on BETWEEN '1900-01-01' AND '2100-12-31'),
    issuing_body TEXT CHECK (length(issuing_body) <= 200),
    authorising_paper TEXT CHECK (length(authorising_paper) <= 200),
    note TEXT CHECK (length(note) <= 2000),
    likeness BLOB,
    entry_id BLOB NOT NULL REFERENCES journal_entries (id),
    replaced_by_id BLOB NOT NULL REFERENCES journal_entries (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (act_id, version)
);
CREATE INDEX act_versions_record_id ON act_versions (record_id);
CREATE INDEX act_versions_entry_id ON act_versions (entry_id);
CREATE INDEX act_versions_replaced_by_id ON act_versions (replaced_by_id);
CREATE INDEX act_versions_likeness ON act_versions (likeness);
