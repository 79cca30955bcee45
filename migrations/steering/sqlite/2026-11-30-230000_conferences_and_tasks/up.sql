-- Conferences, as their acts make them. Conclusions and who took part are computed from the acts.
CREATE TABLE conferences (
    id BLOB NOT NULL PRIMARY KEY,
    body_id BLOB NOT NULL REFERENCES steering_bodies (id),
    area_id TEXT NOT NULL REFERENCES areas (id),
    kind TEXT NOT NULL CHECK (kind IN ('interim_review', 'final_review', 'thematic_review', 'meeting')),
    title TEXT NOT NULL CHECK (length(title) <= 300),
    held_on DATE NOT NULL CHECK (held_on BETWEEN '1900-01-01' AND '2100-12-31'),
    conclusions BIGINT NOT NULL CHECK (conclusions BETWEEN 0 AND 50),
    is_open_below BOOLEAN NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('held', 'withdrawn')),
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX conferences_body_id ON conferences (body_id, id);
CREATE INDEX conferences_areas_days ON conferences (area_id, held_on, id);
CREATE INDEX conferences_days ON conferences (held_on, id);

-- Tasks that a steering body gave together, each to one receiver.
CREATE TABLE task_groups (
    id BLOB NOT NULL PRIMARY KEY,
    giver_id BLOB NOT NULL REFERENCES steering_bodies (id),
    area_id TEXT NOT NULL REFERENCES areas (id),
    -- The conference from which they follow, and the number of its conclusion.
    conference_id BLOB REFERENCES conferences (id),
    conclusion BIGINT CHECK (conclusion BETWEEN 1 AND 999),
    created_at TIMESTAMP NOT NULL,
    CHECK ((conference_id IS NULL) = (conclusion IS NULL))
);
CREATE INDEX task_groups_conference_id ON task_groups (conference_id, id);
CREATE INDEX task_groups_area_id ON task_groups (area_id, id);
CREATE INDEX task_groups_giver_id ON task_groups (giver_id, id);

-- The task of one receiver, as the acts on it make it. What was reported is computed from the acts.
CREATE TABLE tasks (
    id BLOB NOT NULL PRIMARY KEY,
    group_id BLOB NOT NULL REFERENCES task_groups (id),
    giver_id BLOB NOT NULL REFERENCES steering_bodies (id),
    giver_area_id TEXT NOT NULL REFERENCES areas (id),
    receiver_id BLOB NOT NULL REFERENCES steering_bodies (id),
    -- The seat of the receiving body whose holder is charged with it. Seats are computed from the acts on the body.
    seat BLOB,
    -- The area of the receiver, which decides who sees it.
    area_id TEXT NOT NULL REFERENCES areas (id),
    title TEXT NOT NULL CHECK (length(title) <= 300),
    status TEXT NOT NULL CHECK (status IN ('given', 'acknowledged', 'in_progress', 'reported', 'returned', 'done', 'cancelled', 'withdrawn')),
    given_on DATE NOT NULL CHECK (given_on BETWEEN '1900-01-01' AND '2100-12-31'),
    due_on DATE NOT NULL CHECK (due_on BETWEEN '1900-01-01' AND '2100-12-31'),
    -- The same day as text, by which lists are ordered on both engines.
    due_key TEXT NOT NULL,
    reported_on DATE CHECK (reported_on BETWEEN '1900-01-01' AND '2100-12-31'),
    done_on DATE CHECK (done_on BETWEEN '1900-01-01' AND '2100-12-31'),
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CHECK ((status = 'done') = (done_on IS NOT NULL))
);
CREATE INDEX tasks_group_id ON tasks (group_id, id);
CREATE INDEX tasks_giver_area_id ON tasks (giver_area_id, id);
CREATE INDEX tasks_giver_id ON tasks (giver_id, id);
CREATE INDEX tasks_receiver_id ON tasks (receiver_id, id);
-- A list is read as bounded seeks: for each area and status, in each order.
CREATE INDEX tasks_areas_due ON tasks (area_id, due_key, id);
CREATE INDEX tasks_areas_statuses_due ON tasks (area_id, status, due_key, id);
CREATE INDEX tasks_areas_statuses_changes ON tasks (area_id, status, updated_at, id);
CREATE INDEX tasks_areas_changes ON tasks (area_id, updated_at, id);
CREATE INDEX tasks_due ON tasks (due_key, id);
CREATE INDEX tasks_statuses_due ON tasks (status, due_key, id);
CREATE INDEX tasks_statuses_changes ON tasks (status, updated_at, id);
CREATE INDEX tasks_changes ON tasks (updated_at, id);
