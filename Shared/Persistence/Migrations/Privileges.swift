import Postgres

/// The rights of each role on each object.
struct Privileges: Equatable, Sendable {
    /// A role that has rights on an object.
    struct Holder: Hashable, Sendable {
        let object: Securable
        /// The role's name; ``Privileges/anyRole`` for PUBLIC.
        let role: String
    }

    /// The name of PUBLIC, which is not a valid role name.
    static let anyRole = ""

    /// The rights of each holder; never empty.
    private(set) var rights: [Holder: Set<Right>] = [:]

    /// Joins lines of the table.
    init(_ lines: [Line]) {
        for line in lines {
            for (role, actions) in line.actions where !actions.isEmpty {
                rights[Holder(object: line.object, role: role.rawValue)] = Set(actions.flatMap(\.rights))
            }
        }
    }

    /// Reads the rights on everything that the owner owns, without the owner's own rights.
    ///
    /// Objects of extensions do not belong to the owner. A grantable right differs from the same right in the table.
    init(heldOn connection: PostgresConnection) async throws {
        let rows = try await connection.query(
            """
            SELECT o.kind, o.name, o.column_name, coalesce(r.rolname, \(Self.anyRole)),
                a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END
            FROM (
                SELECT 'database' AS kind, datname::text AS name, NULL::text AS column_name, datdba AS owner,
                    coalesce(datacl, acldefault('d', datdba)) AS acl
                FROM pg_database WHERE datname = current_database()
                UNION ALL
                SELECT 'schema', nspname, NULL, nspowner, coalesce(nspacl, acldefault('n', nspowner))
                FROM pg_namespace WHERE nspname = 'public'
                UNION ALL
                SELECT CASE relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, relname, NULL, relowner, relacl
                FROM pg_class WHERE relnamespace = 'public'::regnamespace
                UNION ALL
                SELECT 'table', c.relname, a.attname, c.relowner, a.attacl
                FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE c.relnamespace = 'public'::regnamespace AND a.attacl IS NOT NULL
                UNION ALL
                SELECT 'function', proname, NULL, proowner, coalesce(proacl, acldefault('f', proowner))
                FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            ) o, aclexplode(o.acl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
            WHERE a.grantee <> o.owner
                AND o.owner IN (
                    SELECT oid FROM pg_roles WHERE rolname IN ('pg_database_owner', \(DatabaseRole.owner))
                )
            """
        ).decode(String.self, String.self, String?.self, String.self, String.self)
        for (kind, name, column, role, action) in rows {
            guard let object = Securable(kind: kind, name: name) else { continue }
            rights[Holder(object: object, role: role), default: []].insert(Right(action: action, column: column))
        }
    }

    /// Grants missing rights and revokes surplus ones, as the owner.
    func apply(on connection: PostgresConnection) async throws {
        let held = try await Privileges(heldOn: connection).rights
        let database = try await connection.query("SELECT current_database()::text").single(String.self)
        for holder in Set(rights.keys).union(held.keys) where rights[holder] != held[holder] {
            let object = holder.object.sql(in: database)
            let role: PostgresQuery =
                holder.role == Self.anyRole ? "PUBLIC" : "\(identifier: holder.role)"
            // On a table, this also revokes rights on single columns.
            try await connection.execute("REVOKE ALL ON \(fragment: object) FROM \(fragment: role)")
            guard let wanted = rights[holder] else { continue }
            for right in wanted {
                guard let action = Right.Action(rawValue: right.action)?.sql else { continue }
                let columns: PostgresQuery? = right.column.map { " (\(identifier: $0))" }
                try await connection.execute(
                    "GRANT \(fragment: action)\(fragment: columns) ON \(fragment: object) TO \(fragment: role)"
                )
            }
        }
    }
}

extension Securable {
    /// The object as GRANT and REVOKE name it.
    fileprivate func sql(in database: String) -> PostgresQuery {
        switch self {
        case .database: "DATABASE \(identifier: database)"
        case .schema: "SCHEMA public"
        case .table(let name): "TABLE public.\(identifier: name)"
        case .sequence(let name): "SEQUENCE public.\(identifier: name)"
        case .function(let name): "FUNCTION public.\(identifier: name)"
        }
    }
}

extension Privileges {
    /// A line of the table: an object, and the actions of each role on it.
    struct Line: Sendable {
        let object: Securable
        let actions: [(role: DatabaseRole, actions: [Actions])]

        /// `others` are roles that may only connect to the database.
        init(
            _ object: Securable,
            person: [Actions] = [],
            producer: [Actions] = [],
            consumer: [Actions] = [],
            connection: [Actions] = [],
            access: [Actions] = [],
            warehouse: [Actions] = [],
            webhook: [Actions] = [],
            others: [DatabaseRole] = []
        ) {
            self.object = object
            actions =
                [
                    (.person, person), (.producer, producer), (.consumer, consumer), (.connection, connection),
                    (.access, access), (.warehouse, warehouse), (.webhook, webhook),
                ] + others.map { ($0, [.connect]) }
        }
    }

    /// An action on a whole object, or on some of its columns.
    struct Actions: Sendable {
        let rights: [Right]

        private init(_ action: Right.Action, _ columns: [String] = []) {
            rights =
                columns.isEmpty
                ? [Right(action: action.rawValue, column: nil)]
                : columns.map { Right(action: action.rawValue, column: $0) }
        }

        static let select = Actions(.select)
        static let insert = Actions(.insert)
        static let update = Actions(.update)
        static let delete = Actions(.delete)
        static let usage = Actions(.usage)
        static let execute = Actions(.execute)
        static let connect = Actions(.connect)
        static let temporary = Actions(.temporary)

        /// SELECT on some columns.
        static func select(_ columns: String...) -> Actions { Actions(.select, columns) }
        /// UPDATE on some columns.
        static func update(_ columns: String...) -> Actions { Actions(.update, columns) }
    }
}
