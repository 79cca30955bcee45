-- A role in which one person stands for another: it counts only while that person has the same role over the same area.
ALTER TABLE user_grants ADD COLUMN stands_for_id UUID REFERENCES users (id);
CREATE INDEX user_grants_stands_for_id ON user_grants (stands_for_id);

-- A lost second factor: which administrator asked to remove it, and when. A second one removes it.
ALTER TABLE users ADD COLUMN removal_asked_by TEXT CHECK (length(removal_asked_by) <= 100);
ALTER TABLE users ADD COLUMN removal_asked_at TIMESTAMP;

-- When all sessions of all people were ended: the drill, or an emergency.
CREATE TABLE all_sessions_ended (
    ended_at TIMESTAMP NOT NULL PRIMARY KEY
);
