internal import JSON
package import Observability

/// The keys with which an issuer signs, from its JWK set (RFC 7517, section 5).
///
/// A key that cannot be used is left out, so that an issuer can publish new kinds of keys. Two usable keys of one `kid` are both
/// left out: the token does not say which one it means.
package struct SigningKeys: Sendable {
    /// The longest set, in bytes.
    package static let maximumLength = 256 << 10
    /// The most keys of a set, usable or not.
    package static let maximumCount = 32

    /// Why a set is not accepted.
    package enum Problem: String, Error, LoggableError {
        /// More than 256 KiB.
        case tooLong = "too_long"
        /// Not one JSON object with an array `keys` of objects, or a repeated member.
        case malformed
        /// More than 32 keys.
        case tooMany = "too_many"
        /// No key that could be used.
        case empty

        /// The problem.
        package var logMetadata: LogMetadata { [.reason: .string(rawValue)] }
    }

    private let keys: [(keyID: String?, key: VerificationKey)]

    /// Reads a set, in O(length).
    package init(_ json: [UInt8]) throws(Problem) {
        guard json.count <= Self.maximumLength else { throw .tooLong }
        let descriptions = try Self.descriptions(json)
        var keys: [(keyID: String?, key: VerificationKey)] = []
        for description in descriptions {
            if let key = description.verificationKey() { keys.append((description.keyID, key)) }
        }
        let counts = Dictionary(keys.compactMap(\.keyID).map { ($0, 1) }, uniquingKeysWith: +)
        self.keys = keys.filter { $0.keyID.map { counts[$0] == 1 } ?? true }
        guard !self.keys.isEmpty else { throw .empty }
    }

    private static func descriptions(_ json: [UInt8]) throws(Problem) -> [KeyDescription] {
        var descriptions: [KeyDescription]?
        do throws(JSONError) {
            var reader = JSONReader(json, maximumDepth: 8)
            try reader.beginObject()
            while let name = try reader.nextKey() {
                guard name == "keys" else {
                    try reader.skipValue()
                    continue
                }
                var read: [KeyDescription] = []
                try reader.beginArray()
                while try reader.nextElement() { read.append(try KeyDescription(from: &reader)) }
                descriptions = read
            }
            try reader.finish()
        } catch {
            throw .malformed
        }
        guard let descriptions else { throw .malformed }
        guard descriptions.count <= maximumCount else { throw .tooMany }
        return descriptions
    }

    /// The number of usable keys.
    package var count: Int { keys.count }

    /// The key that a token's header means; `nil` if there is no such key.
    ///
    /// A header without `kid` means the only key for its algorithm.
    ///
    /// - Throws: ``TokenRejection/algorithm`` if the key is for another algorithm, ``TokenRejection/keyID`` if several keys are
    ///   possible.
    func find(_ header: TokenHeader) throws(TokenRejection) -> VerificationKey? {
        guard let keyID = header.keyID else {
            let candidates = keys.filter { $0.key.algorithms.contains(header.algorithm) }
            guard candidates.count <= 1 else { throw .keyID }
            return candidates.first?.key
        }
        guard let key = keys.first(where: { $0.keyID == keyID })?.key else { return nil }
        guard key.algorithms.contains(header.algorithm) else { throw .algorithm }
        return key
    }
}
