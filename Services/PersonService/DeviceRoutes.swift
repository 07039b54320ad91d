import HTTPServer
import JSON
import Models
import Persistence
import RESTContract

/// The routes of person-service for devices.
struct DeviceRoutes<Persons: PersonRepository, Devices: DeviceRepository>: Sendable {
    let registration: DeviceRegistration<Persons, Devices>

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/devices", handler: list)
        router.post("/api/persons/{id}/devices", of: .json, handler: register)
        router.delete("/api/persons/{id}/devices/{device}", handler: remove)
    }

    private func list(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        guard let found = try await registration.devices.devices(of: id) else { throw Problem.noSuchPerson }
        return .json { writer in
            writer.array(of: found) { writer, device in
                writer.object { device.writeMembers(to: &$0) }
            }
        }
    }

    private func register(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let details = try await DeviceRegistration<Persons, Devices>.details(of: request)
        return try await registration.register(details, of: id)
    }

    private func remove(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let device = try request.parameter("device", as: DeviceID.self)
        guard try await registration.devices.remove(device, of: id) else {
            throw Problem(.notFound, "This person has no device with this id.")
        }
        return .noContent
    }
}
