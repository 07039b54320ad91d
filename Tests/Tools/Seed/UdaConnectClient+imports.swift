import Foundation
import JSON
import Models
import TestSupport

extension UdaConnectClient {
    /// How far an import has come, as the service says.
    struct ImportState: Equatable, Sendable {
        var state = ""
        var bytes = 0
        var accepted = 0
        var rejected = 0
        var skipped = 0
        /// The first rejections: element, offset and reason.
        var refusals: [String] = []
    }

    /// Imports a file and waits for the end.
    ///
    /// The service recognises repeated locations, and a file by its key, so a retry is safe.
    func importFile(_ bytes: [UInt8], of person: PersonID, id: String) async throws -> ImportState {
        let path = Self.importsPath(person)
        let answer = try await send(
            path,
            "application/octet-stream",
            bytes,
            headers: ["Idempotency-Key": id],
            isRepeatable: true
        )
        guard answer.status == 201, let state = Self.importState(answer.body) else {
            throw Self.failure("POST \(path)", answer)
        }
        return state
    }

    /// Asks how far an import has come; `nil` if it has not begun.
    func importState(_ id: String, of person: PersonID) async throws -> ImportState? {
        Self.importState(try await get(Self.importsPath(person) + "/" + id).body)
    }

    private static func importsPath(_ person: PersonID) -> String { "/api/persons/\(person.rawValue)/imports" }

    /// Reads an import; `nil` for anything else.
    private static func importState(_ body: [UInt8]) -> ImportState? {
        var reader = JSONReader(body)
        var item = ImportState()
        do {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "state": item.state = try reader.readString()
                case "bytes": item.bytes = try reader.readInteger()
                case "accepted": item.accepted = try reader.readInteger()
                case "rejected": item.rejected = try reader.readInteger()
                case "skipped": item.skipped = try reader.readInteger()
                case "errors": item.refusals = try refusals(ofImport: &reader)
                default: try reader.skipValue()
                }
            }
        } catch {
            return nil
        }
        return item.state.isEmpty ? nil : item
    }

    private static func refusals(ofImport reader: inout JSONReader) throws(JSONError) -> [String] {
        var refusals: [String] = []
        try reader.beginArray()
        while try reader.nextElement() {
            var (element, offset, detail) = (0, 0, "")
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "element": element = try reader.readInteger()
                case "offset": offset = try reader.readInteger()
                case "detail": detail = try reader.readString()
                default: try reader.skipValue()
                }
            }
            if refusals.count < Verdict.longestList {
                refusals.append("element \(element) at byte \(offset): \(detail)")
            }
        }
        return refusals
    }
}
