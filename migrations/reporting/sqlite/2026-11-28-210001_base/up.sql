-- Every entry of the followed journals: positions of a time, and the way from a figure to its papers.
CREATE TABLE followed_entries (
    source TEXT NOT NULL,
    seq BIGINT NOT NULL CHECK (seq >= 0),
    entry_id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    area_id TEXT,
    occurred_on DATE NOT NULL CHECK (occurred_on BETWEEN '1900-01-01' AND '2100-12-31'),
    recorded_at TIMESTAMP NOT NULL,
    corrects BLOB,
    decision_number TEXT CHECK (length(decision_number) <= 60),
    decided_on DATE CHECK (decided_on BETWEEN '1900-01-01' AND '2100-12-31'),
    issuing_body TEXT CHECK (length(issuing_body) <= 200),
    PRIMARY KEY (source, seq)
);
CREATE INDEX followed_entries_recorded_at ON followed_entries (source, recorded_at);

-- One counted thing. It counts from the position from_seq on and before to_seq. entry_seq is the place of its entry, and
-- ordinal its place among what that entry made: both are the same when facts are made anew.
CREATE TABLE facts (
    id BLOB NOT NULL PRIMARY KEY,
    measure TEXT NOT NULL,
    sign INTEGER NOT NULL CHECK (sign IN (-1, 1)),
    count BIGINT NOT NULL CHECK (count BETWEEN 0 AND 100000),
    occurred_on DATE NOT NULL CHECK (occurred_on BETWEEN '1900-01-01' AND '2100-12-31'),
    source TEXT NOT NULL,
    from_seq BIGINT NOT NULL CHECK (from_seq >= 0),
    to_seq BIGINT CHECK (to_seq >= 0),
    area_id TEXT,
    sub_leaf TEXT,
    branch TEXT CHECK (branch IN ('party', 'union')),
    standing TEXT CHECK (standing IN ('probationary', 'official', 'member')),
    sex TEXT CHECK (sex IN ('female', 'male')),
    is_owner BOOLEAN,
    is_worker BOOLEAN,
    subject TEXT NOT NULL,
    organisation_id BLOB,
    economic_unit_id BLOB,
    person_id BLOB,
    entry_id BLOB NOT NULL REFERENCES followed_entries (entry_id),
    entry_seq BIGINT NOT NULL CHECK (entry_seq >= 0),
    ordinal INTEGER NOT NULL CHECK (ordinal >= 0)
);
CREATE INDEX facts_measure ON facts (measure, occurred_on);
-- The entries behind a figure, in the journals' order; and those of a few organisations or units.
CREATE INDEX facts_entries ON facts (measure, source, entry_seq, ordinal);
CREATE INDEX facts_organisations ON facts (organisation_id, measure);
CREATE INDEX facts_units ON facts (economic_unit_id, measure);
CREATE INDEX facts_entry_id ON facts (entry_id);
CREATE INDEX facts_person_id ON facts (person_id);
-- What was told after a place in a journal.
CREATE INDEX facts_told ON facts (source, from_seq);
CREATE INDEX facts_closed ON facts (source, to_seq) WHERE to_seq IS NOT NULL;

-- What the facts that count by now add up to, where they stand: by whole years and by the months of each year. A stock is the
-- sum of its years before and of its months; what moves with its organisation or unit is taken away where it stood and
-- added where it stands. at: a year, or 12 times a year plus a month counted from 0.
CREATE TABLE sums (
    grain TEXT NOT NULL CHECK (grain IN ('month', 'year')),
    at INTEGER NOT NULL CHECK (at BETWEEN 1900 AND 30000),
    measure TEXT NOT NULL,
    area_id TEXT NOT NULL,
    body TEXT NOT NULL,
    kind TEXT NOT NULL,
    branch TEXT NOT NULL CHECK (branch IN ('', 'party', 'union')),
    standing TEXT NOT NULL CHECK (standing IN ('', 'probationary', 'official', 'member')),
    value BIGINT NOT NULL CHECK (value BETWEEN -9000000000000000 AND 9000000000000000),
    PRIMARY KEY (grain, at, measure, area_id, body, kind, branch, standing)
) WITHOUT ROWID;

-- How an organisation stands from a day on, as one entry told it. It counts from the position from_seq on and before to_seq.
CREATE TABLE organisation_tellings (
    entry_id BLOB NOT NULL PRIMARY KEY REFERENCES followed_entries (entry_id),
    organisation_id BLOB NOT NULL,
    from_on DATE NOT NULL CHECK (from_on BETWEEN '1900-01-01' AND '2100-12-31'),
    from_seq BIGINT NOT NULL CHECK (from_seq >= 0),
    to_seq BIGINT CHECK (to_seq >= from_seq),
    branch TEXT NOT NULL CHECK (branch IN ('party', 'union')),
    kind TEXT NOT NULL,
    area_id TEXT NOT NULL,
    superior_id BLOB,
    is_superior_body BOOLEAN NOT NULL,
    name TEXT
);
CREATE INDEX organisation_tellings_organisation_id ON organisation_tellings (organisation_id);
CREATE INDEX organisation_tellings_superior_id ON organisation_tellings (superior_id);

-- How an organisation stood from a day on and before another, with the first committee or federation upwards: made of what
-- was told of it and of those above it. Committees and federations have names, by which figures can be asked.
CREATE TABLE organisation_periods (
    organisation_id BLOB NOT NULL,
    from_seq BIGINT NOT NULL CHECK (from_seq >= 0),
    to_seq BIGINT CHECK (to_seq > from_seq),
    from_on DATE NOT NULL CHECK (from_on BETWEEN '1900-01-01' AND '2100-12-31'),
    to_on DATE CHECK (to_on > from_on),
    branch TEXT NOT NULL CHECK (branch IN ('party', 'union')),
    kind TEXT NOT NULL,
    area_id TEXT NOT NULL,
    superior_body_id BLOB,
    is_superior_body BOOLEAN NOT NULL,
    name TEXT,
    PRIMARY KEY (organisation_id, from_seq, from_on)
);
CREATE INDEX organisation_periods_area_id ON organisation_periods (area_id);
CREATE INDEX organisation_periods_told ON organisation_periods (from_seq);
CREATE INDEX organisation_periods_closed ON organisation_periods (to_seq) WHERE to_seq IS NOT NULL;
CREATE INDEX organisation_periods_superior_body_id ON organisation_periods (superior_body_id);
CREATE INDEX organisation_periods_bodies ON organisation_periods (is_superior_body) WHERE is_superior_body;

-- With which day recording begins under a superior body, as it was set: opening registrations end with it.
CREATE TABLE recording_starts (
    organisation_id BLOB NOT NULL,
    from_seq BIGINT NOT NULL CHECK (from_seq >= 0),
    to_seq BIGINT CHECK (to_seq > from_seq),
    begins_on DATE NOT NULL CHECK (begins_on BETWEEN '1900-01-01' AND '2100-12-31'),
    PRIMARY KEY (organisation_id, from_seq)
);

-- How an economic unit stands from a day on, as one entry told it. A correction stands where the entry stood that it
-- replaces.
CREATE TABLE unit_tellings (
    entry_id BLOB NOT NULL PRIMARY KEY REFERENCES followed_entries (entry_id),
    unit_id BLOB NOT NULL,
    from_on DATE NOT NULL CHECK (from_on BETWEEN '1900-01-01' AND '2100-12-31'),
    rank INTEGER NOT NULL CHECK (rank BETWEEN 0 AND 2),
    place BIGINT NOT NULL CHECK (place >= 0),
    from_seq BIGINT NOT NULL CHECK (from_seq >= 0),
    to_seq BIGINT CHECK (to_seq >= from_seq),
    area_id TEXT NOT NULL,
    legal_form TEXT NOT NULL CHECK (legal_form IN ('sole_proprietorship', 'llc_single_member', 'llc_multi_member', 'joint_stock_company', 'partnership', 'cooperative', 'cooperative_union', 'household_business', 'non_public_service_unit', 'other')),
    sector TEXT,
    is_foreign_invested BOOLEAN NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'not_at_registered_address', 'revoked_tax_enforcement', 'dissolving_or_reorganised', 'in_bankruptcy', 'terminated', 'withdrawn'))
);
CREATE INDEX unit_tellings_unit_id ON unit_tellings (unit_id);

-- How an economic unit stood from a day on and before another: made of what was told of it. The first one begins before all
-- days, since an organisation may cover a unit before it was registered as a business.
CREATE TABLE unit_periods (
    unit_id BLOB NOT NULL,
    from_seq BIGINT NOT NULL CHECK (from_seq >= 0),
    to_seq BIGINT CHECK (to_seq > from_seq),
    from_on DATE NOT NULL CHECK (from_on BETWEEN '1900-01-01' AND '2100-12-31'),
    to_on DATE CHECK (to_on > from_on),
    area_id TEXT NOT NULL,
    legal_form TEXT NOT NULL CHECK (legal_form IN ('sole_proprietorship', 'llc_single_member', 'llc_multi_member', 'joint_stock_company', 'partnership', 'cooperative', 'cooperative_union', 'household_business', 'non_public_service_unit', 'other')),
    sector TEXT,
    is_foreign_invested BOOLEAN NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'not_at_registered_address', 'revoked_tax_enforcement', 'dissolving_or_reorganised', 'in_bankruptcy', 'terminated', 'withdrawn')),
    PRIMARY KEY (unit_id, from_seq, from_on)
);
CREATE INDEX unit_periods_area_id ON unit_periods (area_id);
CREATE INDEX unit_periods_told ON unit_periods (from_seq);
CREATE INDEX unit_periods_closed ON unit_periods (to_seq) WHERE to_seq IS NOT NULL;

-- From which day an area has data: before it there is "no data", which is not zero.
CREATE TABLE coverages (
    id BLOB NOT NULL PRIMARY KEY,
    measure TEXT NOT NULL,
    area_id TEXT NOT NULL REFERENCES areas (id),
    from_on DATE NOT NULL CHECK (from_on BETWEEN '1900-01-01' AND '2100-12-31'),
    entry_id BLOB NOT NULL REFERENCES journal_entries (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX coverages_area_id ON coverages (area_id);
CREATE INDEX coverages_entry_id ON coverages (entry_id);

-- What takes longer than a request: its progress, and how it ended. A row that is not touched for a minute while
-- it runs was cut off with its process.
CREATE TABLE operations (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'interrupted')),
    done BIGINT NOT NULL CHECK (done >= 0),
    total BIGINT NOT NULL CHECK (total >= 0),
    result TEXT,
    started_by TEXT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    touched_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    version BIGINT NOT NULL CHECK (version >= 1)
);
CREATE UNIQUE INDEX operations_one_runs ON operations (kind) WHERE state = 'running';

-- What a projection was made by: where the program makes it otherwise, it is built anew.
CREATE TABLE projections (
    name TEXT NOT NULL PRIMARY KEY,
    made_by TEXT NOT NULL
);

-- How far each journal was read at which instants: from `noted_at` to `last_at`, both included, it stood there. A
-- figure is counted as of an instant, and an instant tells nobody how many entries there are.
CREATE TABLE positions (
    noted_at TIMESTAMP NOT NULL PRIMARY KEY,
    last_at TIMESTAMP NOT NULL,
    registry_seq BIGINT NOT NULL CHECK (registry_seq >= 0),
    membership_seq BIGINT NOT NULL CHECK (membership_seq >= 0),
    reporting_seq BIGINT NOT NULL CHECK (reporting_seq >= 0)
);
