-- From when to when an economic unit is covered by organisations of a branch, and by those of a branch under one superior body,
-- by what counts now. Sums of distinct units are made of it. body: an id in hexadecimal, or nothing.
CREATE TABLE covered_units (
    unit_id UUID NOT NULL,
    measure TEXT COLLATE "C" NOT NULL CHECK (measure IN ('covered_units', 'covered_units_of_bodies')),
    branch TEXT COLLATE "C" NOT NULL CHECK (branch IN ('party', 'union')),
    body TEXT COLLATE "C" NOT NULL,
    area_id TEXT COLLATE "C" NOT NULL,
    from_on DATE NOT NULL CHECK (from_on BETWEEN '1900-01-01' AND '2100-12-31'),
    to_on DATE CHECK (to_on > from_on),
    PRIMARY KEY (unit_id, measure, branch, body, from_on)
);
