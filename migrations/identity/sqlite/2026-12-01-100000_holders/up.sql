-- Who ever gave a program a secret or keys, and may still hold them: the program counts as each of them where two people are needed.
CREATE TABLE client_holders (
    client_id BLOB NOT NULL REFERENCES clients (id),
    holder TEXT NOT NULL CHECK (length(holder) <= 100),
    PRIMARY KEY (client_id, holder)
);
INSERT INTO client_holders (client_id, holder) SELECT id, responsible FROM clients WHERE responsible IS NOT NULL;
ALTER TABLE clients DROP COLUMN responsible;
