-- The entries behind a figure in the order of their days, and what few kinds or statuses count.
DROP INDEX facts_measure;
DROP INDEX facts_entries;
DROP INDEX facts_units;
CREATE INDEX facts_days ON facts (measure, occurred_on, entry_id, ordinal);
CREATE INDEX facts_units ON facts (measure, economic_unit_id);
CREATE INDEX organisation_periods_kind ON organisation_periods (kind);
CREATE INDEX unit_periods_status ON unit_periods (status);
