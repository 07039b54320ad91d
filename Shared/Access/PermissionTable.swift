import JSON

/// The permissions of a service's operations, read from `x-access` in its OpenAPI document.
///
/// | member of `x-access` | meaning |
/// |---|---|
/// | the text `public` instead of an object | everyone may call it |
/// | `person` | the path parameter with the person's number |
/// | `event` | the path parameter with the event's number |
/// | `units` | the cost of one call, 1 by default |
/// | `units_per_day` | the cost of each day from `from` to `to` besides, none by default |
/// | `checked_by` | `handler`: the handler checks the credential of a phone or a client |
/// | `session` | `any`: any session may call it, also that of a login without a person and a role |
/// | a role | its conditions, see ``Permission/Grant/init(_:)`` |
package struct PermissionTable: Sendable {
    /// An operation of the document.
    package struct Operation: Hashable, Sendable {
        /// The method in upper case.
        package let method: String
        /// The path with parameters: `/api/persons/{id}`.
        package let path: String

        /// A method of a path.
        package init(method: String, path: String) {
            self.method = method
            self.path = path
        }
    }

    /// Why a document gives no table.
    package enum Problem: Error, Equatable, CustomStringConvertible {
        /// The document is not JSON, or its paths are not objects.
        case malformed(String)
        /// An operation has no `x-access`.
        case missing(Operation)
        /// An operation's `x-access` has an unknown member or condition.
        case invalid(Operation, String)

        package var description: String {
            switch self {
            case .malformed(let reason): "the description of the API cannot be read: \(reason)"
            case .missing(let operation):
                "\(operation.method) \(operation.path) has no x-access, which says who may call it"
            case .invalid(let operation, let member):
                "\(operation.method) \(operation.path): x-access has the unknown member or condition \(member)"
            }
        }
    }

    /// The permission of each operation.
    package let permissions: [Operation: Permission]

    /// Reads a document; O(length).
    ///
    /// - Throws: ``Problem``.
    package init(openAPI: [UInt8]) throws(Problem) {
        var permissions: [Operation: Permission] = [:]
        do {
            var reader = JSONReader(openAPI, maximumDepth: 64)
            try reader.forEachMember { reader, name in
                guard name == "paths" else { return try reader.skipValue() }
                try reader.forEachMember { reader, path in
                    try reader.forEachMember { reader, method in
                        guard Self.methods.contains(method) else { return try reader.skipValue() }
                        let operation = Operation(method: method.uppercased(), path: path)
                        permissions[operation] = try Self.permission(of: operation, &reader)
                    }
                }
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw .malformed("\(error)")
        }
        self.permissions = permissions
    }

    /// The permission of a route.
    ///
    /// HEAD has that of GET. A path with further slashes, as people type into apps, has that of the path without them.
    package subscript(method: String, path: String) -> Permission? {
        let method = method == "HEAD" ? "GET" : method
        let plain = "/" + path.split(separator: "/").joined(separator: "/")
        return permissions[Operation(method: method, path: path)] ?? permissions[Operation(method: method, path: plain)]
    }

    private static let methods: Set<String> = ["get", "head", "post", "put", "patch", "delete"]

    private static func permission(of operation: Operation, _ reader: inout JSONReader) throws -> Permission {
        var permission: Permission?
        try reader.forEachMember { reader, name in
            guard name == "x-access" else { return try reader.skipValue() }
            permission = try Permission(from: &reader, of: operation)
        }
        guard let permission else { throw Problem.missing(operation) }
        return permission
    }
}

extension Permission {
    fileprivate init(from reader: inout JSONReader, of operation: PermissionTable.Operation) throws {
        self.init()
        guard try reader.peekKind() == .object else {
            let text = try reader.readString()
            guard text == "public" else { throw PermissionTable.Problem.invalid(operation, text) }
            isPublic = true
            return
        }
        try reader.forEachMember { reader, name in
            switch name {
            case "person": person = try reader.readString()
            case "event": event = try reader.readString()
            case "units": units = try reader.readInteger(as: Int.self)
            case "units_per_day": unitsPerDay = try reader.readInteger(as: Int.self)
            case "checked_by":
                let text = try reader.readString()
                guard text == "handler" else { throw PermissionTable.Problem.invalid(operation, text) }
                isCheckedByHandler = true
            case "session":
                let text = try reader.readString()
                guard text == "any" else { throw PermissionTable.Problem.invalid(operation, text) }
                isForAnySession = true
            default:
                let conditions = try reader.readString()
                guard let role = Role(rawValue: name) else { throw PermissionTable.Problem.invalid(operation, name) }
                guard let grant = Grant(conditions) else {
                    throw PermissionTable.Problem.invalid(operation, conditions)
                }
                grants[role] = grant
            }
        }
    }
}

extension JSONReader {
    fileprivate mutating func forEachMember(_ read: (inout JSONReader, String) throws -> Void) throws {
        try beginObject()
        while let name = try nextKey() { try read(&self, name) }
    }
}
