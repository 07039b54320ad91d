import Credentials
import HTTPServer
import JSON
import Models
import Persistence
import RESTContract

/// Stores devices.
protocol DeviceRepository: Sendable {
    func register(
        _ id: DeviceID,
        of person: PersonID,
        name: String,
        digest: TokenDigest
    ) async throws -> DeviceStore.Registration
    /// Returns a person's devices; `nil` if the person does not exist.
    func devices(of person: PersonID) async throws -> [Device]?
    func remove(_ id: DeviceID, of person: PersonID) async throws -> Bool
}

extension DeviceStore: DeviceRepository {}

/// The routes of person-service for devices.
struct DeviceRoutes<Persons: PersonRepository, Devices: DeviceRepository>: Sendable {
    let persons: Persons
    let devices: Devices
    /// The addresses of location-producer, as phones reach it.
    let addresses: PhoneAddresses

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/devices", handler: list)
        router.post("/api/persons/{id}/devices", of: .json, handler: register)
        router.delete("/api/persons/{id}/devices/{device}", handler: remove)
    }

    private static var maximumBody: Int { 64 << 10 }

    private func list(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        guard let found = try await devices.devices(of: id) else { throw Problem.noSuchPerson }
        return .json { writer in
            writer.array(of: found) { writer, device in
                writer.object { device.writeMembers(to: &$0) }
            }
        }
    }

    /// Answers with the setup of the phone's app.
    ///
    /// Only this answer contains the token.
    private func register(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let details = try await details(of: request)
        guard let person = try await persons.person(id) else { throw Problem.noSuchPerson }
        let token = DeviceToken.random()
        let outcome = try await devices.register(
            details.id ?? .random(),
            of: id,
            name: details.name,
            digest: token.digest
        )
        switch outcome {
        case .noSuchPerson: throw Problem.noSuchPerson
        case .tooMany:
            throw Problem(
                .conflict,
                "A person has at most \(DeviceStore.maximumPerPerson) devices: remove one before registering another."
            )
        case .taken:
            throw Problem(
                .conflict,
                "Another device has this id: choose another one, or omit it.",
                errors: [.pointer("/id", "Expected an unused id.")]
            )
        case .registered(let device):
            let setup = PhoneSetup(device: device, owner: person, token: token, addresses: addresses)
            let place = "/api/persons/\(id.rawValue)/devices/\(device.id.text)"
            return .json(status: .created, headers: ["Location": place]) { writer in
                setup.write(to: &writer)
            }
        }
    }

    private func remove(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let device = try request.parameter("device", as: DeviceID.self)
        guard try await devices.remove(device, of: id) else {
            throw Problem(.notFound, "This person has no device with this id.")
        }
        return .noContent
    }

    /// An empty body registers a device without id and name.
    private func details(of request: Request) async throws -> DeviceDetails {
        let bytes = try await request.body.collect(upTo: Self.maximumBody)
        var reader = JSONReader(bytes.isEmpty ? Array("{}".utf8) : bytes)
        let details = try DeviceDetails(from: &reader)
        try reader.finish()
        return details
    }
}
