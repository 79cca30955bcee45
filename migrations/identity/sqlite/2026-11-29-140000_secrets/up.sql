-- A client has two secrets for a while when it is given a new one. The newest has no last instant.
CREATE TABLE client_secrets (
    id BLOB NOT NULL PRIMARY KEY,
    client_id BLOB NOT NULL REFERENCES clients (id),
    secret_hash BLOB NOT NULL,
    made_at TIMESTAMP NOT NULL,
    is_used BOOLEAN NOT NULL,
    valid_until TIMESTAMP
);
CREATE INDEX client_secrets_client_id ON client_secrets (client_id);
CREATE UNIQUE INDEX client_secrets_newest ON client_secrets (client_id) WHERE valid_until IS NULL;
INSERT INTO client_secrets (id, client_id, secret_hash, made_at, is_used)
    SELECT id, id, secret_hash, created_at, TRUE FROM clients;
ALTER TABLE clients DROP COLUMN secret_hash;
