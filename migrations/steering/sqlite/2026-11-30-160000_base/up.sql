-- Steering committees and their support teams, as their acts make them. Who holds which seat is computed from the acts, and the
-- holders' names are sealed there.
CREATE TABLE steering_bodies (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('steering_committee', 'support_team')),
    level TEXT NOT NULL CHECK (level IN ('province', 'district', 'equivalent', 'commune')),
    area_id TEXT NOT NULL REFERENCES areas (id),
    -- The committee that a support team works for.
    committee_id BLOB REFERENCES steering_bodies (id),
    name TEXT NOT NULL CHECK (length(name) <= 300),
    name_key TEXT NOT NULL,
    short_name TEXT CHECK (length(short_name) <= 100),
    status TEXT NOT NULL CHECK (status IN ('active', 'ended', 'withdrawn')),
    established_on DATE NOT NULL CHECK (established_on BETWEEN '1900-01-01' AND '2100-12-31'),
    term_ends_on DATE CHECK (term_ends_on BETWEEN '1900-01-01' AND '2100-12-31'),
    ended_on DATE CHECK (ended_on BETWEEN '1900-01-01' AND '2100-12-31'),
    seats BIGINT NOT NULL CHECK (seats >= 0),
    empty_seats BIGINT NOT NULL CHECK (empty_seats BETWEEN 0 AND seats),
    has_head BOOLEAN NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CHECK ((kind = 'support_team') = (committee_id IS NOT NULL))
);
CREATE INDEX steering_bodies_committee_id ON steering_bodies (committee_id, id);
-- A list is read as bounded seeks: for each area, in each order.
CREATE INDEX steering_bodies_areas_names ON steering_bodies (area_id, name_key, id);
CREATE INDEX steering_bodies_areas_changes ON steering_bodies (area_id, updated_at, id);
CREATE INDEX steering_bodies_names ON steering_bodies (name_key, id);
CREATE INDEX steering_bodies_changes ON steering_bodies (updated_at, id);
