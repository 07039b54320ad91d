import Credentials
import HTTPServer
import JSON
import Models
import Networking
import Persistence
import RESTAccess
import RESTContract

/// The route by which the owner of a phone registers it with the code of a claim.
///
/// So an organiser gives a code away and never sees a token. The code is the credential; networks that send wrong codes have to
/// wait.
struct PhoneRoutes<Persons: PersonRepository, Devices: DeviceRepository>: Sendable {
    let registration: DeviceRegistration<Persons, Devices>
    let attempts: AttemptLimit

    /// Adds the route.
    func add(to router: inout Router) {
        router.post("/api/phones", of: .json, handler: register)
    }

    private func register(_ request: Request) async throws -> Response {
        let network = request.clientNetwork
        guard !attempts.isReached(by: network) else { throw Problem.tooManyAttempts }
        let details = try await DeviceRegistration<Persons, Devices>.details(of: request, needsCode: true)
        guard let code = ClaimCode(details.code),
            let response = try await registration.register(
                details,
                by: code,
                recording: { AuditEntry(phoneOf: $0, registeredBy: request) }
            )
        else {
            attempts.count(network)
            throw Problem.unknownCode
        }
        return response
    }
}

extension AuditEntry {
    /// What the audit says of a phone that was registered by the code of a claim.
    fileprivate init(phoneOf person: PersonID, registeredBy request: Request) {
        self.init(time: .now(), subject: "person:\(person.rawValue)", operation: "claim used: phone")
        self.person = person
        network = IPAddress(request.clientAddress)?.coarseNetwork
        self.request = request.id
    }
}
