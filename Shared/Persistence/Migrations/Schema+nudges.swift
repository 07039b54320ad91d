/// The SQL of nudges.
extension Migration {
    /// Nudges, each as two rows: one for each of the two persons who are near each other.
    ///
    /// `alias` is the number under which an unnamed `other_id` is shown to `person_id`. `day` is that of the event's time zone.
    /// `seen_since` is the time of the oldest fix that could count.
    ///
    /// `may_nudge` returns whether two persons may learn of each other at a moment: both agree to `nudge`, `meet` and `locate`, no pause of
    /// either goes on or has ended since then, neither has noted that they did not meet, and neither has declined the other's
    /// request for the card.
    ///
    /// `create_nudge` adds the two rows of a nudge or none, notifies both persons, and queues push messages, without names, to their browsers. It
    /// locks the rows of both persons, so that two processes that find the same persons never exceed a limit. It runs with its
    /// owner's rights for these locks.
    ///
    /// `nudge_holds` returns whether both persons have a nudge, and may learn of each other now. Nothing of a nudge is sent to a page or a browser without asking it. It runs with its owner's rights, because no
    /// sender may read notes.
    ///
    /// `nudge_changed` notifies the person of a changed row, and the persons with a current nudge about this person.
    static let nudges: StaticString = """
        ALTER TABLE consent DROP CONSTRAINT consent_purpose_check, ADD CONSTRAINT consent_purpose_check
            CHECK (purpose IN ('locate', 'meet', 'identify', 'place', 'statistics', 'directory', 'nudge'));

        CREATE TABLE nudge (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            other_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            alias integer NOT NULL,
            day date NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            seen_since timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            about_metres integer NOT NULL,
            last_met date NOT NULL,
            UNIQUE (person_id, other_id, day)
        );
        CREATE INDEX nudge_other ON nudge (other_id);
        CREATE INDEX nudge_time ON nudge (created_at);

        CREATE FUNCTION may_nudge(
            first integer, second integer, first_alias integer, second_alias integer, moment timestamptz, version bigint
        ) RETURNS boolean LANGUAGE sql STABLE AS $$
            SELECT (
                SELECT count(*) FROM consent
                WHERE person_id IN (first, second) AND purpose IN ('nudge', 'meet', 'locate') AND is_given AND text_version = version
            ) = 6
            AND NOT EXISTS (
                SELECT FROM pause WHERE person_id IN (first, second) AND (ends IS NULL OR ends >= moment)
            )
            AND NOT EXISTS (
                SELECT FROM person_note WHERE is_not_met AND (
                    person_id = first AND other_id IN (second, first_alias)
                    OR person_id = second AND other_id IN (first, second_alias)
                )
            )
            AND NOT EXISTS (
                SELECT FROM contact_request
                WHERE declined_at IS NOT NULL AND (from_id = first AND to_id = second OR from_id = second AND to_id = first)
            )
        $$;

        REVOKE ALL ON FUNCTION may_nudge(integer, integer, integer, integer, timestamptz, bigint) FROM PUBLIC;

        CREATE FUNCTION nudge_holds(number bigint, version bigint) RETURNS boolean
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT EXISTS (
                SELECT FROM nudge own JOIN nudge its
                    ON (its.person_id, its.other_id, its.day) = (own.other_id, own.person_id, own.day)
                WHERE own.id = number
                    AND may_nudge(own.person_id, own.other_id, own.alias, its.alias, own.seen_since, version)
            )
        $$;
        REVOKE ALL ON FUNCTION nudge_holds(bigint, bigint) FROM PUBLIC;

        CREATE FUNCTION create_nudge(
            first integer, second integer, first_alias integer, second_alias integer, at_event integer, metres integer,
            met_at timestamptz, seen_since timestamptz, seconds double precision, daily_limit bigint, version bigint
        ) RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            zone text;
            today date;
        BEGIN
            -- In the order of their numbers, so that two calls wait for each other at most.
            PERFORM FROM person WHERE id IN (first, second) ORDER BY id FOR NO KEY UPDATE;
            SELECT time_zone INTO zone FROM event WHERE id = at_event;
            today := (now() AT TIME ZONE zone)::date;
            INSERT INTO nudge (person_id, other_id, alias, day, seen_since, expires_at, about_metres, last_met)
            SELECT r.person, r.other, r.alias, today, create_nudge.seen_since, now() + make_interval(secs => seconds), metres,
                (met_at AT TIME ZONE zone)::date
            FROM (VALUES (first, second, first_alias), (second, first, second_alias)) AS r (person, other, alias)
            WHERE zone IS NOT NULL
                AND (SELECT count(*) FROM person WHERE id IN (first, second)) = 2
                AND may_nudge(first, second, first_alias, second_alias, create_nudge.seen_since, version)
                AND NOT EXISTS (SELECT FROM nudge WHERE person_id = first AND other_id = second AND day = today)
                AND (SELECT count(*) FROM nudge WHERE person_id = first AND day = today) < daily_limit
                AND (SELECT count(*) FROM nudge WHERE person_id = second AND day = today) < daily_limit;
            IF NOT FOUND THEN RETURN false; END IF;
            PERFORM queue_push(
                n.person_id,
                jsonb_build_object(
                    'kind', 'nudge', 'nudge', n.id, 'person_id', n.alias, 'about_metres', n.about_metres,
                    'last_met', n.last_met
                ),
                n.expires_at
            )
            FROM nudge n WHERE n.day = today AND (n.person_id, n.other_id) IN ((first, second), (second, first));
            PERFORM pg_notify('nudge', first::text), pg_notify('nudge', second::text);
            RETURN true;
        END
        $$;
        REVOKE ALL ON FUNCTION create_nudge(
            integer, integer, integer, integer, integer, integer, timestamptz, timestamptz, double precision, bigint, bigint
        ) FROM PUBLIC;

        CREATE FUNCTION nudge_changed() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            changed integer := (coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> TG_ARGV[0])::integer;
        BEGIN
            PERFORM pg_notify('nudge', changed::text);
            PERFORM pg_notify('nudge', person_id::text) FROM nudge WHERE other_id = changed AND expires_at > now();
            RETURN NULL;
        END
        $$;
        REVOKE ALL ON FUNCTION nudge_changed() FROM PUBLIC;
        CREATE TRIGGER nudge_changed AFTER INSERT OR UPDATE OR DELETE ON consent
            FOR EACH ROW EXECUTE FUNCTION nudge_changed('person_id');
        CREATE TRIGGER nudge_changed AFTER INSERT OR UPDATE OR DELETE ON pause
            FOR EACH ROW EXECUTE FUNCTION nudge_changed('person_id');
        CREATE TRIGGER nudge_changed AFTER INSERT OR UPDATE OF is_not_met ON person_note
            FOR EACH ROW WHEN (NEW.is_not_met) EXECUTE FUNCTION nudge_changed('person_id');
        CREATE TRIGGER nudge_changed AFTER UPDATE OF declined_at ON contact_request
            FOR EACH ROW EXECUTE FUNCTION nudge_changed('to_id');
        """
}
