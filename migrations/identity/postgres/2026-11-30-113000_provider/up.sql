-- Who is who at the provider with which people sign in: a keyed hash of issuer and subject, since the subject may be a citizen's number.
CREATE TABLE provider_accounts (
    subject_index BYTEA NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    made_at TIMESTAMP NOT NULL
);
CREATE INDEX provider_accounts_user_id ON provider_accounts (user_id);

-- Sessions of people who signed in with the provider: a keyed hash of its session, and when the person gave proof there.
ALTER TABLE sessions ADD COLUMN is_of_provider BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sessions ADD COLUMN provider_sid BYTEA;
ALTER TABLE sessions ADD COLUMN provided_at TIMESTAMP;
CREATE INDEX sessions_provider_sid ON sessions (provider_sid);
