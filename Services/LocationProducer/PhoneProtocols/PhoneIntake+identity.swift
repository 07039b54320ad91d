import Credentials
import HTTPServer
import Models
import Persistence

extension PhoneIntake {
    /// A device, and whether it has shown its token.
    struct Sender {
        let device: KnownDevice
        let isProven: Bool
    }

    /// What a request shows in its `Authorization` field, besides a name in its message.
    enum Credentials: Equatable {
        /// A token alone.
        case bearer(String)
        /// The device's name and its token; the token may be empty.
        case basic(user: String, password: String)
    }

    /// The credentials of a request.
    ///
    /// A device's name may have colons, and a token has none, so the last colon parts the two; RFC 7617 has the first.
    static func credentials(of request: Request) -> Credentials? {
        if let token = request.bearerToken { return .bearer(token) }
        guard let basic = request.basicCredentials else { return nil }
        let text = "\(basic.user):\(basic.password)"
        guard let colon = text.lastIndex(of: ":") else { return nil }
        return .basic(user: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
    }

    /// The device that sends a request, by its credentials or else by the name in its message.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - name: the device's name as the message tells it.
    ///   - needsToken: whether the device has to show its token if all devices have to.
    /// - Returns: the device.
    /// - Throws: ``Refusal``, or what keeps devices from being looked up.
    func sender(of request: Request, named name: String?, needsToken: Bool = true) async throws -> Sender {
        switch Self.credentials(of: request) {
        case .bearer(let token):
            guard let device = try await devices.device(of: DeviceToken(token)) else { throw Refusal.unproven }
            return Sender(device: device, isProven: true)
        case .basic(let user, let password) where !user.isEmpty:
            return try await sender(named: user, showing: password, needsToken: needsToken)
        case .basic, nil: return try await sender(named: name, showing: nil, needsToken: needsToken)
        }
    }

    /// The device of a name.
    ///
    /// - Parameters:
    ///   - name: the name.
    ///   - token: what the phone shows; `nil` or empty if it shows nothing.
    ///   - needsToken: whether the device has to show its token if all devices have to.
    /// - Returns: the device.
    /// - Throws: ``Refusal``, or what keeps devices from being looked up.
    func sender(named name: String?, showing token: String?, needsToken: Bool = true) async throws -> Sender {
        guard let name, !name.isEmpty else { throw Refusal.unnamed }
        guard let id = DeviceID(name), let device = try await devices.device(id) else { throw Refusal.unknown }
        if let token, !token.isEmpty {
            guard DeviceToken(token).digest.matches(device.digest) else {
                sightings.note(.wrongToken, of: id, at: intake.now())
                throw Refusal.unproven
            }
            return Sender(device: device, isProven: true)
        }
        if requiresTokens && needsToken { throw Refusal.unproven }
        return Sender(device: device, isProven: false)
    }
}
