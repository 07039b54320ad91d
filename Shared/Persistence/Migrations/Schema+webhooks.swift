/// The SQL of domain events and webhooks.
extension Migration {
    /// The queue of domain events, and the facts that were published.
    ///
    /// A fact is a meeting, a visit of a zone or the attendance of a session. Its `subject` stays the same when late fixes
    /// change it; each event about it has the next revision. One transaction writes events and facts. Transactions
    /// commit in another order than their positions, so readers ask for undispatched events and never for positions after
    /// the last one. An erasure removes the person's events and facts, and leaves one event with the number only.
    static let domainEvents: StaticString = """
        CREATE TABLE domain_event (
            position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            subject text NOT NULL,
            revision integer NOT NULL,
            type text NOT NULL,
            person_id integer,
            other_id integer,
            event_id integer,
            zone_id integer,
            session_id integer,
            started_at timestamptz,
            ended_at timestamptz,
            is_withdrawn boolean NOT NULL DEFAULT false,
            recorded_at timestamptz NOT NULL DEFAULT now(),
            is_dispatched boolean NOT NULL DEFAULT false,
            UNIQUE (subject, revision)
        );
        CREATE INDEX domain_event_undispatched ON domain_event (position) WHERE NOT is_dispatched;
        CREATE INDEX domain_event_person ON domain_event (person_id);
        CREATE INDEX domain_event_other ON domain_event (other_id);
        CREATE INDEX domain_event_time ON domain_event (recorded_at);

        CREATE TABLE published_fact (
            subject text PRIMARY KEY,
            kind text NOT NULL CHECK (kind IN ('meeting', 'visit', 'attendance')),
            person_id integer NOT NULL,
            other_id integer,
            event_id integer,
            zone_id integer,
            session_id integer,
            started_at timestamptz NOT NULL,
            ended_at timestamptz NOT NULL,
            is_over boolean NOT NULL,
            revision integer NOT NULL
        );
        CREATE INDEX published_fact_person ON published_fact (person_id);
        CREATE INDEX published_fact_other ON published_fact (other_id);
        CREATE INDEX published_fact_end ON published_fact (ended_at);
        CREATE INDEX published_fact_current ON published_fact (ended_at) WHERE NOT is_over;

        CREATE FUNCTION publish_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM domain_event WHERE person_id = NEW.person_id;
            DELETE FROM domain_event WHERE other_id = NEW.person_id;
            DELETE FROM published_fact WHERE person_id = NEW.person_id;
            DELETE FROM published_fact WHERE other_id = NEW.person_id;
            INSERT INTO domain_event (subject, revision, type, person_id, started_at)
            VALUES ('person:' || NEW.person_id, 1, 'person.erased', NEW.person_id, NEW.erased_at);
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER publish_erasure AFTER INSERT ON person_erasure
            FOR EACH ROW EXECUTE FUNCTION publish_erasure();
        """

    /// Subscriptions, and the deliveries of events to them.
    ///
    /// Secrets are encrypted; see `SecretBox`. A sender that claims a delivery moves its `due_at` to the end of the claim, so
    /// that another one repeats it if the first one is killed. No index has `due_at` and `attempt`, so that this rewrites no
    /// index entry.
    static let webhooks: StaticString = """
        CREATE TABLE webhook (
            id text PRIMARY KEY,
            name text NOT NULL,
            url text NOT NULL,
            types text[] NOT NULL,
            events integer[] NOT NULL,
            persons integer[] NOT NULL,
            zones integer[] NOT NULL,
            is_ordered boolean NOT NULL,
            is_enabled boolean NOT NULL,
            disabled_reason text,
            secret bytea NOT NULL,
            previous_secret bytea,
            previous_until timestamptz,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            failures integer NOT NULL DEFAULT 0,
            closed_until timestamptz
        );
        CREATE TABLE webhook_delivery (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            webhook_id text NOT NULL REFERENCES webhook ON DELETE CASCADE,
            position bigint NOT NULL REFERENCES domain_event ON DELETE CASCADE,
            state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead', 'withheld')),
            attempt integer NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            due_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz,
            status integer,
            error text,
            UNIQUE (position, webhook_id)
        ) WITH (fillfactor = 80);
        CREATE INDEX webhook_delivery_pending ON webhook_delivery (webhook_id, id) WHERE state = 'pending';
        CREATE INDEX webhook_delivery_dead ON webhook_delivery (webhook_id, id) WHERE state = 'dead';
        """
}
