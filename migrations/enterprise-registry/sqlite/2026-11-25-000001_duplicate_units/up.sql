-- Pairs of households with one tax code that were told of, each once.
CREATE TABLE duplicate_units (
    one_id BLOB NOT NULL REFERENCES economic_units (id),
    other_id BLOB NOT NULL REFERENCES economic_units (id),
    suspected_at TIMESTAMP NOT NULL,
    PRIMARY KEY (one_id, other_id)
);
CREATE INDEX duplicate_units_other_id ON duplicate_units (other_id);
