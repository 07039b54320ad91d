/// The roles that log in to the database, besides the cluster's owner; `k8s/base/postgres/roles.sql` makes them.
enum DatabaseRole: String, CaseIterable, Sendable {
    /// Becomes ``owner`` to migrate; no service has its password.
    case migrator = "uda_migrator"
    case person = "uda_person"
    case producer = "uda_producer"
    case consumer = "uda_consumer"
    case connection = "uda_connection"
    /// Reads everything, as a member of `pg_read_all_data`.
    case backup = "uda_backup"
    /// Reads PostgreSQL's statistics, as a member of `pg_monitor`.
    case monitor = "uda_monitor"

    /// Owns the database and everything in it except extensions; cannot log in.
    static let owner = "uda_owner"
}
