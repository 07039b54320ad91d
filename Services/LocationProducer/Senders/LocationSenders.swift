import Access
import Credentials
import GRPCServer
import HTTPServer
import Models
import Persistence
import RESTAccess

/// Finds out who sends locations over REST and gRPC.
///
/// Requests for locations do not ask access-service: this service knows the devices. Where no credential is needed, one
/// that is sent is not looked at, as before there were any.
struct LocationSenders: Sendable {
    private let devices: DeviceDirectory
    /// Whether a client at an address needs no credential.
    private let isOpen: @Sendable (String) -> Bool

    init(devices: DeviceDirectory, isOpen: @escaping @Sendable (String) -> Bool) {
        self.devices = devices
        self.isOpen = isOpen
    }

    /// The sender of a request.
    ///
    /// - Throws: a 401 problem, or an error of the device lookup.
    func sender(of request: Request) async throws -> LocationSender {
        let access = request.access
        switch access.role {
        case .legacy, .client: return .anyPerson
        case .some:
            guard let person = access.identity.person else { throw AccessDenial.role.problem }
            return .person(person)
        case nil: break
        }
        switch PhoneIntake.credentials(of: request) {
        case nil where isOpen(request.clientAddress): return .anyPerson
        case nil: throw AccessDenial.unidentified.problem
        case .bearer(let token): return try await sender(showing: token)
        case .basic(let user, let password):
            let sender = try await sender(showing: password)
            guard case .device(let device) = sender, device.id.text == user else {
                throw AccessDenial.unidentified.problem
            }
            return sender
        }
    }

    /// The sender of a call.
    ///
    /// - Throws: `UNAUTHENTICATED`, or an error of the device lookup.
    func sender(of context: ServerContext) async throws -> LocationSender {
        guard !isOpen(context.clientAddress) else { return .anyPerson }
        let text = context.metadata("authorization").flatMap { String(validating: $0, as: UTF8.self) }
        guard let text, text.prefix(7).lowercased() == "bearer " else { throw RPCError.unidentified }
        do {
            return try await sender(showing: String(text.dropFirst(7)))
        } catch is Problem {
            throw RPCError.unidentified
        }
    }

    private func sender(showing token: String) async throws -> LocationSender {
        guard !token.isEmpty, let device = try await devices.device(of: DeviceToken(token)) else {
            throw AccessDenial.unidentified.problem
        }
        return .device(device)
    }
}

extension RPCError {
    fileprivate static let unidentified = RPCError(
        .unauthenticated,
        "This needs a credential: send a device token as authorization: Bearer."
    )
}
