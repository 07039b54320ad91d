/// The SQL of imports.
extension Migration {
    /// The files that persons upload, and how far each has come.
    ///
    /// `digest` is the SHA-256 of a file that was read to its end, to recognise a repeat. `issues` is JSON without any of the
    /// file's content. The rows end with their person.
    static let imports: StaticString = """
        CREATE TABLE location_import (
            person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
            id text NOT NULL,
            state text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
            format text,
            bytes bigint NOT NULL DEFAULT 0,
            accepted bigint NOT NULL DEFAULT 0,
            rejected bigint NOT NULL DEFAULT 0,
            skipped bigint NOT NULL DEFAULT 0,
            issues text NOT NULL DEFAULT '[]',
            failure text,
            digest bytea,
            started_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (person_id, id)
        );
        """
}
