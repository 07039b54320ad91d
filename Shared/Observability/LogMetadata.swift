import Concurrency

/// A value on a log line.
package enum LogValue: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case double(Double)
    case boolean(Bool)

    /// A length of time, written in seconds.
    package static func seconds(_ duration: Duration) -> LogValue {
        .double(duration.inSeconds)
    }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    package init(stringLiteral value: String) {
        self = .string(value)
    }

    package init(integerLiteral value: Int) {
        self = .integer(value)
    }

    package init(floatLiteral value: Double) {
        self = .double(value)
    }

    package init(booleanLiteral value: Bool) {
        self = .boolean(value)
    }
}

/// The data of a log line in the order of writing: `[.requestID: .string(id), .count: 3]`.
///
/// An array and not a dictionary: lines have a handful of entries, the order stays, and a key that is given twice
/// is no trap; the later value wins.
package struct LogMetadata: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// The entries, with unique keys.
    package private(set) var entries: [Entry] = []

    /// A key with its value.
    package struct Entry: Sendable, Equatable {
        /// The key.
        package let key: LogKey
        /// The value.
        package let value: LogValue
    }

    package init(dictionaryLiteral elements: (LogKey, LogValue)...) {
        entries.reserveCapacity(elements.count)
        for (key, value) in elements {
            self[key] = value
        }
    }

    /// The value of a key; setting `nil` removes the key.
    package subscript(_ key: LogKey) -> LogValue? {
        get { entries.first { $0.key == key }?.value }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): entries[index] = Entry(key: key, value: value)
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// The union of both; the other's values win.
    package func merging(_ other: LogMetadata) -> LogMetadata {
        var merged = self
        for entry in other.entries {
            merged[entry.key] = entry.value
        }
        return merged
    }
}

/// An error that declares what may be logged about it.
///
/// Of any other error, only the name of its type is logged, because a description may quote a person's data.
package protocol LoggableError: Error {
    /// Codes and names of the program or the outside system, never data of users.
    var logMetadata: LogMetadata { get }
}
