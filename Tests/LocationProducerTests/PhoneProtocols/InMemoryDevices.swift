import Credentials
import HTTPServer
import Models
import Observability
import Persistence
import RESTTestSupport
import Synchronization

@testable import LocationProducer

/// Devices in an array.
final class InMemoryDevices: DeviceRegistry {
    private let entries: Mutex<[KnownDevice]>
    private let failure: (any Error)?
    private let asked = Mutex(0)

    /// - Parameters:
    ///   - tokens: the devices' names with their tokens; the first is of person 1, and so on.
    ///   - areIDsEnough: whether the names identify the devices.
    ///   - failure: what every call throws.
    init(_ tokens: [(name: String, token: String)] = [], areIDsEnough: Bool = true, failure: (any Error)? = nil) {
        self.failure = failure
        entries = Mutex(
            tokens.enumerated().compactMap { index, entry in
                guard let id = DeviceID(entry.name), let person = PersonID(rawValue: index + 1) else { return nil }
                let number = DeviceNumber(stored: 1)
                return KnownDevice(
                    id: id,
                    personID: person,
                    number: number,
                    digest: DeviceToken(entry.token).digest,
                    isIDEnough: areIDsEnough
                )
            }
        )
    }

    /// The number of queries.
    var askedCount: Int { asked.withLock { $0 } }

    func removeAll() {
        entries.withLock { $0 = [] }
    }

    func device(_ id: DeviceID) async throws -> KnownDevice? {
        try check()
        return entries.withLock { $0.first { $0.id == id } }
    }

    func device(of digest: TokenDigest) async throws -> KnownDevice? {
        try check()
        return entries.withLock { $0.first { $0.digest == digest } }
    }

    private func check() throws {
        asked.withLock { $0 += 1 }
        if let failure { throw failure }
    }
}

/// Jane's phone is person 1's, Bo's person 2's; each is its person's first device.
func registeredDevices() -> InMemoryDevices {
    InMemoryDevices([
        ("jane", "secret"), ("bo", "hidden"), ("JJ", "third"), ("48241179", "fourth"), ("123456", "fifth"),
        ("aa:bb:cc:00:11:22", "sixth"),
    ])
}
