import Access
import Credentials
import GRPCServer
import HTTPServer
import Models
import Persistence
import Postgres
import RESTAccess

/// Finds out who sends locations over REST and gRPC.
///
/// Requests for locations do not ask access-service: this service knows the devices and the API keys. Where no credential is
/// needed, one that is sent is not looked at, as before there were any.
struct LocationSenders: Sendable {
    /// The scope that an API key needs, as `x-access` says.
    static let scope = "locations.write"

    private let devices: DeviceDirectory
    private let keys: CredentialDirectory
    /// The daily limits of keys.
    let limits: KeyLimits
    private let now: @Sendable () -> Timestamp
    /// Whether a client at an address needs no credential.
    private let isOpen: @Sendable (String) -> Bool

    /// - Parameters:
    ///   - devices: the registered devices.
    ///   - keys: the API keys.
    ///   - limits: the daily limits of keys.
    ///   - now: the clock, for keys that expire.
    ///   - isOpen: whether a client at an address needs no credential.
    init(
        devices: DeviceDirectory,
        keys: CredentialDirectory,
        limits: KeyLimits,
        now: @escaping @Sendable () -> Timestamp = { .now() },
        isOpen: @escaping @Sendable (String) -> Bool
    ) {
        self.devices = devices
        self.keys = keys
        self.limits = limits
        self.now = now
        self.isOpen = isOpen
    }

    /// The sender of a request.
    ///
    /// - Throws: a 401 or 403 problem, or an error of the database.
    func sender(of request: Request) async throws -> LocationSender {
        switch request.access.role {
        case .legacy: return .anyPerson
        case .client:
            // access-service has checked the key, but only the key itself tells its account.
            guard case .bearer(let text) = PhoneIntake.credentials(of: request), APIKeyText.hasPrefix(text) else {
                return .anyPerson
            }
        case .some: return .person(try request.person)
        case nil: break
        }
        guard !isOpen(request.clientAddress) else { return .anyPerson }
        do {
            switch PhoneIntake.credentials(of: request) {
            case nil: throw AccessDenial.unidentified
            case .bearer(let text): return try await sender(showing: text, from: request.clientAddress)
            case .basic(let user, let token):
                let device = try await device(with: token)
                guard device.id.text == user else { throw AccessDenial.unidentified }
                return .device(device)
            }
        } catch let denial as AccessDenial {
            throw denial.problem
        }
    }

    /// The sender of a call.
    ///
    /// - Throws: `UNAUTHENTICATED`, `PERMISSION_DENIED`, or `UNAVAILABLE` without the database.
    func sender(of context: ServerContext) async throws -> LocationSender {
        guard !isOpen(context.clientAddress) else { return .anyPerson }
        let text = context.metadata("authorization").flatMap { String(validating: $0, as: UTF8.self) }
        guard let text, text.prefix(7).lowercased() == "bearer " else { throw RPCError.unidentified }
        do {
            return try await sender(showing: String(text.dropFirst(7)), from: context.clientAddress)
        } catch let denial as AccessDenial {
            throw denial == .scope ? RPCError.scope : RPCError.unidentified
        } catch let error as PostgresError where error.isUnavailability || error.isRetriable {
            throw RPCError.credentialsUnavailable
        }
    }

    private func sender(showing text: String, from address: String) async throws -> LocationSender {
        guard APIKeyText.hasPrefix(text) else { return .device(try await device(with: text)) }
        guard let key = APIKeyText(text), let found = try await keys.holder(of: .key(key)),
            case .key(let key) = found.holder, key.isValid(at: now()), key.mayBeUsed(from: address)
        else { throw AccessDenial.unidentified }
        guard key.details.scopes.contains(Self.scope) else { throw AccessDenial.scope }
        return .key(key)
    }

    private func device(with token: String) async throws -> KnownDevice {
        guard !token.isEmpty, let device = try await devices.device(of: DeviceToken(token)) else {
            throw AccessDenial.unidentified
        }
        return device
    }
}

extension RPCError {
    fileprivate static let unidentified = RPCError(
        .unauthenticated,
        "This needs a credential: send a device token or an API key as authorization: Bearer."
    )
    fileprivate static let scope = RPCError(
        .permissionDenied,
        "The API key has not the scope \(LocationSenders.scope)."
    )
    fileprivate static let credentialsUnavailable = RPCError(
        .unavailable,
        "The credential cannot be checked at this moment: try again shortly.",
        details: [.retry(after: .seconds(1))]
    )
}
