-- Duties of steering committees to issue a document for a period by a day. Who did is computed from the documents.
CREATE TABLE issuing_duties (
    id UUID NOT NULL PRIMARY KEY,
    title TEXT NOT NULL CHECK (length(title) <= 200),
    level TEXT NOT NULL CHECK (level IN ('province', 'district', 'equivalent', 'commune')),
    area_id TEXT COLLATE "C" NOT NULL REFERENCES areas (id),
    document_type TEXT NOT NULL CHECK (document_type IN ('resolution', 'decision', 'directive', 'conclusion', 'regulation', 'provision',
        'party_circular', 'guidance', 'notice', 'plan', 'programme', 'scheme', 'arrangement', 'report', 'submission', 'letter', 'minutes',
        'statutes', 'law', 'ordinance', 'decree', 'circular', 'other')),
    governs_from DATE NOT NULL CHECK (governs_from BETWEEN '1900-01-01' AND '2100-12-31'),
    governs_to DATE NOT NULL CHECK (governs_to BETWEEN '1900-01-01' AND '2100-12-31'),
    due_on DATE NOT NULL CHECK (due_on BETWEEN '1900-01-01' AND '2100-12-31'),
    is_yearly BOOLEAN NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('recorded', 'withdrawn')),
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
-- A list is read as bounded seeks, one for each area.
CREATE INDEX issuing_duties_areas_days ON issuing_duties (area_id, due_on, id);
CREATE INDEX issuing_duties_days ON issuing_duties (due_on, id);
