-- Prepares a database for UdaConnect, for psql as the cluster's owner: everything that the owner of the database itself may
-- not do. A database of an earlier release, or of the system before, comes to belong to uda_owner. Run again, it mends
-- what differs. The roles of roles.sql must exist.
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

SELECT format('ALTER DATABASE %I OWNER TO uda_owner', datname)
FROM pg_database WHERE datname = current_database() AND datdba <> 'uda_owner'::regrole \gexec
SELECT 'ALTER SCHEMA public OWNER TO pg_database_owner'
FROM pg_namespace WHERE nspname = 'public' AND nspowner <> 'pg_database_owner'::regrole \gexec

-- One statement per transaction: no statement waits for a lock while it holds the lock of another table.
SELECT format('ALTER TABLE %s OWNER TO uda_owner', c.oid::regclass)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND c.relowner <> 'uda_owner'::regrole
    -- Extensions keep what is theirs. A sequence of a column follows its table.
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
            AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i'))
    )
ORDER BY c.oid \gexec
SELECT format('ALTER ROUTINE %s OWNER TO uda_owner', p.oid::regprocedure)
FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> 'uda_owner'::regrole AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
) \gexec

-- Large objects belong to no table, so no right of a table bounds them.
REVOKE EXECUTE ON FUNCTION
    pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea)
FROM PUBLIC;
