/// The SQL of events.
extension Migration {
    /// Events with their zones and programmes.
    ///
    /// Event 1 is everywhere and at any time, so that a deployment without events of its own behaves as before. Zones and
    /// sessions keep their numbers as long as their codes stay. `room` is the place of a session in the programme's words.
    ///
    /// Triggers notify processes that hold events in memory. PostgreSQL sends equal notifications of a transaction once.
    static let events: StaticString = """
        CREATE TABLE event (
            id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL,
            time_zone text NOT NULL,
            opens timestamptz[] NOT NULL DEFAULT '{}',
            closes timestamptz[] NOT NULL DEFAULT '{}',
            venue geometry(MultiPolygon, 4326),
            retention_days integer CHECK (retention_days > 0),
            CHECK (cardinality(opens) = cardinality(closes))
        );
        INSERT INTO event (name, time_zone) VALUES ('UdaConnect', 'UTC');
        CREATE TABLE zone (
            id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event_id integer NOT NULL REFERENCES event ON DELETE CASCADE,
            code text NOT NULL,
            name text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('building', 'hall', 'room', 'booth', 'other')),
            floor smallint,
            parent_id integer REFERENCES zone ON DELETE SET NULL,
            area geometry(MultiPolygon, 4326) NOT NULL,
            UNIQUE (event_id, code)
        );
        CREATE INDEX zone_parent ON zone (parent_id);
        CREATE TABLE zone_transmitter (
            zone_id integer NOT NULL REFERENCES zone ON DELETE CASCADE,
            kind text NOT NULL CHECK (kind IN ('wifi', 'beacon', 'region')),
            digest bigint NOT NULL,
            PRIMARY KEY (zone_id, kind, digest)
        );
        CREATE TABLE programme_session (
            id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event_id integer NOT NULL REFERENCES event ON DELETE CASCADE,
            code text NOT NULL,
            room text,
            zone_id integer REFERENCES zone ON DELETE SET NULL,
            starts timestamptz NOT NULL,
            ends timestamptz NOT NULL,
            title text NOT NULL,
            speakers text[] NOT NULL DEFAULT '{}',
            UNIQUE (event_id, code),
            CHECK (starts < ends)
        );
        CREATE INDEX programme_session_zone ON programme_session (zone_id);
        CREATE FUNCTION event_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('event_changed', coalesce(NEW.id, OLD.id)::text);
            RETURN NULL;
        END
        $$;
        CREATE FUNCTION event_part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('event_changed', coalesce(NEW.event_id, OLD.event_id)::text);
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER event_changed AFTER INSERT OR UPDATE OR DELETE ON event
            FOR EACH ROW EXECUTE FUNCTION event_changed();
        CREATE TRIGGER event_changed AFTER INSERT OR UPDATE OR DELETE ON zone
            FOR EACH ROW EXECUTE FUNCTION event_part_changed();
        CREATE TRIGGER event_changed AFTER INSERT OR UPDATE OR DELETE ON programme_session
            FOR EACH ROW EXECUTE FUNCTION event_part_changed();
        """
}
