-- What lists show oldest first is numbered as it is made. Ids say nothing of it, since callers may make them. The services' own
-- clients were there before all others: they keep 0.

ALTER TABLE clients ADD COLUMN ordinal BIGINT NOT NULL DEFAULT 0 CHECK (ordinal >= 0);
UPDATE clients SET ordinal = numbered.place
FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY created_at, id) AS place FROM clients WHERE service IS NULL) numbered
WHERE numbered.id = clients.id;
CREATE INDEX clients_ordinal ON clients (ordinal, id);

ALTER TABLE grants ADD COLUMN ordinal BIGINT NOT NULL DEFAULT 0 CHECK (ordinal >= 0);
UPDATE grants SET ordinal = numbered.place
FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY created_at, id) AS place FROM grants) numbered
WHERE numbered.id = grants.id;
CREATE INDEX grants_ordinal ON grants (ordinal, id);

ALTER TABLE users ADD COLUMN ordinal BIGINT NOT NULL DEFAULT 0 CHECK (ordinal >= 0);
UPDATE users SET ordinal = numbered.place
FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY created_at, id) AS place FROM users) numbered
WHERE numbered.id = users.id;
CREATE INDEX users_ordinal ON users (ordinal, id);

ALTER TABLE user_grants ADD COLUMN ordinal BIGINT NOT NULL DEFAULT 0 CHECK (ordinal >= 0);
UPDATE user_grants SET ordinal = numbered.place
FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY created_at, id) AS place FROM user_grants) numbered
WHERE numbered.id = user_grants.id;
CREATE INDEX user_grants_ordinal ON user_grants (ordinal, id);

ALTER TABLE apps ADD COLUMN ordinal BIGINT NOT NULL DEFAULT 0 CHECK (ordinal >= 0);
UPDATE apps SET ordinal = numbered.place
FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY created_at, id) AS place FROM apps) numbered
WHERE numbered.id = apps.id;
CREATE INDEX apps_ordinal ON apps (ordinal, id);
