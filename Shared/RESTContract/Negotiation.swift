package import HTTPServer

/// The formats of an answer: the raw values are their media types, and the first one is the default.
package protocol NegotiatedFormat: RawRepresentable<String>, CaseIterable {
    /// The subject of a sentence about the formats: `A trail`.
    static var subject: String { get }
}

extension NegotiatedFormat {
    /// Chooses the format with the highest weight in the `Accept` field (RFC 9110, section 12.5.1); the first one wins a
    /// tie.
    ///
    /// The most specific matching range decides the weight of a type; an invalid weight counts as 1.
    ///
    /// - Parameters:
    ///   - accept: the field.
    ///   - formats: the formats of the answer; the first one is the default.
    ///   - subject: the subject of the error's sentence.
    /// - Throws: a 406 problem if no format is accepted.
    package init(accept: String?, among formats: [Self] = Array(allCases), _ subject: String = subject) throws(Problem)
    {
        let ranges = (accept ?? "").split(separator: ",").map(MediaRange.init)
        var best: (format: Self, weight: Double, place: Int)?
        for format in formats {
            guard !ranges.isEmpty else {
                self = format
                return
            }
            guard let (place, range) = MediaRange.decisive(for: format.rawValue, of: ranges), range.weight > 0 else {
                continue
            }
            if let best, (-best.weight, best.place) <= (-range.weight, place) { continue }
            best = (format, range.weight, place)
        }
        guard let best else {
            let types = formats.map(\.rawValue)
            let list = types.dropLast().joined(separator: ", ") + " or " + (types.last ?? "")
            throw Problem(
                .notAcceptable,
                "\(subject) is available as \(list).",
                errors: [.header("Accept", "Expected \(list).")]
            )
        }
        self = best.format
    }
}

/// An element of an `Accept` field: `text/*;q=0.5`.
private struct MediaRange {
    /// In lower case, without parameters.
    let type: String
    let weight: Double

    init(_ element: Substring) {
        let parts = element.lowercased().filter { $0 != " " && $0 != "\t" }.split(separator: ";")
        type = parts.first.map(String.init) ?? ""
        let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
        self.weight = weight.flatMap { Double($0) } ?? 1
    }

    /// The most specific range that matches a type, and its position in the field.
    static func decisive(for type: String, of ranges: [MediaRange]) -> (place: Int, range: MediaRange)? {
        for candidate in [type, type.prefix { $0 != "/" } + "/*", "*/*"] {
            if let place = ranges.firstIndex(where: { $0.type == candidate }) { return (place, ranges[place]) }
        }
        return nil
    }
}
