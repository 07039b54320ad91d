/// The SQL of the schema's history.
extension Migration {
    static let extensions: StaticString = """
        CREATE EXTENSION IF NOT EXISTS postgis;
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        """

    /// A legacy database already has the table; its seed never advanced the sequence.
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

    /// A partition is created when the first location of its month arrives.
    ///
    /// Locations from the queue are unique by person and time. Legacy rows repeat themselves and have numbers below
    /// 2³². The two partial indexes together serve every trail. There is no GiST index: no frequent query needs one,
    /// and it would more than halve the speed of COPY.
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

    /// Each row is a block of messages, keyed by the offset of its last message, so that one index probe finds the next
    /// block.
    ///
    /// An append advances the partition's counter in its transaction, so that the order of offsets is the order of
    /// commits.
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

    /// Whole metres; NULL, which takes no space, without an accuracy.
    ///
    /// The column is added at the end of the table and of its partitions; no row is rewritten. Older programs continue
    /// to insert rows without it.
    static let accuracy: StaticString = """
        ALTER TABLE location ADD COLUMN accuracy integer;
        """

    /// The identity of the queue that the offsets belong to.
    ///
    /// Existing offsets belong to the embedded log, the only queue so far.
    static let queueIdentity: StaticString = """
        CREATE TABLE location_queue (
            identity text NOT NULL,
            is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only)
        );
        INSERT INTO location_queue (identity)
        SELECT 'postgres' WHERE EXISTS (SELECT FROM location_offset WHERE next_offset > 0);
        """

    /// Marks published dead letters.
    ///
    /// All letters stay unmarked unless the queue has a topic for them.
    static let deadLetterPublication: StaticString = """
        ALTER TABLE dead_letter ADD COLUMN is_published boolean NOT NULL DEFAULT false;
        CREATE INDEX dead_letter_unpublished ON dead_letter (id) WHERE NOT is_published;
        """

    /// NULL if the phone did not report the quantity; speed in tenths of a metre per second, the others in whole units.
    ///
    /// The columns are added at the end of the table; no row is rewritten, and older programs continue to insert rows.
    static let telemetry: StaticString = """
        ALTER TABLE location
            ADD COLUMN is_mock boolean,
            ADD COLUMN altitude smallint,
            ADD COLUMN speed smallint,
            ADD COLUMN course smallint,
            ADD COLUMN battery smallint;
        """

    /// The devices of persons, with a digest of the token only.
    ///
    /// A trigger notifies processes that cache devices of each change, also when erasing a person deletes the row.
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

    /// The headers of a dead letter's message.
    ///
    /// Without its version, a replay would have to guess the format.
    static let deadLetterContext: StaticString = """
        ALTER TABLE dead_letter ADD COLUMN schema_version text, ADD COLUMN traceparent text;
        """
}
