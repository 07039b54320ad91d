import Geospatial
import JSON
import Models
import TestSupport

extension UdaConnectClient {
    /// Registers a phone of a person and returns its token.
    func registerPhone(of person: PersonID, named name: String) async throws -> String {
        var writer = JSONWriter()
        writer.object { $0.member("name", name) }
        let path = "/api/persons/\(person.rawValue)/devices"
        // A repeat would register another phone.
        let answer = try await send(path, "application/json", writer.bytes, isRepeatable: false)
        guard answer.status == 201 else { throw Self.failure("POST \(path)", answer) }
        var reader = JSONReader(answer.body)
        var token: String?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == "token" {
                token = try reader.readString()
            } else {
                try reader.skipValue()
            }
        }
        guard let token else { throw SeedError("POST \(path) answered a phone without a token.") }
        return token
    }

    /// Sends locations of one phone as the app Overland does.
    ///
    /// The answer counts nothing: the service leaves out locations that are not valid, and says so in its metrics only.
    /// The service recognises repeated locations, so a retry is safe.
    func createLocations(_ reports: [LocationReport], ofPhoneWithToken token: String) async throws -> Verdict {
        let path = "/overland"
        let headers = ["Authorization": "Bearer \(token)"]
        let body = Self.overlandBatch(reports)
        let answer = try await send(path, "application/json", body, headers: headers, isRepeatable: true)
        guard answer.status == 200 else { throw Self.failure("POST \(path)", answer) }
        return Verdict(accepted: reports.count)
    }

    /// GeoJSON features as in https://github.com/aaronpk/Overland-iOS#api.
    static func overlandBatch(_ reports: [LocationReport]) -> [UInt8] {
        var writer = JSONWriter(capacity: reports.count * 180 + 20)
        writer.object { writer in
            writer.array("locations", of: reports) { writer, report in
                writer.object { writer in
                    writer.member("type", "Feature")
                    writer.object("geometry") { writer in
                        writer.member("type", "Point")
                        writer.array("coordinates") { writer in
                            writer.value(report.coordinate.longitude.degrees)
                            writer.value(report.coordinate.latitude.degrees)
                        }
                    }
                    writer.object("properties") { writer in
                        writer.member("timestamp", "\(report.creationTime)Z")
                        if let accuracy = report.accuracy { writer.member("horizontal_accuracy", Int(accuracy.metres)) }
                    }
                }
            }
        }
        return writer.takeBytes()
    }
}
