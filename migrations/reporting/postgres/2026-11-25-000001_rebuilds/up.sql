-- What takes longer than a request: its progress, and how it ended. A row that is not touched for a minute while
-- it runs was cut off with its process.
CREATE TABLE operations (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    result TEXT,
    started_by TEXT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    touched_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX operations_one_runs ON operations (kind) WHERE state = 'running';

-- What a projection was made by: where the program makes it otherwise, it is built anew.
CREATE TABLE projections (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    made_by TEXT NOT NULL
);
