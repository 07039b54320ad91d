/// The SQL of device numbers.
extension Migration {
    /// Numbers each person's devices from 1 to 255, as ``DeviceNumber`` has it.
    ///
    /// A trigger gives the smallest free number, so that a person-service of the version before gives numbers, too. It
    /// locks the person, so that two registrations at once get two numbers. A device beyond the 255th gets none, and its
    /// locations count as those of no device.
    static let deviceNumbers: StaticString = """
        ALTER TABLE device ADD COLUMN number smallint CHECK (number BETWEEN 1 AND 255);
        UPDATE device d SET number = numbered.number
        FROM (
            SELECT id, row_number() OVER (PARTITION BY person_id ORDER BY created_at, id) AS number FROM device
        ) numbered
        WHERE d.id = numbered.id AND numbered.number <= 255;
        ALTER TABLE device ADD UNIQUE (person_id, number);
        CREATE FUNCTION number_device() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM FROM person WHERE id = NEW.person_id FOR NO KEY UPDATE;
            SELECT min(free) INTO NEW.number FROM generate_series(1, 255) free
            WHERE NOT EXISTS (SELECT FROM device WHERE person_id = NEW.person_id AND number = free);
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER number_device BEFORE INSERT ON device FOR EACH ROW EXECUTE FUNCTION number_device();
        """

    /// The device of a location, and what tells locations of one person and moment apart.
    ///
    /// `device` is NULL for a location that came without one. `twin` counts the locations of the person and the moment that
    /// were stored before; never NULL, because an index compares NULLs slowly. `has_location` tells whether a location is stored, for a role that may not
    /// read places.
    ///
    /// The columns come last in the table; nothing is rewritten, and programs that do not know them go on storing rows.
    static let locationDevice: StaticString = """
        ALTER TABLE location ADD COLUMN device smallint, ADD COLUMN twin smallint NOT NULL DEFAULT 0;
        CREATE FUNCTION has_location(person integer, moment timestamptz, number smallint, place geometry) RETURNS boolean
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT EXISTS (
                SELECT FROM location l
                WHERE l.person_id = person AND l.creation_time = moment AND l.id >= 4294967296
                    AND l.device IS NOT DISTINCT FROM number AND l.coordinate = place
            )
        $$;
        REVOKE ALL ON FUNCTION has_location(integer, timestamptz, smallint, geometry) FROM PUBLIC;
        """

    /// Whether a device said that it was still where its last fix was; NULL where it measured its place.
    ///
    /// The column comes last in the table; nothing is rewritten, and programs that do not know it go on storing rows.
    static let heartbeats: StaticString = """
        ALTER TABLE location ADD COLUMN is_heartbeat boolean;
        """

    /// When a device's last message came, how fast its clock is, and why its last refused message was refused.
    ///
    /// A table of its own, because each change of `device` is reported to whoever keeps devices in memory. Half of each
    /// page stays free, so that the rows, which change every minute, are replaced where they are.
    static let deviceStatus: StaticString = """
        CREATE TABLE device_status (
            device_id text PRIMARY KEY REFERENCES device ON DELETE CASCADE,
            seen_at timestamptz,
            clock_offset_ms bigint,
            refused_at timestamptz,
            refusal text
        ) WITH (fillfactor = 50);
        """
}
