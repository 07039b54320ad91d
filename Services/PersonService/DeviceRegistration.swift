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
        digest: TokenDigest,
        isIDEnough: Bool
    ) async throws -> DeviceStore.Registration
    /// Registers a device for the person of an open claim; `nil` if the digest is of none.
    func register(
        _ id: DeviceID,
        byClaim claim: TokenDigest,
        name: String,
        digest: TokenDigest,
        isIDEnough: Bool,
        recording entry: @Sendable (PersonID) -> AuditEntry
    ) async throws -> DeviceStore.Registration?
    /// Returns a person's devices; `nil` if the person does not exist.
    func devices(of person: PersonID) async throws -> [Device]?
    func remove(_ id: DeviceID, of person: PersonID) async throws -> Bool
}

extension DeviceStore: DeviceRepository {}

/// Registers phones, and answers with the setup of their apps.
///
/// Only this answer contains the token.
struct DeviceRegistration<Persons: PersonRepository, Devices: DeviceRepository>: Sendable {
    let persons: Persons
    let devices: Devices
    /// The addresses of location-producer, as phones reach it.
    let addresses: PhoneAddresses
    /// Whether the id identifies a phone where its protocol has no token; otherwise the setup has the token in its place.
    let isIDEnough: Bool

    private static var maximumBody: Int { 64 << 10 }

    /// Reads the body of a registration; an empty one is for a device without id and name.
    static func details(of request: Request, needsCode: Bool = false) async throws -> DeviceDetails {
        let bytes = try await request.body.collect(upTo: maximumBody)
        var reader = JSONReader(bytes.isEmpty ? Array("{}".utf8) : bytes)
        let details = try DeviceDetails(from: &reader, needsCode: needsCode)
        try reader.finish()
        return details
    }

    /// Registers a phone of a person.
    func register(_ details: DeviceDetails, of id: PersonID) async throws -> Response {
        let token = DeviceToken.random()
        let outcome = try await devices.register(
            details.id ?? .random(),
            of: id,
            name: details.name,
            digest: token.digest,
            isIDEnough: isIDEnough
        )
        return try await answer(outcome, token)
    }

    /// Registers a phone of the person of a claim; `nil` if the code does not count.
    ///
    /// - Parameters:
    ///   - details: the phone.
    ///   - code: the code of the claim.
    ///   - entry: what the audit says, given the person of the claim.
    /// - Returns: the answer.
    /// - Throws: a problem, or an error of the database.
    func register(
        _ details: DeviceDetails,
        by code: ClaimCode,
        recording entry: @Sendable (PersonID) -> AuditEntry
    ) async throws -> Response? {
        let token = DeviceToken.random()
        let outcome = try await devices.register(
            details.id ?? .random(),
            byClaim: code.digest,
            name: details.name,
            digest: token.digest,
            isIDEnough: isIDEnough,
            recording: entry
        )
        guard let outcome else { return nil }
        return try await answer(outcome, token)
    }

    private func answer(_ outcome: DeviceStore.Registration, _ token: DeviceToken) async throws -> Response {
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
            guard let owner = try await persons.person(device.personID) else { throw Problem.noSuchPerson }
            let setup = PhoneSetup(
                device: device,
                owner: owner,
                token: token,
                addresses: addresses,
                isIDEnough: isIDEnough
            )
            let place = "/api/persons/\(device.personID.rawValue)/devices/\(device.id.text)"
            return .json(status: .created, headers: ["Location": place]) { setup.write(to: &$0) }
        }
    }
}
