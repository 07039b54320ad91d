/// The roles that log in to the database, besides the cluster's owner.
///
/// `k8s/base/postgres/roles.sql` creates them.
enum DatabaseRole: String, CaseIterable, Sendable {
    /// May become ``owner`` to migrate; no service has its password.
    case migrator = "uda_migrator"
    case person = "uda_person"
    case producer = "uda_producer"
    case consumer = "uda_consumer"
    case connection = "uda_connection"
    case access = "uda_access"
    /// Exports locations; see `Services/Warehouse`.
    case warehouse = "uda_warehouse"
    case webhook = "uda_webhook"
    /// Reads everything, as a member of `pg_read_all_data`.
    case backup = "uda_backup"
    /// Reads PostgreSQL's statistics, as a member of `pg_monitor`.
    case monitor = "uda_monitor"

    /// The owner of the database and of everything in it except extensions; cannot log in.
    static let owner = "uda_owner"
}
