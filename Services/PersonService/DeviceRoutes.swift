import Credentials
import HTTPServer
import JSON
import Models
import Persistence
import RESTContract

/// Where devices are kept.
protocol DeviceRepository: Sendable {
    func register(
        _ id: DeviceID,
        of person: PersonID,
        name: String,
        digest: TokenDigest
    ) async throws -> DeviceStore.Registration
    /// A person's devices; `nil` if there is no such person.
    func devices(of person: PersonID) async throws -> [Device]?
    func remove(_ id: DeviceID, of person: PersonID) async throws -> Bool
}

extension DeviceStore: DeviceRepository {}

/// The part of person-service's REST surface that is about phones.
struct DeviceRoutes<Persons: PersonRepository, Devices: DeviceRepository>: Sendable {
    let persons: Persons
    let devices: Devices
    /// Where phones send their locations.
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
            writer.beginArray()
            for device in found {
                writer.beginObject()
                device.writeMembers(to: &writer)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    /// Answers with what sets the phone up; the token is told this once.
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
                "Another device has this id: choose another, or leave it out to be given one.",
                errors: [.pointer("/id", "Expected an id that no other device has.")]
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
            throw Problem(.notFound, "This person has no device of this id.")
        }
        return .noContent
    }

    /// An empty body asks for a device with nothing to say about it.
    private func details(of request: Request) async throws -> DeviceDetails {
        let bytes = try await request.body.collect(upTo: Self.maximumBody)
        var reader = JSONReader(bytes.isEmpty ? Array("{}".utf8) : bytes)
        let details = try DeviceDetails(from: &reader)
        try reader.finish()
        return details
    }
}
