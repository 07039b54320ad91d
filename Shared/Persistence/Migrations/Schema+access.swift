/// The SQL of identities: API keys, roles, sessions, claims and the audit.
extension Migration {
    /// The tables of access-service.
    ///
    /// `api_key` and `access_session` have only digests of their secrets. `access_identity` connects the subject of an OIDC
    /// issuer with a person, or stands for itself. `claim` has the links by which a person logs in or registers a phone
    /// once. A subject is `person:7`, `identity:3f9a01bc` or `key:3f9a01bc`; what belongs to a person is removed with them.
    ///
    /// `access_audit` is append-only, because no role may change or remove its rows. Each writer numbers its rows and
    /// chains their digests, so that a changed or missing row shows. `remove_expired_audit` removes rows after 400 days.
    ///
    /// Triggers notify processes that hold credentials in memory: `key:<id>`, `session:<id>` or `role:<subject>`. A use that is
    /// only recorded does not notify.
    static let access: StaticString = """
        CREATE TABLE api_key (
            id text PRIMARY KEY CHECK (id ~ '^[0-9a-z]{8}$'),
            digest bytea NOT NULL CHECK (octet_length(digest) = 32),
            name text NOT NULL,
            scopes text[] NOT NULL DEFAULT '{}',
            events integer[] NOT NULL DEFAULT '{}',
            networks cidr[] NOT NULL DEFAULT '{}',
            daily_limit bigint CHECK (daily_limit > 0),
            created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL CHECK (expires_at <= created_at + interval '366 days'),
            used_at timestamptz,
            revoked_at timestamptz
        );
        CREATE TABLE access_identity (
            id text NOT NULL UNIQUE CHECK (id ~ '^[0-9a-z]{8}$'),
            issuer text NOT NULL,
            subject text NOT NULL,
            person_id integer REFERENCES person ON DELETE CASCADE,
            kind text NOT NULL CHECK (kind IN ('attendee', 'staff')),
            created_at timestamptz NOT NULL DEFAULT now(),
            seen_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (issuer, subject)
        );
        CREATE INDEX access_identity_person ON access_identity (person_id);
        CREATE TABLE access_role (
            subject text NOT NULL CHECK (subject ~ '^(person:[1-9][0-9]{0,9}|identity:[0-9a-z]{8})$'),
            role text NOT NULL CHECK (role IN ('organiser', 'operator')),
            event_id integer REFERENCES event ON DELETE CASCADE,
            granted_by text NOT NULL,
            granted_at timestamptz NOT NULL DEFAULT now(),
            person_id integer GENERATED ALWAYS AS (
                CASE WHEN subject LIKE 'person:%' THEN substr(subject, 8)::integer END
            ) STORED REFERENCES person ON DELETE CASCADE,
            UNIQUE NULLS NOT DISTINCT (subject, role, event_id)
        );
        CREATE INDEX access_role_person ON access_role (person_id);
        CREATE TABLE access_session (
            digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
            id text NOT NULL UNIQUE CHECK (id ~ '^[0-9a-z]{8}$'),
            subject text NOT NULL,
            person_id integer REFERENCES person ON DELETE CASCADE,
            authenticated_at timestamptz NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            used_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX access_session_subject ON access_session (subject);
        CREATE INDEX access_session_person ON access_session (person_id);
        CREATE TABLE claim (
            digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
            person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            kind text NOT NULL CHECK (kind IN ('login', 'phone')),
            created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            used_at timestamptz
        );
        CREATE INDEX claim_person ON claim (person_id);
        CREATE TABLE access_audit (
            writer text NOT NULL,
            number bigint NOT NULL CHECK (number > 0),
            recorded_at timestamptz NOT NULL,
            subject text NOT NULL,
            role text,
            session text,
            operation text NOT NULL,
            person_id integer,
            event_id integer,
            decision text NOT NULL,
            purpose text,
            row_count bigint,
            network text,
            request text,
            previous bytea NOT NULL,
            digest bytea NOT NULL,
            PRIMARY KEY (writer, number)
        );
        CREATE INDEX access_audit_time ON access_audit (recorded_at, writer, number);
        CREATE INDEX access_audit_person ON access_audit (person_id, recorded_at);
        CREATE INDEX access_audit_event ON access_audit (event_id, recorded_at);

        CREATE FUNCTION api_key_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('access_changed', 'key:' || coalesce(NEW.id, OLD.id));
            RETURN NULL;
        END
        $$;
        CREATE FUNCTION access_session_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'DELETE' OR OLD.expires_at > now() THEN
                PERFORM pg_notify('access_changed', 'session:' || coalesce(NEW.id, OLD.id));
            END IF;
            RETURN NULL;
        END
        $$;
        CREATE FUNCTION access_role_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('access_changed', 'role:' || coalesce(NEW.subject, OLD.subject));
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER api_key_changed
            AFTER INSERT OR DELETE
                OR UPDATE OF digest, name, scopes, events, networks, daily_limit, expires_at, revoked_at ON api_key
            FOR EACH ROW EXECUTE FUNCTION api_key_changed();
        CREATE TRIGGER access_session_changed AFTER DELETE OR UPDATE OF expires_at, authenticated_at ON access_session
            FOR EACH ROW EXECUTE FUNCTION access_session_changed();
        CREATE TRIGGER access_role_changed AFTER INSERT OR UPDATE OR DELETE ON access_role
            FOR EACH ROW EXECUTE FUNCTION access_role_changed();

        CREATE FUNCTION remove_expired_audit() RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            removed bigint;
        BEGIN
            DELETE FROM access_audit WHERE recorded_at < now() - interval '400 days';
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN removed;
        END
        $$;
        REVOKE ALL ON FUNCTION remove_expired_audit() FROM PUBLIC;
        """

    /// The account of a key's daily limit: the id of the first key that it replaces, so that a rotation gives no new units.
    static let keyAccounts: StaticString = """
        ALTER TABLE api_key ADD COLUMN account text;
        UPDATE api_key SET account = id;
        ALTER TABLE api_key ALTER COLUMN account SET NOT NULL;
        """
}
