/// The SQL of the schema's history.
extension Migration {
    static let extensions: StaticString = """
        CREATE EXTENSION IF NOT EXISTS postgis;
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        """

    /// A reference database has the table already; its seed never advanced the sequence.
    static let person: StaticString = """
        CREATE TABLE IF NOT EXISTS person (
            id serial PRIMARY KEY,
            first_name text NOT NULL,
            last_name text NOT NULL,
            company_name text NOT NULL
        );
        SELECT setval(pg_get_serial_sequence('person', 'id'), coalesce(max(id), 0) + 1, false) FROM person;
        CREATE INDEX person_search ON person
            USING gin ((first_name || ' ' || last_name || ' ' || company_name) gin_trgm_ops);
        """

    /// Partitions are made when the first location of their time arrives.
    ///
    /// Uniqueness by person and time holds for what came through the queue; rows of the reference repeat themselves and
    /// keep their numbers below 2³². Together the two partial indexes serve every trail. There is no GiST index: nothing
    /// on the hot path asks for one, and it would more than halve the speed of COPY.
    static let location: StaticString = """
        DO $$
        BEGIN
            IF EXISTS (
                SELECT FROM pg_class WHERE oid = to_regclass('location') AND relkind = 'r'
            ) THEN
                ALTER TABLE location RENAME TO reference_location;
                ALTER TABLE reference_location RENAME CONSTRAINT location_pkey TO reference_location_pkey;
            END IF;
        END
        $$;
        CREATE TABLE location (
            id bigint NOT NULL,
            person_id integer NOT NULL,
            creation_time timestamptz NOT NULL,
            coordinate geometry(Point, 4326) NOT NULL,
            cell bigint NOT NULL,
            PRIMARY KEY (id, creation_time)
        ) PARTITION BY RANGE (creation_time);
        CREATE UNIQUE INDEX location_person_time ON location (person_id, creation_time) WHERE id >= 4294967296;
        CREATE INDEX location_reference_person_time ON location (person_id, creation_time) WHERE id < 4294967296;
        CREATE INDEX location_cell_time ON location (cell, creation_time);
        """

    static let delivery: StaticString = """
        CREATE TABLE location_offset (
            partition smallint PRIMARY KEY,
            next_offset bigint NOT NULL DEFAULT 0
        );
        CREATE TABLE dead_letter (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            partition smallint,
            "offset" bigint,
            reason text NOT NULL,
            person_id integer,
            payload bytea NOT NULL,
            appended_at timestamptz NOT NULL,
            buried_at timestamptz NOT NULL DEFAULT now(),
            UNIQUE (partition, "offset")
        );
        CREATE INDEX dead_letter_person ON dead_letter (person_id);
        """

    /// A block of messages is a row, filed under the offset of its last message, so that one probe finds where to go on.
    ///
    /// The counter of a partition is taken in the transaction that appends: the order of offsets is the order of commits.
    static let locationLog: StaticString = """
        CREATE TABLE location_log_partition (
            partition smallint PRIMARY KEY,
            next_offset bigint NOT NULL DEFAULT 0
        ) WITH (fillfactor = 50);
        INSERT INTO location_log_partition (partition) SELECT generate_series(0, 7);
        CREATE TABLE location_log (
            partition smallint NOT NULL,
            last_offset bigint NOT NULL,
            message_count integer NOT NULL,
            appended_at timestamptz NOT NULL,
            messages bytea NOT NULL,
            PRIMARY KEY (partition, last_offset)
        );
        ALTER TABLE location_log ALTER COLUMN messages SET STORAGE EXTERNAL;
        CREATE TABLE location_log_member (
            member text PRIMARY KEY,
            expires_at timestamptz NOT NULL
        );
        """

    /// Whole metres, NULL where the phone gave none, which costs no space.
    ///
    /// The column comes last in the table, in the partitions that exist and in those that are made like it; nothing is
    /// rewritten. Programs that do not know it go on storing rows without it.
    static let accuracy: StaticString = """
        ALTER TABLE location ADD COLUMN accuracy integer;
        """

    /// Which queue the offsets are of.
    ///
    /// Those of a database that has some already are the embedded log's, as there was no other queue.
    static let queueIdentity: StaticString = """
        CREATE TABLE location_queue (
            identity text NOT NULL,
            is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only)
        );
        INSERT INTO location_queue (identity)
        SELECT 'postgres' WHERE EXISTS (SELECT FROM location_offset WHERE next_offset > 0);
        """

    /// Which dead letters others have been told of; where nobody is told, all wait for it.
    static let deadLetterPublication: StaticString = """
        ALTER TABLE dead_letter ADD COLUMN is_published boolean NOT NULL DEFAULT false;
        CREATE INDEX dead_letter_unpublished ON dead_letter (id) WHERE NOT is_published;
        """

    /// NULL where the phone did not tell; a speed in tenths of a metre per second, the others in whole units.
    ///
    /// They come last in the table; nothing is rewritten, and programs that do not know them go on storing rows.
    static let telemetry: StaticString = """
        ALTER TABLE location
            ADD COLUMN is_mock boolean,
            ADD COLUMN altitude smallint,
            ADD COLUMN speed smallint,
            ADD COLUMN course smallint,
            ADD COLUMN battery smallint;
        """

    /// The phones of persons, with a digest of the token only.
    ///
    /// Who keeps devices in memory hears of each change, those that follow from the erasure of a person included.
    static let devices: StaticString = """
        CREATE TABLE device (
            id text PRIMARY KEY,
            person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            name text NOT NULL,
            token_digest bytea NOT NULL UNIQUE,
            created_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX device_person ON device (person_id);
        CREATE FUNCTION device_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('device_changed', coalesce(NEW.id, OLD.id));
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER device_changed AFTER INSERT OR UPDATE OR DELETE ON device
            FOR EACH ROW EXECUTE FUNCTION device_changed();
        """

    /// What came into the queue with a message: without its version, who replays it would have to guess.
    static let deadLetterContext: StaticString = """
        ALTER TABLE dead_letter ADD COLUMN schema_version text, ADD COLUMN traceparent text;
        """
}
