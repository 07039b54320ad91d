import Credentials
import HTTPServer
import Models
import Persistence

extension PhoneIntake {
    /// A device, and whether it has sent its token.
    struct Sender {
        let device: KnownDevice
        let isProven: Bool
    }

    /// The credentials in the `Authorization` field.
    enum Credentials: Equatable {
        /// Only a token.
        case bearer(String)
        /// The device's name and its token, which may be empty.
        case basic(user: String, password: String)
    }

    /// The credentials of a request.
    ///
    /// A device's name may contain colons, but a token does not, so the last colon separates them. In RFC 7617, it is the first.
    static func credentials(of request: Request) -> Credentials? {
        if let token = request.bearerToken { return .bearer(token) }
        guard let basic = request.basicCredentials else { return nil }
        let text = "\(basic.user):\(basic.password)"
        guard let colon = text.lastIndex(of: ":") else { return nil }
        return .basic(user: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
    }

    /// Identifies the sending device by its credentials, else by the name in its message.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - name: the device's name in the message.
    ///   - needsToken: whether the device needs its token if the setting requires tokens.
    /// - Returns: the device.
    /// - Throws: ``Refusal``, or an error of the device lookup.
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

    /// Identifies a device by its name.
    ///
    /// - Parameters:
    ///   - name: the name.
    ///   - token: the token in the request; `nil` or empty without one.
    ///   - needsToken: whether the device needs its token if the setting requires tokens.
    /// - Returns: the device.
    /// - Throws: ``Refusal``, or an error of the device lookup.
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
        guard device.isIDEnough else { throw Refusal.unknown }
        return Sender(device: device, isProven: false)
    }
}
