import Geospatial
import Models

/// A recorded trace: CSV with the columns `lat,lng,datetime,uid`, in any order if a header says so.
struct RecordedTrace {
    /// A fix of a user.
    struct Fix: Equatable {
        let user: String
        let coordinate: Coordinate
        let time: Timestamp
    }

    /// The columns and their indexes, initially in the order above.
    private var columns = ["lat": 0, "lng": 1, "datetime": 2, "uid": 3]
    private var isFirst = true

    /// Reads a line.
    ///
    /// - Returns: the fix; `nil` for a header or an empty line.
    /// - Throws: ``RecordedTraceError`` that names the invalid column.
    mutating func read(_ line: [UInt8]) throws(RecordedTraceError) -> Fix? {
        defer { isFirst = false }
        if line.isEmpty { return nil }
        let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map { Self.trimmed($0) }
        if isFirst, readHeader(fields) { return nil }
        let latitude = try angle("lat", in: fields)
        let longitude = try angle("lng", in: fields)
        guard let time = Timestamp(iso8601: try field("datetime", in: fields)) else { throw .column("datetime") }
        let user = String(decoding: try field("uid", in: fields), as: UTF8.self)
        guard !user.isEmpty, user.utf8.count <= 64 else { throw .column("uid") }
        do throws(CoordinateError) {
            let coordinate = try Coordinate(latitude: latitude, longitude: longitude)
            return Fix(user: user, coordinate: coordinate, time: time)
        } catch {
            throw .column(error == .latitudeOutOfRange ? "lat" : "lng")
        }
    }

    private mutating func readHeader(_ fields: [ArraySlice<UInt8>]) -> Bool {
        var found: [String: Int] = [:]
        for (index, field) in fields.enumerated() {
            found[String(decoding: field, as: UTF8.self).lowercased()] = index
        }
        guard columns.keys.allSatisfy({ found[$0] != nil }) else { return false }
        columns = found
        return true
    }

    private func angle(_ name: String, in fields: [ArraySlice<UInt8>]) throws(RecordedTraceError) -> DegreesE7 {
        guard let angle = try? DegreesE7(decimal: try field(name, in: fields)) else { throw .column(name) }
        return angle
    }

    private func field(_ name: String, in fields: [ArraySlice<UInt8>]) throws(RecordedTraceError) -> ArraySlice<UInt8> {
        guard let index = columns[name], index < fields.count else { throw .column(name) }
        return fields[index]
    }

    private static func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        var field = field.drop(while: isSpace)
        while let last = field.last, isSpace(last) { field.removeLast() }
        return field
    }
}

/// Why a line of a trace is not a fix.
enum RecordedTraceError: Error, Equatable, CustomStringConvertible {
    /// The column is missing or invalid.
    case column(String)

    var description: String {
        switch self {
        case .column(let name): "no valid ‘\(name)’"
        }
    }
}
