-- Ids that callers made for what they create: which request made them, so that the same one that is sent again makes nothing
-- twice. `record_id` is the record that the answer's `Location` named; `content` is a keyed hash of the request, and none
-- after the erasure of the person whom the request was about.
CREATE TABLE made_ids (
    id BLOB NOT NULL PRIMARY KEY,
    record_id BLOB NOT NULL,
    content BLOB
);
CREATE INDEX made_ids_record_id ON made_ids (record_id);
