import Foundation
import RESTTestSupport
import TestSupport
import Testing

/// Compares the route table of the entrance with the services' descriptions.
@Suite struct RouteTableTests {
    @Test(arguments: [
        ("person-service", "PersonService"), ("connection-service", "ConnectionService"),
        ("location-producer", "LocationProducer"),
    ])
    func routesEveryOperationToItsServiceAndNothingElse(service: String, folder: String) throws {
        let file = TestCluster.packageRoot.appending(path: "Services/\(folder)/openapi.json")
        let described = try APIDescription(Array(Data(contentsOf: file))).operations.filter { operation in
            !Self.ownPaths.contains { operation.hasSuffix(" \($0)") }
        }
        let routed = try Self.routes().filter { $0["service"]?.string == service && $0["port"] == nil }.flatMap {
            route in
            let path = route["path"]?.string ?? ""
            guard !Self.ownPaths.contains(path) else { return [String]() }
            return (route["methods"]?.elements ?? []).map { "\($0.string ?? "") \(path)" }
        }
        #expect(Set(routed) == described)
        #expect(routed.count == described.count)
    }

    @Test func hidesMeasurementsAndReflection() throws {
        let routes = try Self.routes()
        #expect(routes.contains { $0["path"]?.string == "/metrics" && $0["public"] == .boolean(false) })
        #expect(!routes.contains { $0["path"]?.string?.contains("reflection") == true })
    }

    /// Paths that every service has on its own port; the entrance has its own.
    private static let ownPaths: Set<String> = [
        "/", "/health", "/livez", "/readyz", "/metrics", "/openapi.json", "/swagger.json",
    ]

    private static func routes() throws -> [JSONValue] {
        let file = TestCluster.packageRoot.appending(path: "Services/routes.json")
        return try JSONValue(Array(Data(contentsOf: file)))["routes"]?.elements ?? []
    }
}
