/// The SQL of consents.
extension Migration {
    /// What each person has agreed to.
    ///
    /// `changed_at` is the time of the consent, or of its withdrawal. `text_version` is the text that the person agreed to.
    static let consents: StaticString = """
        CREATE TABLE consent (
            person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            purpose text NOT NULL
                CHECK (purpose IN ('locate', 'meet', 'identify', 'place', 'statistics', 'directory')),
            is_given boolean NOT NULL,
            text_version integer NOT NULL,
            changed_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (person_id, purpose)
        );
        CREATE FUNCTION consent_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('consent_changed', coalesce(NEW.person_id, OLD.person_id)::text);
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER consent_changed AFTER INSERT OR UPDATE OR DELETE ON consent
            FOR EACH ROW EXECUTE FUNCTION consent_changed();
        """
}
