/// The SQL of the daily limit of new acquaintances.
extension Migration {
    /// The persons whose names an attendee has seen, each with the first day in UTC.
    ///
    /// `acquaint` returns which of some persons may be named to a viewer: those who were before, and new ones in the given order,
    /// at most `daily_limit` a day. It runs with its owner's rights, because it locks the viewer's row: two answers to a viewer
    /// would otherwise both name the last one. Without a new person it only reads.
    ///
    /// `is_named_to` takes the place of `is_named`, which services of the earlier release use: `identify` lets only those see the
    /// name who met the person.
    static let acquaintances: StaticString = """
        CREATE TABLE acquaintance (
            viewer_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            other_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            named_on date NOT NULL,
            PRIMARY KEY (viewer_id, other_id)
        );
        CREATE INDEX acquaintance_other ON acquaintance (other_id);

        CREATE FUNCTION acquaint(viewer integer, others integer[], daily_limit bigint) RETURNS SETOF integer
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            today date := (now() AT TIME ZONE 'UTC')::date;
            rest bigint;
        BEGIN
            IF EXISTS (
                SELECT FROM unnest(others) AS o (id)
                WHERE NOT EXISTS (SELECT FROM acquaintance a WHERE a.viewer_id = viewer AND a.other_id = o.id)
            ) THEN
                PERFORM FROM person WHERE id = viewer FOR NO KEY UPDATE;
                IF FOUND THEN
                    SELECT greatest(0, daily_limit - count(*)) INTO rest
                    FROM acquaintance a WHERE a.viewer_id = viewer AND a.named_on = today;
                    INSERT INTO acquaintance (viewer_id, other_id, named_on)
                    SELECT viewer, new.id, today FROM (
                        SELECT p.id FROM unnest(others) WITH ORDINALITY AS o (id, place) JOIN person p ON p.id = o.id
                        WHERE NOT EXISTS (SELECT FROM acquaintance a WHERE a.viewer_id = viewer AND a.other_id = p.id)
                        ORDER BY o.place LIMIT rest FOR KEY SHARE OF p
                    ) AS new;
                END IF;
            END IF;
            RETURN QUERY SELECT a.other_id FROM acquaintance a WHERE a.viewer_id = viewer AND a.other_id = ANY(others);
        END
        $$;
        REVOKE ALL ON FUNCTION acquaint(integer, integer[], bigint) FROM PUBLIC;

        CREATE FUNCTION is_named_to(viewer integer, person integer, version bigint) RETURNS boolean
        LANGUAGE sql STABLE AS $$
            SELECT EXISTS (
                SELECT FROM consent c
                WHERE c.person_id = person AND c.is_given AND c.text_version = version AND (
                    c.purpose = 'directory' OR c.purpose = 'identify' AND EXISTS (
                        SELECT FROM acquaintance a WHERE a.viewer_id = viewer AND a.other_id = person
                    )
                )
            )
        $$;
        """
}
