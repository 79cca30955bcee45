-- People who sign in. Login and name are sealed with a key of each person; the login is found by its keyed hash.
CREATE TABLE users (
    id UUID NOT NULL PRIMARY KEY,
    login_index BYTEA NOT NULL,
    login BYTEA NOT NULL,
    name BYTEA NOT NULL,
    area_id TEXT COLLATE "C" NOT NULL REFERENCES areas (id),
    password_hash TEXT CHECK (length(password_hash) <= 300),
    totp_secret BYTEA,
    -- A code of the second factor is taken once: the last step of 30 seconds of which one was taken.
    totp_step BIGINT CHECK (totp_step >= 0),
    left_at TIMESTAMP,
    version BIGINT NOT NULL CHECK (version >= 1),
    tokens_from_version BIGINT NOT NULL CHECK (tokens_from_version >= 0),
    tokens_ended_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CONSTRAINT users_login UNIQUE (login_index)
);
CREATE INDEX users_area_id ON users (area_id);
CREATE INDEX users_tokens_ended_at ON users (tokens_ended_at);

-- A one-time link with which a person sets a password. A new one replaces the one before.
CREATE TABLE invitations (
    user_id UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    token_hash BYTEA NOT NULL,
    valid_until TIMESTAMP NOT NULL,
    CONSTRAINT invitations_token UNIQUE (token_hash)
);

CREATE TABLE recovery_codes (
    user_id UUID NOT NULL REFERENCES users (id),
    code_hash BYTEA NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE user_grants (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'officer', 'leader', 'inspector', 'administrator', 'portal')),
    area_id TEXT COLLATE "C" NOT NULL REFERENCES areas (id),
    from_on DATE NOT NULL CHECK (from_on BETWEEN '1900-01-01' AND '2100-12-31'),
    to_on DATE CHECK (to_on BETWEEN '1900-01-01' AND '2100-12-31'),
    -- Who made it, and the second administrator who confirmed it where the role needs one.
    granted_by TEXT NOT NULL,
    confirmed_by TEXT,
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT user_grants_once UNIQUE (user_id, role, area_id),
    CHECK (to_on IS NULL OR to_on >= from_on)
);
CREATE INDEX user_grants_area_id ON user_grants (area_id);

-- Programs that run with people: they have no secret, and act as whoever signs in.
CREATE TABLE apps (
    id UUID NOT NULL PRIMARY KEY,
    label TEXT NOT NULL CHECK (length(label) <= 200),
    area_id TEXT COLLATE "C" NOT NULL REFERENCES areas (id),
    -- A JSON array of texts.
    redirect_uris TEXT NOT NULL CHECK (length(redirect_uris) <= 5000),
    is_disabled BOOLEAN NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    tokens_ended_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX apps_area_id ON apps (area_id);
CREATE INDEX apps_tokens_ended_at ON apps (tokens_ended_at);

-- A session is a browser in which somebody signed in (no app), or an app that a person signed in to.
CREATE TABLE sessions (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    app_id UUID REFERENCES apps (id),
    -- The hash of the browser's cookie.
    secret_hash BYTEA,
    device TEXT NOT NULL CHECK (length(device) <= 120),
    -- Null between the password and the second factor.
    signed_in_at TIMESTAMP,
    has_second_factor BOOLEAN NOT NULL,
    made_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    CONSTRAINT sessions_secret UNIQUE (secret_hash)
);
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_app_id ON sessions (app_id);
CREATE INDEX sessions_ended_at ON sessions (ended_at);
CREATE INDEX sessions_ends_at ON sessions (ends_at);

-- What an app exchanges for tokens, once, within a minute.
CREATE TABLE authorization_codes (
    code_hash BYTEA NOT NULL PRIMARY KEY,
    app_id UUID NOT NULL REFERENCES apps (id),
    -- The browser's session in which the person agreed.
    session_id UUID NOT NULL REFERENCES sessions (id),
    redirect_uri TEXT NOT NULL CHECK (length(redirect_uri) <= 500),
    challenge TEXT NOT NULL CHECK (length(challenge) <= 128),
    scope TEXT NOT NULL CHECK (length(scope) <= 500),
    nonce TEXT CHECK (length(nonce) <= 200),
    made_at TIMESTAMP NOT NULL,
    -- The app's session, once it was exchanged.
    app_session_id UUID REFERENCES sessions (id)
);
CREATE INDEX authorization_codes_app_id ON authorization_codes (app_id);
CREATE INDEX authorization_codes_session_id ON authorization_codes (session_id);
CREATE INDEX authorization_codes_app_session_id ON authorization_codes (app_session_id);
CREATE INDEX authorization_codes_made_at ON authorization_codes (made_at);

-- An app's session goes from one refresh token to the next. The next one is derived from the one before, so that an answer that was
-- lost can be given again.
CREATE TABLE refresh_tokens (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES sessions (id),
    scope TEXT NOT NULL CHECK (length(scope) <= 500),
    made_at TIMESTAMP NOT NULL,
    -- When the next one was first asked for.
    replaced_at TIMESTAMP
);
CREATE INDEX refresh_tokens_session_id ON refresh_tokens (session_id);

-- Failed sign-ins, by a keyed hash of the login or of the network address.
CREATE TABLE sign_in_failures (
    id UUID NOT NULL PRIMARY KEY,
    subject BYTEA NOT NULL,
    failed_at TIMESTAMP NOT NULL
);
CREATE INDEX sign_in_failures_subject ON sign_in_failures (subject, failed_at);
CREATE INDEX sign_in_failures_failed_at ON sign_in_failures (failed_at);
