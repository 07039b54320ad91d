/// The SQL of notes and contacts.
extension Migration {
    /// Private notes, cards with contact details, and who has asked whom for the card.
    ///
    /// `other_id` may be the number of an unnamed person, which no table has. A request that was declined stays, so that
    /// it cannot be repeated.
    static let contacts: StaticString = """
        CREATE TABLE person_note (
            person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            other_id integer NOT NULL,
            text text NOT NULL,
            is_starred boolean NOT NULL,
            is_not_met boolean NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (person_id, other_id)
        );
        CREATE INDEX person_note_other ON person_note (other_id);
        CREATE TABLE contact_card (
            person_id integer PRIMARY KEY REFERENCES person ON DELETE CASCADE,
            email text NOT NULL,
            phone text NOT NULL,
            url text NOT NULL,
            job_title text NOT NULL
        );
        CREATE TABLE contact_request (
            from_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            to_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            asked_at timestamptz NOT NULL DEFAULT now(),
            accepted_at timestamptz,
            declined_at timestamptz,
            PRIMARY KEY (from_id, to_id),
            CHECK (from_id <> to_id),
            CHECK (accepted_at IS NULL OR declined_at IS NULL)
        );
        CREATE UNIQUE INDEX contact_request_pair ON contact_request (least(from_id, to_id), greatest(from_id, to_id));
        CREATE INDEX contact_request_to ON contact_request (to_id);

        CREATE FUNCTION remove_notes_about() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            DELETE FROM person_note WHERE other_id = OLD.id;
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER remove_notes_about AFTER DELETE ON person
            FOR EACH ROW EXECUTE FUNCTION remove_notes_about();

        CREATE FUNCTION is_named(person integer, version bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
            SELECT EXISTS (
                SELECT FROM consent
                WHERE person_id = person AND purpose IN ('identify', 'directory') AND is_given AND text_version = version
            )
        $$;
        """
}
