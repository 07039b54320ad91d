/// The SQL of the retention by event.
extension Migration {
    /// Removes the locations and hints of days whose events have all passed their retention; returns how many locations.
    ///
    /// A day is one in UTC. An event covers the days that its opening hours touch, with an hour before and after, or all days
    /// if it has no hours. An event without a retention keeps its days.
    ///
    /// The function runs as the owner and decides by itself, so that its caller cannot remove other locations.
    static let eventRetention: StaticString = """
        CREATE FUNCTION remove_expired_locations() RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
        DECLARE
            margin interval := interval '1 hour';
            expired timestamptz;
            removed bigint := 0;
            count bigint;
        BEGIN
            FOR expired IN
                SELECT DISTINCT d FROM event e, unnest(e.opens, e.closes) AS h (o, c),
                    generate_series(date_trunc('day', h.o - margin), h.c + margin, interval '1 day') AS d
                WHERE e.retention_days IS NOT NULL AND NOT EXISTS (
                    SELECT FROM event k
                    WHERE (
                        cardinality(k.opens) = 0 OR EXISTS (
                            SELECT FROM unnest(k.opens, k.closes) AS x (o, c)
                            WHERE x.o - margin < d + interval '1 day' AND x.c + margin > d
                        )
                    ) AND (
                        k.retention_days IS NULL OR cardinality(k.opens) = 0
                        OR (SELECT max(c) FROM unnest(k.closes) AS c) + make_interval(days => k.retention_days) > now()
                    )
                )
                ORDER BY d
            LOOP
                DELETE FROM location WHERE creation_time >= expired AND creation_time < expired + interval '1 day';
                GET DIAGNOSTICS count = ROW_COUNT;
                removed := removed + count;
                DELETE FROM zone_hint WHERE seen_at >= expired AND seen_at < expired + interval '1 day';
            END LOOP;
            IF removed > 0 THEN
                PERFORM pg_notify('locations_removed', removed::text);
            END IF;
            RETURN removed;
        END
        $$;
        REVOKE ALL ON FUNCTION remove_expired_locations() FROM PUBLIC;
        """
}
