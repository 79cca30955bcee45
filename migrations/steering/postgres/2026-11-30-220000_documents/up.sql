-- Documents, as their acts make them, and how they relate to earlier ones. Which of them is in force on a day is computed from both.
CREATE TABLE documents (
    id UUID NOT NULL PRIMARY KEY,
    system TEXT NOT NULL CHECK (system IN ('party', 'state', 'union', 'youth_union', 'other')),
    document_type TEXT NOT NULL CHECK (document_type IN ('resolution', 'decision', 'directive', 'conclusion', 'regulation', 'provision',
        'party_circular', 'guidance', 'notice', 'plan', 'programme', 'scheme', 'arrangement', 'report', 'submission', 'letter', 'minutes',
        'statutes', 'law', 'ordinance', 'decree', 'circular', 'other')),
    number TEXT NOT NULL CHECK (length(number) <= 60),
    number_key TEXT COLLATE "C" NOT NULL,
    -- One of our steering bodies, or the name of another issuer.
    issuing_body_id UUID REFERENCES steering_bodies (id),
    issuer TEXT CHECK (length(issuer) <= 200),
    issuer_key TEXT COLLATE "C" NOT NULL,
    issued_on DATE NOT NULL CHECK (issued_on BETWEEN '1900-01-01' AND '2100-12-31'),
    effective_on DATE NOT NULL CHECK (effective_on BETWEEN '1900-01-01' AND '2100-12-31'),
    effective_until DATE CHECK (effective_until BETWEEN '1900-01-01' AND '2100-12-31'),
    abstract_text TEXT NOT NULL CHECK (length(abstract_text) <= 500),
    governs_from DATE CHECK (governs_from BETWEEN '1900-01-01' AND '2100-12-31'),
    governs_to DATE CHECK (governs_to BETWEEN '1900-01-01' AND '2100-12-31'),
    signer_office TEXT CHECK (length(signer_office) <= 200),
    area_id TEXT COLLATE "C" NOT NULL REFERENCES areas (id),
    is_open_below BOOLEAN NOT NULL,
    -- Papers of a level of secrecy are never kept.
    label TEXT CHECK (label IN ('internal')),
    status TEXT NOT NULL CHECK (status IN ('recorded', 'withdrawn')),
    search_text TEXT NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CHECK ((issuing_body_id IS NULL) <> (issuer IS NULL)),
    CHECK ((governs_from IS NULL) = (governs_to IS NULL))
);
CREATE INDEX documents_issuing_body_id ON documents (issuing_body_id, issued_on);
CREATE INDEX documents_issuers_numbers ON documents (issuer_key, number_key, issued_on);
-- Of one area, a document counts once.
CREATE UNIQUE INDEX documents_once ON documents (area_id, issuer_key, number_key, issued_on, document_type, system)
    WHERE status = 'recorded';
-- A list is read as bounded seeks: for each area, in each order.
CREATE INDEX documents_areas_days ON documents (area_id, issued_on, id);
CREATE INDEX documents_areas_numbers ON documents (area_id, number_key, id);
CREATE INDEX documents_areas_changes ON documents (area_id, updated_at, id);
CREATE INDEX documents_days ON documents (issued_on, id);
CREATE INDEX documents_numbers ON documents (number_key, id);
CREATE INDEX documents_changes ON documents (updated_at, id);

-- How a document relates to an earlier one. A document that was withdrawn has no rows.
CREATE TABLE document_relations (
    document_id UUID NOT NULL REFERENCES documents (id),
    relation TEXT NOT NULL CHECK (relation IN ('rests_on', 'implements', 'amends', 'replaces', 'repeals')),
    other_id UUID NOT NULL REFERENCES documents (id),
    PRIMARY KEY (document_id, relation, other_id)
);
CREATE INDEX document_relations_other_id ON document_relations (other_id, relation, document_id);
