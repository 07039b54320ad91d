import Credentials
import Models
import Persistence
import Synchronization

@testable import PersonService

/// Devices in an array, of persons from 1 on.
final class InMemoryDevices: DeviceRepository {
    struct Entry {
        let device: Device
        let digest: TokenDigest
        let isIDEnough: Bool
    }

    /// The open claims, by the digests of their codes.
    private let claims = Mutex<[TokenDigest: PersonID]>([:])
    private let entries = Mutex<[Entry]>([])
    private let audit = Mutex<[AuditEntry]>([])
    private let persons: Int32
    private let failure: (any Error)?

    init(ofPersonsUpTo persons: Int32 = 1, failure: (any Error)? = nil) {
        self.persons = persons
        self.failure = failure
    }

    var all: [Entry] { entries.withLock { $0 } }
    /// What the audit says.
    var recorded: [AuditEntry] { audit.withLock { $0 } }

    func register(
        _ id: DeviceID,
        of person: PersonID,
        name: String,
        digest: TokenDigest,
        isIDEnough: Bool
    ) async throws -> DeviceStore.Registration {
        try check()
        guard person.rawValue <= persons else { return .noSuchPerson }
        return entries.withLock { entries in
            let count = entries.count { $0.device.personID == person }
            guard count < DeviceStore.maximumPerPerson else { return .tooMany }
            guard !entries.contains(where: { $0.device.id == id }) else { return .taken }
            let taken = Set(entries.lazy.map(\.device).filter { $0.personID == person }.map(\.number))
            let free = (1...255).lazy.compactMap { DeviceNumber(rawValue: $0) }.first { !taken.contains($0) }
            guard let number = free else { return .tooMany }
            let time = Timestamp(microseconds: 0)
            let device = Device(id: id, personID: person, number: number, name: name, creationTime: time)
            entries.append(Entry(device: device, digest: digest, isIDEnough: isIDEnough))
            return .registered(device)
        }
    }

    /// Adds a claim of a person; returns its code.
    func addClaim(of person: PersonID) -> ClaimCode {
        let code = ClaimCode.random()
        claims.withLock { $0[code.digest] = person }
        return code
    }

    func register(
        _ id: DeviceID,
        byClaim claim: TokenDigest,
        name: String,
        digest: TokenDigest,
        isIDEnough: Bool,
        recording entry: @Sendable (PersonID) -> AuditEntry
    ) async throws -> DeviceStore.Registration? {
        guard let person = claims.withLock({ $0[claim] }) else { return nil }
        let outcome = try await register(id, of: person, name: name, digest: digest, isIDEnough: isIDEnough)
        guard case .registered = outcome else { return outcome }
        claims.withLock { $0[claim] = nil }
        audit.withLock { $0.append(entry(person)) }
        return outcome
    }

    func devices(of person: PersonID) async throws -> [Device]? {
        try check()
        return person.rawValue <= persons ? all.map(\.device).filter { $0.personID == person } : nil
    }

    func remove(_ id: DeviceID, of person: PersonID) async throws -> Bool {
        try check()
        return entries.withLock { entries in
            let count = entries.count
            entries.removeAll { $0.device.id == id && $0.device.personID == person }
            return entries.count < count
        }
    }

    private func check() throws {
        if let failure { throw failure }
    }
}
