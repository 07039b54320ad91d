/// Why there is no answer.
package struct HTTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reasons.
    package enum Code: String, Sendable {
        /// As many requests are under way as may be.
        case busy
        /// There was no whole answer in time.
        case timedOut = "timed_out"
        /// The answer is longer than what is taken.
        case tooLong = "too_long"
        /// The server is not there, or what it says is no HTTP.
        case failed
    }

    /// The reason.
    package let code: Code
    /// libcurl's number for it, if it is libcurl's.
    package let curlCode: UInt32?

    init(_ code: Code, curlCode: UInt32? = nil) {
        self.code = code
        self.curlCode = curlCode
    }

    /// A sentence for people.
    package var description: String {
        switch code {
        case .busy: "As many requests are under way as may be."
        case .timedOut: "The server did not answer in time."
        case .tooLong: "The server's answer is longer than what is taken."
        case .failed: "The server is not there or speaks no HTTP: check its address."
        }
    }
}
