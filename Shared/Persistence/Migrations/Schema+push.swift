/// The SQL of push messages to browsers.
extension Migration {
    /// Subscriptions of persons' browsers, and the messages that wait for them.
    ///
    /// `sealed` has the endpoint and the keys, encrypted: an endpoint is a secret. A subscription ends with its
    /// person, and with its session if that ends early, by a sign-out or a revocation. A session that expires leaves it: a
    /// session of the pages lasts hours, an event days. `digest` is the SHA-256 of the endpoint, which is one browser's.
    ///
    /// Messages with the same topic replace each other. A message about a person ends with that person, too.
    static let push: StaticString = """
        CREATE TABLE push_subscription (
            id text PRIMARY KEY,
            person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            session text,
            digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
            origin text NOT NULL,
            sealed bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX push_subscription_person ON push_subscription (person_id);
        CREATE INDEX push_subscription_session ON push_subscription (session);
        CREATE TABLE push_message (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            subscription_id text NOT NULL REFERENCES push_subscription ON DELETE CASCADE,
            topic text NOT NULL,
            payload jsonb NOT NULL CHECK (octet_length(payload::text) <= 3000),
            expires_at timestamptz NOT NULL,
            due_at timestamptz NOT NULL DEFAULT now(),
            attempt integer NOT NULL DEFAULT 0
        );
        CREATE INDEX push_message_subscription ON push_message (subscription_id, topic);
        CREATE INDEX push_message_due ON push_message (due_at);

        -- The payload's kind and person_id are the topic. Returns how many browsers of the person get the message.
        CREATE FUNCTION queue_push(receiver integer, payload jsonb, expires_at timestamptz) RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            named text := concat(payload ->> 'kind', ':', payload ->> 'person_id');
            queued integer;
        BEGIN
            DELETE FROM push_message WHERE id IN (
                SELECT m.id FROM push_message m JOIN push_subscription s ON s.id = m.subscription_id
                WHERE s.person_id = receiver AND m.topic = named
                ORDER BY m.id FOR UPDATE OF m
            );
            INSERT INTO push_message (subscription_id, topic, payload, expires_at)
            SELECT s.id, named, queue_push.payload, queue_push.expires_at FROM push_subscription s
            WHERE s.person_id = receiver AND queue_push.expires_at > now()
                AND (SELECT count(*) FROM push_message m WHERE m.subscription_id = s.id) < 100;
            GET DIAGNOSTICS queued = ROW_COUNT;
            RETURN queued;
        END
        $$;
        REVOKE EXECUTE ON FUNCTION queue_push(integer, jsonb, timestamptz) FROM PUBLIC;

        CREATE FUNCTION remove_push_about() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            DELETE FROM push_message WHERE payload ->> 'person_id' = OLD.id::text;
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER remove_push_about AFTER DELETE ON person
            FOR EACH ROW EXECUTE FUNCTION remove_push_about();

        -- A session that was not used for long has expired: SessionStore.idleTime and staffIdleTime.
        CREATE FUNCTION end_push_of_session() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            DELETE FROM push_subscription
            WHERE session = 'session:' || OLD.id AND OLD.used_at > now() - CASE
                WHEN EXISTS (SELECT FROM access_role r WHERE r.subject = OLD.subject) THEN interval '30 minutes'
                ELSE interval '2 hours'
            END;
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER end_push_of_session AFTER DELETE ON access_session
            FOR EACH ROW WHEN (OLD.expires_at > now()) EXECUTE FUNCTION end_push_of_session();
        """
}
