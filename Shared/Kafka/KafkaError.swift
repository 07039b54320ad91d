package import Observability

/// What went wrong between this process and Kafka.
///
/// An error never carries a record's data, only names and codes of librdkafka and its own words for them.
package struct KafkaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure that a caller can tell apart.
    package enum Code: String, Sendable {
        /// No broker can be reached, or none answered in time.
        case unavailable
        /// As many records wait for their delivery as may.
        case queueFull
        /// The topic or the partition does not exist.
        case unknownTopic
        /// The topic exists already.
        case topicExists
        /// The partition begins behind an offset, or ends before it.
        case offsetOutOfRange
        /// The cluster does not let this user do that.
        case unauthorized
        /// A setting is not one that librdkafka takes.
        case configuration
        /// The client has been stopped.
        case stopped
        /// A broker refused for another reason, which ``KafkaError/name`` tells.
        case refused
    }

    /// The kind of failure.
    package let code: Code
    /// librdkafka's name of the error, such as `_MSG_TIMED_OUT`.
    package let name: String
    /// One sentence that says what happened.
    package let message: String
    /// Whether the client that it happened to is of no use any more and has to be made anew.
    package let isFatal: Bool
    /// Whether the same call may succeed a little later.
    package let isRetriable: Bool

    /// Makes an error of this module's own.
    init(_ code: Code, _ message: String, name: String = "", isFatal: Bool = false, isRetriable: Bool = false) {
        self.code = code
        self.name = name
        self.message = message
        self.isFatal = isFatal
        self.isRetriable = isRetriable
    }

    /// A sentence, with librdkafka's name of the error.
    package var description: String {
        name.isEmpty ? message : "\(message) (\(name))"
    }
}

extension KafkaError: LoggableError {
    /// The kind, librdkafka's name and its words.
    package var logMetadata: LogMetadata {
        [.errorCode: .string(name.isEmpty ? code.rawValue : name), .reason: .string(message)]
    }
}
