/// The SQL of emergency access, and of the signed heads of the audit.
extension Migration {
    /// An operator's access to personal data for an hour, which another operator approves.
    ///
    /// A change evicts the operator's sessions from memory, as a change of a role does. The audit has each step as well.
    ///
    /// `access_audit_head` has the last signed record of each writer, so that it shows if records at the end are missing.
    static let emergency: StaticString = """
        CREATE TABLE emergency_access (
            id text PRIMARY KEY CHECK (id ~ '^[0-9a-z]{8}$'),
            subject text NOT NULL,
            reason text NOT NULL,
            requested_at timestamptz NOT NULL DEFAULT now(),
            approved_by text CHECK (approved_by <> subject),
            approved_at timestamptz,
            ends_at timestamptz NOT NULL,
            CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
            CHECK (ends_at <= coalesce(approved_at, requested_at) + interval '1 hour')
        );
        CREATE INDEX emergency_access_subject ON emergency_access (subject, ends_at);
        CREATE TRIGGER emergency_access_changed AFTER INSERT OR UPDATE OR DELETE ON emergency_access
            FOR EACH ROW EXECUTE FUNCTION access_role_changed();

        CREATE TABLE access_audit_head (
            writer text PRIMARY KEY,
            number bigint NOT NULL CHECK (number > 0),
            digest bytea NOT NULL CHECK (octet_length(digest) = 32),
            signed_at timestamptz NOT NULL,
            signature bytea NOT NULL CHECK (octet_length(signature) = 32)
        );

        CREATE OR REPLACE FUNCTION remove_expired_audit() RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            removed bigint;
        BEGIN
            DELETE FROM access_audit WHERE recorded_at < now() - interval '400 days';
            GET DIAGNOSTICS removed = ROW_COUNT;
            DELETE FROM access_audit_head WHERE signed_at < now() - interval '400 days';
            DELETE FROM emergency_access WHERE ends_at < now() - interval '400 days';
            RETURN removed;
        END
        $$;
        """
}
