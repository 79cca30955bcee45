-- Memberships that ended for a reason, for instance by death, for findings.
CREATE INDEX memberships_end_reasons ON memberships (end_reason, id) WHERE end_reason IS NOT NULL;
