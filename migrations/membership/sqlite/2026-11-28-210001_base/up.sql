-- The copy of economic units that the registry's journal keeps up to date: no name, no tax code.
CREATE TABLE economic_units (
    id BLOB NOT NULL PRIMARY KEY,
    area_id TEXT NOT NULL REFERENCES areas (id),
    legal_form TEXT NOT NULL CHECK (legal_form IN ('sole_proprietorship', 'llc_single_member', 'llc_multi_member', 'joint_stock_company', 'partnership', 'cooperative', 'cooperative_union', 'household_business', 'non_public_service_unit', 'other')),
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'not_at_registered_address', 'revoked_tax_enforcement', 'dissolving_or_reorganised', 'in_bankruptcy', 'terminated', 'withdrawn')),
    status_on DATE NOT NULL CHECK (status_on BETWEEN '1900-01-01' AND '2100-12-31')
);
CREATE INDEX economic_units_area_id ON economic_units (area_id);
-- Units that ended, for findings.
CREATE INDEX economic_units_status ON economic_units (status, id);

-- What the registry told of an economic unit, one row an entry that counts. A correction stands where the entry stood
-- that it replaces.
CREATE TABLE unit_tellings (
    entry_id BLOB NOT NULL PRIMARY KEY,
    unit_id BLOB NOT NULL REFERENCES economic_units (id),
    occurred_on DATE NOT NULL CHECK (occurred_on BETWEEN '1900-01-01' AND '2100-12-31'),
    rank INTEGER NOT NULL CHECK (rank BETWEEN 0 AND 2),
    place BIGINT NOT NULL CHECK (place >= 0),
    area_id TEXT NOT NULL REFERENCES areas (id),
    legal_form TEXT NOT NULL CHECK (legal_form IN ('sole_proprietorship', 'llc_single_member', 'llc_multi_member', 'joint_stock_company', 'partnership', 'cooperative', 'cooperative_union', 'household_business', 'non_public_service_unit', 'other')),
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'not_at_registered_address', 'revoked_tax_enforcement', 'dissolving_or_reorganised', 'in_bankruptcy', 'terminated', 'withdrawn'))
);
CREATE INDEX unit_tellings_unit_id ON unit_tellings (unit_id);
CREATE INDEX unit_tellings_area_id ON unit_tellings (area_id);

-- Organisations of every branch; superior committees and federations among them. After the day recording_begins_on of a
-- superior body nothing below it is registered as having been there before.
CREATE TABLE organisations (
    id BLOB NOT NULL PRIMARY KEY,
    branch TEXT NOT NULL CHECK (branch IN ('party', 'union')),
    kind TEXT NOT NULL,
    is_superior_body BOOLEAN NOT NULL,
    name TEXT NOT NULL CHECK (length(name) <= 300),
    name_key TEXT NOT NULL,
    search_text TEXT NOT NULL,
    -- Whose lists show it: those of its area, or all lists (*), where it is a superior body.
    seen_in TEXT NOT NULL,
    superior_id BLOB REFERENCES organisations (id),
    area_id TEXT NOT NULL REFERENCES areas (id),
    status TEXT NOT NULL CHECK (status IN ('active', 'dissolved', 'withdrawn')),
    established_on DATE NOT NULL CHECK (established_on BETWEEN '1900-01-01' AND '2100-12-31'),
    ended_on DATE CHECK (ended_on BETWEEN '1900-01-01' AND '2100-12-31'),
    recording_begins_on DATE CHECK (recording_begins_on BETWEEN '1900-01-01' AND '2100-12-31'),
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX organisations_area_id ON organisations (area_id);
-- A list is read as bounded seeks: for each area and each value of one filter, in each order.
CREATE INDEX organisations_areas_kinds_names ON organisations (seen_in, kind, name_key, id);
CREATE INDEX organisations_areas_kinds_changes ON organisations (seen_in, kind, updated_at, id);
CREATE INDEX organisations_areas_statuses_names ON organisations (seen_in, status, name_key, id);
CREATE INDEX organisations_areas_statuses_changes ON organisations (seen_in, status, updated_at, id);
CREATE INDEX organisations_areas_names ON organisations (seen_in, name_key, id);
CREATE INDEX organisations_areas_changes ON organisations (seen_in, updated_at, id);
CREATE INDEX organisations_kinds_names ON organisations (kind, name_key, id);
CREATE INDEX organisations_kinds_changes ON organisations (kind, updated_at, id);
CREATE INDEX organisations_statuses_names ON organisations (status, name_key, id);
CREATE INDEX organisations_statuses_changes ON organisations (status, updated_at, id);
CREATE INDEX organisations_superiors_names ON organisations (superior_id, name_key, id);
CREATE INDEX organisations_superiors_changes ON organisations (superior_id, updated_at, id);
CREATE INDEX organisations_names ON organisations (name_key, id);
CREATE INDEX organisations_changes ON organisations (updated_at, id);

-- The words of an organisation's name, folded, each with the organisation and in whose lists it is seen.
CREATE TABLE search_words (
    area_id TEXT NOT NULL,
    word TEXT NOT NULL CHECK (length(word) <= 60),
    record_id BLOB NOT NULL,
    PRIMARY KEY (area_id, word, record_id)
) WITHOUT ROWID;
CREATE INDEX search_words_word ON search_words (word, record_id);

-- What an organisation was from which day to which: made of the acts on it. Its kind and its superior change with an upgrade.
CREATE TABLE organisation_phases (
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    from_on DATE NOT NULL CHECK (from_on BETWEEN '1900-01-01' AND '2100-12-31'),
    to_on DATE CHECK (to_on > from_on),
    kind TEXT NOT NULL,
    superior_id BLOB REFERENCES organisations (id),
    PRIMARY KEY (organisation_id, from_on)
);
CREATE INDEX organisation_phases_superior_id ON organisation_phases (superior_id);

CREATE TABLE organisation_units (
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    economic_unit_id BLOB NOT NULL REFERENCES economic_units (id),
    PRIMARY KEY (organisation_id, economic_unit_id)
);
CREATE INDEX organisation_units_economic_unit_id ON organisation_units (economic_unit_id);

-- From which areas a superior body takes organisations, where these are not its own area.
CREATE TABLE organisation_intakes (
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    area_id TEXT NOT NULL REFERENCES areas (id),
    PRIMARY KEY (organisation_id, area_id)
);
CREATE INDEX organisation_intakes_area_id ON organisation_intakes (area_id);

-- People: every field sealed with the person's own data key; the personal id is found by its blind index,
-- which is not unique, since uniqueness would tell who is known elsewhere.
CREATE TABLE people (
    id BLOB NOT NULL PRIMARY KEY,
    full_name BLOB NOT NULL,
    birth_date BLOB NOT NULL,
    sex BLOB,
    phone BLOB,
    personal_id BLOB,
    card_number BLOB,
    personal_id_index BLOB,
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX people_personal_id_index ON people (personal_id_index);

-- What was recorded of a person before it was put right, sealed with the person's own data key, with the reason.
CREATE TABLE person_versions (
    person_id BLOB NOT NULL REFERENCES people (id),
    version BIGINT NOT NULL CHECK (version >= 1),
    full_name BLOB NOT NULL,
    birth_date BLOB NOT NULL,
    sex BLOB,
    phone BLOB,
    personal_id BLOB,
    card_number BLOB,
    note BLOB,
    replaced_by_id BLOB NOT NULL REFERENCES journal_entries (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (person_id, version)
);
CREATE INDEX person_versions_replaced_by_id ON person_versions (replaced_by_id);

CREATE TABLE memberships (
    id BLOB NOT NULL PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES people (id),
    branch TEXT NOT NULL CHECK (branch IN ('party', 'union')),
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    area_id TEXT NOT NULL REFERENCES areas (id),
    status TEXT NOT NULL CHECK (status IN ('active', 'in_flight', 'departed', 'transferred_out', 'withdrawn')),
    standing TEXT NOT NULL CHECK (standing IN ('probationary', 'official', 'member')),
    sex TEXT CHECK (sex IN ('female', 'male')),
    is_owner BOOLEAN NOT NULL,
    is_worker BOOLEAN NOT NULL,
    joined_on DATE NOT NULL CHECK (joined_on BETWEEN '1900-01-01' AND '2100-12-31'),
    official_on DATE CHECK (official_on BETWEEN '1900-01-01' AND '2100-12-31'),
    ended_on DATE CHECK (ended_on BETWEEN '1900-01-01' AND '2100-12-31'),
    end_reason TEXT,
    readmissions INTEGER NOT NULL CHECK (readmissions >= 0),
    parallel INTEGER NOT NULL CHECK (parallel >= 0),
    last_act_on DATE NOT NULL CHECK (last_act_on BETWEEN '1900-01-01' AND '2100-12-31'),
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX memberships_person_id ON memberships (person_id);
-- Memberships beside hidden ones, for findings.
CREATE INDEX memberships_parallel ON memberships (id) WHERE parallel > 0;
CREATE INDEX memberships_organisation_id ON memberships (organisation_id, person_id);
CREATE INDEX memberships_area_id ON memberships (area_id, person_id);
CREATE INDEX memberships_areas_branches ON memberships (area_id, branch, person_id);
CREATE INDEX memberships_areas_statuses ON memberships (area_id, status, person_id);
CREATE INDEX memberships_branches ON memberships (branch, person_id);
CREATE INDEX memberships_statuses ON memberships (status, person_id);
-- A person is a member of a branch once at a time, as far as whoever records it can see. Where a live
-- membership lies outside that reach, "already a member" would betray it: the record stands beside it as a
-- parallel one, and a finding tells those whose reach covers both.
CREATE UNIQUE INDEX memberships_once ON memberships (person_id, branch, parallel) WHERE status IN ('active', 'in_flight');

-- In which organisation a member belongs from which day to which: made of the acts on the membership.
CREATE TABLE membership_stays (
    membership_id BLOB NOT NULL REFERENCES memberships (id),
    ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    from_on DATE NOT NULL CHECK (from_on BETWEEN '1900-01-01' AND '2100-12-31'),
    to_on DATE CHECK (to_on BETWEEN '1900-01-01' AND '2100-12-31'),
    PRIMARY KEY (membership_id, ordinal)
);
CREATE INDEX membership_stays_organisation_id ON membership_stays (organisation_id, to_on);

-- Pairs of records that are each right and together doubtful: two memberships, or an organisation and a unit; and acts whose
-- condition is not met any more.
CREATE TABLE findings (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    area_id TEXT NOT NULL REFERENCES areas (id),
    one_membership_id BLOB REFERENCES memberships (id),
    other_membership_id BLOB REFERENCES memberships (id),
    organisation_id BLOB REFERENCES organisations (id),
    economic_unit_id BLOB REFERENCES economic_units (id),
    one_area_id TEXT NOT NULL REFERENCES areas (id),
    other_area_id TEXT NOT NULL REFERENCES areas (id),
    status TEXT NOT NULL CHECK (status IN ('open', 'settled')),
    outcome TEXT,
    raised_at TIMESTAMP NOT NULL,
    settled_at TIMESTAMP,
    settled_by TEXT,
    version BIGINT NOT NULL CHECK (version >= 1),
    other_economic_unit_id BLOB REFERENCES economic_units (id),
    act_id BLOB REFERENCES acts (id),
    condition TEXT
);
CREATE INDEX findings_act_id ON findings (act_id);
CREATE INDEX findings_area_id ON findings (area_id, id);
CREATE INDEX findings_areas_kinds ON findings (area_id, kind, id);
CREATE INDEX findings_areas_statuses ON findings (area_id, status, id);
CREATE INDEX findings_kinds ON findings (kind, id);
CREATE INDEX findings_statuses ON findings (status, id);
CREATE INDEX findings_one_membership_id ON findings (one_membership_id);
CREATE INDEX findings_other_membership_id ON findings (other_membership_id);
CREATE INDEX findings_organisation_id ON findings (organisation_id);
CREATE INDEX findings_economic_unit_id ON findings (economic_unit_id);
CREATE INDEX findings_one_area_id ON findings (one_area_id);
CREATE INDEX findings_other_area_id ON findings (other_area_id);

-- The registry's pairs of units that may be one, and what a finding about them names.
CREATE TABLE duplicate_units (
    one_id BLOB NOT NULL REFERENCES economic_units (id),
    other_id BLOB NOT NULL REFERENCES economic_units (id),
    one_area_id TEXT NOT NULL REFERENCES areas (id),
    other_area_id TEXT NOT NULL REFERENCES areas (id),
    PRIMARY KEY (one_id, other_id)
);
CREATE INDEX duplicate_units_other_id ON duplicate_units (other_id);
CREATE INDEX duplicate_units_one_area_id ON duplicate_units (one_area_id);
CREATE INDEX duplicate_units_other_area_id ON duplicate_units (other_area_id);

CREATE INDEX findings_other_economic_unit_id ON findings (other_economic_unit_id);
