/// The SQL of the question who looked at a person's data.
extension Migration {
    /// Counts the readings of a person's data by others, without the readers.
    ///
    /// It runs with its owner's rights, so that its callers need no right to read the audit. A command of an operator has no
    /// role in the audit.
    static let readings: StaticString = """
        CREATE FUNCTION person_readings(person integer) RETURNS TABLE (
            day timestamptz, role text, event_id integer, operation text, purpose text, readings bigint, last_time timestamptz
        ) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT date_trunc('day', a.recorded_at, 'UTC') AS day, coalesce(a.role, 'operator') AS role, a.event_id,
                a.operation, a.purpose, count(*), max(a.recorded_at)
            FROM access_audit a
            WHERE a.person_id = person AND a.subject <> 'person:' || person AND a.decision = 'granted'
            GROUP BY 1, 2, 3, 4, 5 ORDER BY 1 DESC, 7 DESC
        $$;
        REVOKE ALL ON FUNCTION person_readings(integer) FROM PUBLIC;
        """
}
