# PostgreSQL's image runs this when it makes the database.
PGUSER=$POSTGRES_USER PGDATABASE=$POSTGRES_DB sh /usr/local/bin/database-roles /run/secrets
