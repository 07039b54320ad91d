/// The SQL of devices' numbers and status.
extension Migration {
    /// Numbers each person's devices from 1 to 255; see ``DeviceNumber``.
    ///
    /// A trigger assigns the smallest free number, so that an older person-service assigns numbers, too. It locks the
    /// person, so that two concurrent registrations get different numbers. Further devices get no number, and their
    /// locations count as locations without a device.
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

    /// The device of a location, and a column that distinguishes locations of the same person and time.
    ///
    /// `device` is NULL for a location without one. `twin` is the number of locations of the same person and time that
    /// were stored before; never NULL, because an index compares NULLs slowly. `has_location` tells a role that may not
    /// read places whether a location is stored.
    ///
    /// The columns are added at the end of the table; no row is rewritten, and older programs continue to insert rows.
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

    /// Whether the device reported that it was still at its last fix; NULL for a measured place.
    ///
    /// The column is added at the end of the table; no row is rewritten, and older programs continue to insert rows.
    static let heartbeats: StaticString = """
        ALTER TABLE location ADD COLUMN is_heartbeat boolean;
        """

    /// The time of a device's last message, its clock's offset, and the reason of the last rejection.
    ///
    /// It is a separate table, because each change of `device` notifies the processes that cache devices. Half of each
    /// page stays free, so that PostgreSQL can update the rows, which change every minute, in place.
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
