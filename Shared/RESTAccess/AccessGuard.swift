package import Access
package import HTTPServer
import Models
import Networking
package import Observability
import RESTContract
package import ServiceRuntime

/// Decides for each request of a service who asks and whether they may.
///
/// access-service shows by a header who asks; see `IdentityHeader`. The permissions come from `x-access` in the service's
/// description. Each route needs one, else the service does not start.
package struct AccessGuard: Sendable {
    private let mode: AccessMode
    private let openTo: AddressRanges
    private let keys: ServiceKeyFile?
    private let peerKeys: ServiceKeyFile?
    private let permissions: [Permission]
    private let denials: [[AccessDenial: Counter]]
    private let forged: Counter

    /// Makes the guard of a service's routes.
    ///
    /// - Parameters:
    ///   - configuration: the mode and the keys.
    ///   - routes: the routes; each needs a permission.
    ///   - openAPI: the service's description.
    ///   - logger: logs keys that cannot be read again.
    ///   - metrics: counts denials.
    /// - Throws: `PermissionTable.Problem` if a route has no permission, and ``ServiceKeyFileError``.
    package init(
        _ configuration: AccessConfiguration,
        _ routes: [Route],
        describedBy openAPI: [UInt8],
        logger: Logger,
        metrics: MetricsRegistry
    ) throws {
        mode = configuration.mode
        openTo = configuration.openTo
        keys = try configuration.keyFile.map { try ServiceKeyFile(path: $0, logger: logger) }
        peerKeys = try configuration.peerKeyFile.map { try ServiceKeyFile(path: $0, logger: logger) }
        let table = try PermissionTable(openAPI: openAPI)
        permissions = try routes.map { route in
            guard let permission = table[route.method.rawValue, route.template] else {
                throw PermissionTable.Problem.missing(.init(method: route.method.rawValue, path: route.template))
            }
            return permission
        }
        let isRefusing = configuration.mode != .observe
        denials = routes.map { route in
            Dictionary(
                uniqueKeysWithValues: AccessDenial.allCases.map { denial in
                    let labels = [
                        ("operation", "\(route.method.rawValue) \(route.template)"), ("reason", denial.rawValue),
                    ]
                    return (
                        denial,
                        isRefusing
                            ? metrics.counter(
                                "access_denied_total",
                                "Requests that were refused.",
                                labels: labels
                            )
                            : metrics.counter(
                                "access_would_deny_total",
                                "Requests that enforce would refuse.",
                                labels: labels
                            )
                    )
                }
            )
        }
        forged = metrics.counter(
            "access_invalid_identities_total",
            "Requests whose identity header was malformed, forged, too old or of another request."
        )
    }

    /// What runs beside the server: reading the keys again.
    package var services: [Service] {
        [keys, peerKeys].compactMap { $0?.service }
    }

    /// Decides about a request; a few microseconds.
    ///
    /// - Throws: a problem with 401, 403 or 404, or with 400 if a number in the path is not one.
    package func admit(_ request: Request, to route: Route) throws(Problem) -> GrantedAccess {
        let permission = permissions[route.index]
        let identity = try identity(of: request)
        let object = Result { () throws(Problem) -> (person: PersonID?, event: EventID?) in
            (
                try permission.person.map { name throws(Problem) in try request.parameter(name) },
                try permission.event.map { name throws(Problem) in try request.parameter(name) }
            )
        }
        let (person, event) = (try? object.get()) ?? (nil, nil)
        let now = Timestamp.now()
        let access: GrantedAccess
        do throws(AccessDenial) {
            access = try permission.decide(identity, on: person, of: event, now: now)
        } catch {
            denials[route.index][error]?.increment()
            guard mode == .observe else { throw error.problem }
            return GrantedAccess(identity: .legacy, role: .legacy)
        }
        _ = try object.get()
        return access
    }

    private func identity(of request: Request) throws(Problem) -> Identity {
        let fields = request.headers.values("UdaConnect-Identity")
        guard let field = fields.first else {
            return mode == .open && openTo.contains(request.clientAddress) ? .legacy : .anonymous
        }
        do throws(IdentityHeader.Refusal) {
            guard fields.count == 1 else { throw .malformed }
            return try verify(field, RequestTarget(method: request.method.rawValue, path: request.path))
        } catch {
            forged.increment()
            throw AccessDenial.unidentified.problem
        }
    }

    /// An identity that access-service made, or one of another service of ours, which has the role `service` only.
    private func verify(_ field: String, _ target: RequestTarget) throws(IdentityHeader.Refusal) -> Identity {
        let now = Timestamp.now()
        do {
            return try IdentityHeader.verify(field, for: target, keys?.keys ?? .none, now: now)
        } catch {
            guard error == .forged, let peerKeys else { throw error }
            let identity = try IdentityHeader.verify(field, for: target, peerKeys.keys, now: now)
            guard identity.roles == [.service] else { throw .forged }
            return identity
        }
    }
}

extension Router {
    /// Adds access control to all routes; see ``AccessGuard/init(_:_:describedBy:logger:metrics:)``.
    ///
    /// - Returns: what runs beside the server.
    package mutating func guardAccess(
        _ configuration: AccessConfiguration,
        describedBy openAPI: [UInt8],
        _ process: ServiceProcess
    ) throws -> [Service] {
        let access = try AccessGuard(
            configuration,
            routes,
            describedBy: openAPI,
            logger: process.logger,
            metrics: process.metrics
        )
        guardAccess(by: access)
        return access.services
    }

    /// Adds access control to all routes.
    mutating func guardAccess(by access: AccessGuard) {
        requestGuard = { (request, route) throws(Problem) in try access.admit(request, to: route) }
    }
}
