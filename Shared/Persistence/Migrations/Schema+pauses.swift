/// The SQL of pauses, and of ids that identify a device.
extension Migration {
    /// The times from which a person wants no locations kept, and a function that forgets the latest ones.
    ///
    /// A pause without an end goes on. Changes notify the processes that follow consents.
    ///
    /// `forget_locations` removes a person's locations and hints from a time on, and what the queue still has of the person since
    /// then. It remembers the time as a pause, so that later arrivals are dropped. It returns the number of locations, or NULL if
    /// no person has this number. Reading the queue takes about two seconds per gigabyte of that time. It runs with its owner's
    /// rights, as `erase_person` does.
    ///
    /// `is_id_enough` is false for devices whose token takes the place of the id where a protocol has no token.
    static let pauses: StaticString = """
        ALTER TABLE device ADD COLUMN is_id_enough boolean NOT NULL DEFAULT true;

        CREATE TABLE pause (
            person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            begins timestamptz NOT NULL,
            ends timestamptz CHECK (ends >= begins),
            PRIMARY KEY (person_id, begins)
        );
        CREATE TRIGGER pause_changed AFTER INSERT OR UPDATE OR DELETE ON pause
            FOR EACH ROW EXECUTE FUNCTION consent_changed();

        CREATE FUNCTION forget_locations(forgotten integer, since timestamptz) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            place smallint := location_log_partition_of(forgotten);
            earliest bigint;
            scanned bigint;
            blocks bigint[];
            removed bigint;
        BEGIN
            IF NOT EXISTS (SELECT FROM person WHERE id = forgotten) THEN RETURN NULL; END IF;
            -- Blocks of this time, and those that are not stored yet.
            SELECT next_offset INTO scanned FROM location_log_partition WHERE partition = place;
            earliest := least(
                scanned,
                coalesce((SELECT next_offset FROM location_offset WHERE partition = place), 0),
                (SELECT min(last_offset) FROM location_log WHERE partition = place AND appended_at >= since)
            );
            blocks := location_log_blocks_with(forgotten, earliest, scanned);
            -- AdvisoryLock.erasure: the consumer stores nothing meanwhile, and knows the pause afterwards.
            PERFORM pg_advisory_xact_lock(1969512707);
            INSERT INTO pause AS known (person_id, begins, ends) VALUES (forgotten, since, clock_timestamp())
            ON CONFLICT (person_id, begins) DO UPDATE SET ends = greatest(known.ends, excluded.ends)
                WHERE known.ends IS NOT NULL;
            DELETE FROM location WHERE person_id = forgotten AND creation_time >= since AND id >= 4294967296;
            GET DIAGNOSTICS removed = ROW_COUNT;
            DELETE FROM zone_hint WHERE person_id = forgotten AND seen_at >= since;
            DELETE FROM dead_letter WHERE person_id = forgotten AND appended_at >= since;
            PERFORM erase_from_location_log_blocks(
                forgotten,
                blocks || location_log_blocks_with(forgotten, scanned, 9223372036854775807)
            );
            PERFORM pg_notify(
                'locations_forgotten',
                forgotten || ':' || (extract(epoch FROM since) * 1000000)::bigint
            );
            RETURN removed;
        END
        $$;
        REVOKE ALL ON FUNCTION forget_locations(integer, timestamptz) FROM PUBLIC;
        """
}
