/// Why there is no answer.
package struct HTTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reasons.
    package enum Code: String, Sendable {
        /// The limit of requests in progress is reached.
        case busy
        /// There was no complete answer in time.
        case timedOut = "timed_out"
        /// The answer exceeds the limit.
        case tooLong = "too_long"
        /// The server's address is not allowed.
        case forbiddenAddress = "forbidden_address"
        /// The server does not answer, or not in HTTP.
        case failed
    }

    /// The reason.
    package let code: Code
    /// libcurl's code, if libcurl reported one.
    package let curlCode: UInt32?

    init(_ code: Code, curlCode: UInt32? = nil) {
        self.code = code
        self.curlCode = curlCode
    }

    /// A sentence for people.
    package var description: String {
        switch code {
        case .busy: "The limit of requests in progress is reached."
        case .timedOut: "The server did not answer in time."
        case .tooLong: "The server's answer exceeds the limit."
        case .forbiddenAddress: "Requests to the server's address are not allowed."
        case .failed: "The server does not answer in HTTP: check its address."
        }
    }
}
