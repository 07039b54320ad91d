/// A function that creates partitions for the consumer, which may not create tables itself.
extension Migration {
    /// Creates the partition of `location` for a month, counted from January 2000; −1 stands for everything before.
    ///
    /// The function creates a table beside the partitioned one and attaches it, which blocks neither readers nor
    /// writers. It runs as the owner, with a search path that the caller cannot change. Its lock is
    /// ``AdvisoryLock/partition``.
    static let createLocationPartition: StaticString = """
        CREATE OR REPLACE FUNCTION create_location_partition(month integer) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
        DECLARE
            start timestamptz := timestamptz '2000-01-01' + make_interval(months => greatest(month, 0));
            partition text := to_char(start, '"location_"YYYY_MM');
            bounds text := format('(%L) TO (%L)', start, start + interval '1 month');
        BEGIN
            IF month IS NULL OR month NOT BETWEEN -1 AND 95999 THEN
                RAISE invalid_parameter_value USING MESSAGE = 'expected a month from 2000-01 to 9999-12, or -1';
            END IF;
            IF month < 0 THEN
                partition := 'location_before_2000';
                bounds := format('(MINVALUE) TO (%L)', start);
            END IF;
            PERFORM pg_advisory_xact_lock(1969512706);
            IF to_regclass('public.' || partition) IS NULL THEN
                EXECUTE format(
                    'CREATE TABLE public.%I (LIKE public.location INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition
                );
                EXECUTE format(
                    'ALTER TABLE public.location ATTACH PARTITION public.%I FOR VALUES FROM %s', partition, bounds
                );
            END IF;
        END
        $$;
        REVOKE ALL ON FUNCTION create_location_partition(integer) FROM PUBLIC;
        """
}
