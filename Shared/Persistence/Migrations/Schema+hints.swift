/// The SQL of hints.
extension Migration {
    /// What devices noticed of the zones that they were in; `digest` is keyed, see `ZoneHint`.
    ///
    /// The rows end with their person.
    static let zoneHints: StaticString = """
        CREATE TABLE zone_hint (
            person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            device smallint NOT NULL,
            seen_at timestamptz NOT NULL,
            kind text NOT NULL CHECK (kind IN ('wifi', 'beacon', 'region')),
            digest bigint NOT NULL,
            PRIMARY KEY (person_id, seen_at, device, kind, digest)
        );
        """
}
