import Postgres

/// A right on an object: an action on all of it, or on one column.
struct Right: Hashable, Sendable {
    /// The actions that the schema grants.
    enum Action: String, Sendable {
        case select = "SELECT"
        case insert = "INSERT"
        case update = "UPDATE"
        case delete = "DELETE"
        case usage = "USAGE"
        case execute = "EXECUTE"
        case connect = "CONNECT"
        case temporary = "TEMPORARY"

        /// The action in SQL.
        var sql: PostgresQuery {
            switch self {
            case .select: "SELECT"
            case .insert: "INSERT"
            case .update: "UPDATE"
            case .delete: "DELETE"
            case .usage: "USAGE"
            case .execute: "EXECUTE"
            case .connect: "CONNECT"
            case .temporary: "TEMPORARY"
            }
        }
    }

    /// The action as the catalog names it; the catalog has actions that the schema never grants.
    let action: String
    /// The column, or `nil` for the whole object.
    let column: String?
}

/// A database object that rights apply to.
enum Securable: Hashable, Sendable {
    /// The database itself.
    case database
    /// The schema `public`.
    case schema
    /// A table, or a view.
    case table(String)
    case sequence(String)
    /// A function; its name is unique.
    case function(String)

    /// Reads an object as ``Privileges`` selects it.
    init?(kind: String, name: String) {
        switch kind {
        case "database": self = .database
        case "schema": self = .schema
        case "table": self = .table(name)
        case "sequence": self = .sequence(name)
        case "function": self = .function(name)
        default: return nil
        }
    }
}
