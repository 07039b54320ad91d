/// The SQL of daily reports.
extension Migration {
    /// The figures of each day of each event, without data of persons.
    ///
    /// `of_everyone` says whether the figures count everyone, as without access control, or only persons who agreed to that. A
    /// report is never changed, and goes with its event.
    static let reports: StaticString = """
        CREATE TABLE event_report (
            event_id integer NOT NULL REFERENCES event ON DELETE CASCADE,
            day date NOT NULL,
            of_everyone boolean NOT NULL,
            time_zone text NOT NULL,
            starts timestamptz NOT NULL,
            ends timestamptz NOT NULL,
            made_at timestamptz NOT NULL DEFAULT now(),
            format smallint NOT NULL,
            figures jsonb NOT NULL,
            PRIMARY KEY (event_id, day, of_everyone),
            CHECK (starts < ends)
        );
        """
}
