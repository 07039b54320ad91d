package import Observability

/// Why a login was not completed.
///
/// For logs and metrics only. The person learns that the login failed and may begin another one.
package enum LoginFailure: Error, Equatable, LoggableError {
    /// `state` is not the one of the login.
    case state
    /// The login took longer than ten minutes.
    case expired
    /// The callback names another issuer, or none although this one always does.
    case issuer
    /// The issuer refused the login, such as after a cancellation.
    case refused
    /// The token endpoint refused the code.
    case exchange(status: Int)
    /// The token endpoint's answer is not the expected JSON.
    case answer
    /// A check of the ID token.
    case idToken(TokenRejection)
    /// The issuer does not answer: 503.
    case unavailable

    init(_ failure: TokenFailure) {
        switch failure {
        case .rejected(let rejection): self = .idToken(rejection)
        case .unavailable: self = .unavailable
        }
    }

    /// The name of the check.
    package var logMetadata: LogMetadata {
        switch self {
        case .state: [.reason: "state"]
        case .expired: [.reason: "expired"]
        case .issuer: [.reason: "issuer"]
        case .refused: [.reason: "refused"]
        case .exchange(let status): [.reason: "exchange", .status: .integer(status)]
        case .answer: [.reason: "answer"]
        case .idToken(let rejection): [.reason: .string("id_token_" + rejection.rawValue)]
        case .unavailable: [.reason: "unavailable"]
        }
    }
}
