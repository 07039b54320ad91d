-- The roles of UdaConnect in a cluster of PostgreSQL, for psql as the cluster's owner. Run again, it mends what differs.
-- What each role may do in the database is in Shared/Persistence/Migrations/Privileges+granted.swift.
SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY[
    'uda_owner', 'uda_migrator', 'uda_person', 'uda_producer', 'uda_consumer', 'uda_connection', 'uda_access',
    'uda_warehouse', 'uda_webhook', 'uda_backup', 'uda_monitor'
]) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- Owns the database, its schema and its objects; cannot log in.
ALTER ROLE uda_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Becomes the owner, by SET ROLE only, to change the schema.
ALTER ROLE uda_migrator LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- One role per service.
ALTER ROLE uda_person LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE uda_producer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE uda_consumer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE uda_connection LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE uda_access LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Exports locations.
ALTER ROLE uda_warehouse LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE uda_webhook LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Reads everything, writes nothing.
ALTER ROLE uda_backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE REPLICATION NOBYPASSRLS;
-- Reads PostgreSQL's own statistics, no table.
ALTER ROLE uda_monitor LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- Errors are in English, whatever the cluster's language is; only its owner may decide that.
SELECT format('ALTER ROLE %I SET lc_messages = %L', rolname, 'C') FROM pg_roles WHERE rolname LIKE 'uda\_%' \gexec

-- The only memberships.
SELECT format('REVOKE %I FROM %I', granted, m.member)
FROM pg_auth_members, pg_get_userbyid(member) AS m (member), pg_get_userbyid(roleid) AS g (granted)
WHERE m.member LIKE 'uda\_%' AND (m.member, granted) NOT IN (
    ('uda_migrator', 'uda_owner'), ('uda_backup', 'pg_read_all_data'), ('uda_monitor', 'pg_monitor')
) \gexec
GRANT uda_owner TO uda_migrator;
GRANT pg_read_all_data TO uda_backup;
GRANT pg_monitor TO uda_monitor;

-- A role connects to the databases that it has a right to, and to no other.
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
