-- Public keys by which a client proves itself instead of by a secret.
CREATE TABLE client_keys (
    client_id UUID NOT NULL REFERENCES clients (id),
    kid TEXT NOT NULL CHECK (length(kid) BETWEEN 1 AND 100),
    -- A JSON Web Key, its public part.
    jwk TEXT NOT NULL CHECK (length(jwk) <= 2000),
    made_at TIMESTAMP NOT NULL,
    PRIMARY KEY (client_id, kid)
);

-- Signed texts that were taken once: the hash of who signed them and of their id.
CREATE TABLE taken_proofs (
    hash BYTEA NOT NULL PRIMARY KEY,
    valid_until TIMESTAMP NOT NULL
);
CREATE INDEX taken_proofs_valid_until ON taken_proofs (valid_until);
