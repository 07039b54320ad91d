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
    /// The entries; each key occurs once.
    package private(set) var entries: [Entry] = []

    /// One key with its value.
    package struct Entry: Sendable, Equatable {
        /// What the value means.
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

    /// The value under a key; `nil` takes the key out.
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

    /// These entries and the other's; where both have a key, the other's value.
    package func merging(_ other: LogMetadata) -> LogMetadata {
        var merged = self
        for entry in other.entries {
            merged[entry.key] = entry.value
        }
        return merged
    }
}

/// An error that knows what about it may be logged.
///
/// Of other errors only the type's name goes to the log, because a description may quote a person's data.
package protocol LoggableError: Error {
    /// Codes and names that are the program's or the outside system's, never the user's.
    var logMetadata: LogMetadata { get }
}
