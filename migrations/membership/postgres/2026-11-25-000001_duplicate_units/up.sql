-- The registry's pairs of units that may be one, and what a finding about them names.
CREATE TABLE duplicate_units (
    one_id UUID NOT NULL REFERENCES economic_units (id),
    other_id UUID NOT NULL REFERENCES economic_units (id),
    one_area_id TEXT COLLATE "C" NOT NULL REFERENCES areas (id),
    other_area_id TEXT COLLATE "C" NOT NULL REFERENCES areas (id),
    PRIMARY KEY (one_id, other_id)
);
CREATE INDEX duplicate_units_other_id ON duplicate_units (other_id);
CREATE INDEX duplicate_units_one_area_id ON duplicate_units (one_area_id);
CREATE INDEX duplicate_units_other_area_id ON duplicate_units (other_area_id);

ALTER TABLE findings ADD COLUMN other_economic_unit_id UUID REFERENCES economic_units (id);
CREATE INDEX findings_other_economic_unit_id ON findings (other_economic_unit_id);
