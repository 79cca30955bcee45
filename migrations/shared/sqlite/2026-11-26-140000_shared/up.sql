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
