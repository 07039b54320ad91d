import Access
import HTTPServer
import JSON
import Models
import RESTContract

/// The routes of all services with their permissions, from `Generated/permissions.json`.
struct RouteTable: Sendable {
    /// The service that answers a path, and the permission of the method.
    struct Entry: Sendable {
        /// The service.
        let service: String
        /// The path with parameters, for metrics and the audit.
        let template: String
        /// The permission; `nil` if the service has no such operation and answers 404 or 405 itself.
        let permission: Permission?
        /// The person that the path names.
        let person: PersonID?
        /// The event that the path names.
        let event: EventID?
    }

    /// The file is not as `scripts/permissions` writes it.
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    private let router: Router
    private let services: [String: String]
    private let permissions: PermissionTable

    /// Reads the file.
    ///
    /// - Throws: ``Malformed``, `PermissionTable.Problem` or `JSONError`.
    init(json: [UInt8]) throws {
        permissions = try PermissionTable(openAPI: json)
        services = try Self.services(json)
        var router = Router()
        for path in services.keys.sorted() { router.get(path) { _ in .noContent } }
        guard router.conflicts.isEmpty else {
            throw Malformed(description: "Routes contradict each other: \(router.conflicts.joined(separator: ", "))")
        }
        self.router = router
    }

    /// The services that answer requests.
    var receivers: Set<String> { Set(services.values) }

    /// The scopes that any operation asks for.
    var scopes: Set<String> {
        Set(permissions.permissions.values.flatMap { $0.grants.values.compactMap(\.scope) })
    }

    /// Finds the entry of a method and a path; O(segments).
    ///
    /// - Returns: the entry; `nil` if no route leads there.
    /// - Throws: a 400 problem if an escape in the path is malformed or unnecessary.
    func entry(_ method: String, _ path: String) throws(Problem) -> Entry? {
        guard let (template, parameters) = try router.place(of: path), let service = services[template] else {
            return nil
        }
        let permission = permissions[method, template]
        func value<ID: PathParameter>(_ name: String?) -> ID? {
            parameters.first { $0.name == name }.flatMap { ID(pathParameter: $0.value) }
        }
        return Entry(
            service: service,
            template: template,
            permission: permission,
            person: value(permission?.person),
            event: value(permission?.event)
        )
    }

    private static func services(_ json: [UInt8]) throws -> [String: String] {
        var services: [String: String] = [:]
        var reader = JSONReader(json)
        try reader.beginObject()
        while let name = try reader.nextKey() {
            guard name == "paths" else {
                try reader.skipValue()
                continue
            }
            try reader.beginObject()
            while let path = try reader.nextKey() {
                try reader.beginObject()
                while let member = try reader.nextKey() {
                    if member == "x-service" {
                        services[path] = try reader.readString()
                    } else {
                        try reader.skipValue()
                    }
                }
                guard services[path] != nil else { throw Malformed(description: "\(path) has no x-service") }
            }
        }
        return services
    }
}
