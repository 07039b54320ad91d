/// The SQL of daily limits.
extension Migration {
    /// The units that clients have used of their daily limits, and the leases of replicas.
    ///
    /// `used` includes leased units, so that the limit holds whatever becomes of a lease. The row of a lease makes its
    /// return happen once; after `until`, other replicas no longer hope for it.
    static let quota: StaticString = """
        CREATE TABLE quota (
            client text NOT NULL CHECK (octet_length(client) BETWEEN 1 AND 100),
            day date NOT NULL,
            used bigint NOT NULL CHECK (used >= 0),
            latest_lease bigint NOT NULL,
            daily_limit bigint NOT NULL,
            PRIMARY KEY (client, day)
        ) WITH (fillfactor = 70);

        CREATE TABLE quota_lease (
            client text NOT NULL,
            day date NOT NULL,
            holder bigint NOT NULL,
            serial bigint NOT NULL,
            units bigint NOT NULL CHECK (units >= 0),
            until timestamptz NOT NULL,
            PRIMARY KEY (client, day, holder, serial)
        );
        """
}
