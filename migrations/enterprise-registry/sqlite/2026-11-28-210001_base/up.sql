-- An enterprise's tax code is public and unique. A household's is its representative's personal id: it is
-- sealed, found by its blind index, and not unique over areas, since uniqueness would tell who is known.
-- A household's name and address are a person's too: the plain columns are empty, name_key is the same for all
-- households, and a whole name is found by its blind index.
CREATE TABLE economic_units (
    id BLOB NOT NULL PRIMARY KEY,
    tax_code TEXT UNIQUE CHECK (length(tax_code) <= 14),
    tax_code_sealed BLOB,
    tax_code_index BLOB,
    name TEXT CHECK (length(name) <= 300),
    name_key TEXT NOT NULL,
    search_text TEXT NOT NULL,
    legal_form TEXT NOT NULL CHECK (legal_form IN ('sole_proprietorship', 'llc_single_member', 'llc_multi_member', 'joint_stock_company', 'partnership', 'cooperative', 'cooperative_union', 'household_business', 'non_public_service_unit', 'other')),
    sector TEXT CHECK (length(sector) <= 1),
    is_foreign_invested BOOLEAN NOT NULL,
    area_id TEXT NOT NULL REFERENCES areas (id),
    address TEXT CHECK (length(address) <= 300),
    workers BIGINT CHECK (workers BETWEEN 0 AND 1000000),
    workers_as_of DATE CHECK (workers_as_of BETWEEN '1900-01-01' AND '2100-12-31'),
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'not_at_registered_address', 'revoked_tax_enforcement', 'dissolving_or_reorganised', 'in_bankruptcy', 'terminated', 'withdrawn')),
    status_on DATE NOT NULL CHECK (status_on BETWEEN '1900-01-01' AND '2100-12-31'),
    registered_on DATE NOT NULL CHECK (registered_on BETWEEN '1900-01-01' AND '2100-12-31'),
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    name_sealed BLOB,
    name_index BLOB,
    address_sealed BLOB,
    CONSTRAINT economic_units_households_sealed CHECK (
        (legal_form = 'household_business' AND name IS NULL AND address IS NULL AND tax_code IS NULL AND name_key = '~' AND search_text = '')
        OR (legal_form <> 'household_business' AND name IS NOT NULL AND name_sealed IS NULL AND address_sealed IS NULL)
    )
);
CREATE INDEX economic_units_name_index ON economic_units (name_index);
-- A list is read as bounded seeks: for each area and each value of one filter, in each order.
CREATE INDEX economic_units_areas_statuses_names ON economic_units (area_id, status, name_key, id);
CREATE INDEX economic_units_areas_statuses_changes ON economic_units (area_id, status, updated_at, id);
CREATE INDEX economic_units_areas_forms_names ON economic_units (area_id, legal_form, name_key, id);
CREATE INDEX economic_units_areas_forms_changes ON economic_units (area_id, legal_form, updated_at, id);
CREATE INDEX economic_units_areas_names ON economic_units (area_id, name_key, id);
CREATE INDEX economic_units_areas_changes ON economic_units (area_id, updated_at, id);
CREATE INDEX economic_units_statuses_names ON economic_units (status, name_key, id);
CREATE INDEX economic_units_statuses_changes ON economic_units (status, updated_at, id);
CREATE INDEX economic_units_forms_names ON economic_units (legal_form, name_key, id);
CREATE INDEX economic_units_forms_changes ON economic_units (legal_form, updated_at, id);
CREATE INDEX economic_units_names ON economic_units (name_key, id);
CREATE INDEX economic_units_changes ON economic_units (updated_at, id);

-- The words of what is searched of a unit, folded, each with the unit and its area. What is sealed has none.
CREATE TABLE search_words (
    area_id TEXT NOT NULL,
    word TEXT NOT NULL CHECK (length(word) <= 60),
    record_id BLOB NOT NULL,
    PRIMARY KEY (area_id, word, record_id)
) WITHOUT ROWID;
CREATE INDEX search_words_word ON search_words (word, record_id);
CREATE INDEX economic_units_tax_code_index ON economic_units (tax_code_index);

-- Pairs of households with one tax code that were told of, each once.
CREATE TABLE duplicate_units (
    one_id BLOB NOT NULL REFERENCES economic_units (id),
    other_id BLOB NOT NULL REFERENCES economic_units (id),
    suspected_at TIMESTAMP NOT NULL,
    PRIMARY KEY (one_id, other_id)
);
CREATE INDEX duplicate_units_other_id ON duplicate_units (other_id);
