package import Observability

/// A failure between this process and Kafka.
///
/// An error never carries the data of a record, only names, codes and descriptions of librdkafka.
package struct KafkaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure that a caller can tell apart.
    package enum Code: String, Sendable {
        /// No broker is reachable, or none answered in time.
        case unavailable
        /// The limit of undelivered records is reached.
        case queueFull
        /// The topic or the partition does not exist.
        case unknownTopic
        /// The topic exists already.
        case topicExists
        /// The partition begins after an offset, or ends before it.
        case offsetOutOfRange
        /// The cluster does not permit this to the user.
        case unauthorized
        /// librdkafka rejects a setting.
        case configuration
        /// The client has been stopped.
        case stopped
        /// A broker refused for another reason, see ``KafkaError/name``.
        case refused
    }

    /// The kind of failure.
    package let code: Code
    /// librdkafka's name of the error, such as `_MSG_TIMED_OUT`.
    package let name: String
    /// One sentence about what happened.
    package let message: String
    /// Whether the client is unusable and must be replaced.
    package let isFatal: Bool
    /// Whether the same call may succeed later.
    package let isRetriable: Bool

    /// An error of this module.
    init(_ code: Code, _ message: String, name: String = "", isFatal: Bool = false, isRetriable: Bool = false) {
        self.code = code
        self.name = name
        self.message = message
        self.isFatal = isFatal
        self.isRetriable = isRetriable
    }

    /// The sentence with librdkafka's name of the error.
    package var description: String {
        name.isEmpty ? message : "\(message) (\(name))"
    }
}

extension KafkaError: LoggableError {
    /// The kind, and librdkafka's name and description.
    package var logMetadata: LogMetadata {
        [.errorCode: .string(name.isEmpty ? code.rawValue : name), .reason: .string(message)]
    }
}
