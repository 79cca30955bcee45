CREATE TABLE clients (
    id UUID NOT NULL PRIMARY KEY,
    label TEXT NOT NULL CHECK (length(label) <= 200),
    area_id TEXT COLLATE "C" REFERENCES areas (id),
    service TEXT UNIQUE,
    secret_hash BYTEA NOT NULL,
    is_disabled BOOLEAN NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at TIMESTAMP NOT NULL,
    tokens_from_version BIGINT NOT NULL CHECK (tokens_from_version >= 0),
    tokens_ended_at TIMESTAMP
);
CREATE INDEX clients_tokens_ended_at ON clients (tokens_ended_at);
CREATE INDEX clients_area_id ON clients (area_id);

CREATE TABLE grants (
    id UUID NOT NULL PRIMARY KEY,
    client_id UUID NOT NULL REFERENCES clients (id),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'officer', 'leader', 'inspector', 'administrator', 'portal')),
    area_id TEXT COLLATE "C" NOT NULL REFERENCES areas (id),
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT grants_once UNIQUE (client_id, role, area_id)
);
CREATE INDEX grants_area_id ON grants (area_id);
