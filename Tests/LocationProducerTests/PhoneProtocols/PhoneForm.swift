import Geospatial
import HTTPServer
import LocationProtocol
import Models
import Observability
import RESTTestSupport

@testable import LocationProducer

/// A message of an app, and the expected result.
struct PhoneForm: Sendable, CustomStringConvertible {
    /// The app with its version, or the special case.
    let app: String
    /// Whether it uses the separate port for Traccar Client and similar apps.
    var isOnOwnPort = false
    var method = "POST"
    var target: String
    var headers: [String] = []
    var body: [UInt8] = []
    var version = "HTTP/1.1"
    var status = 200
    /// The stored values: time, latitude, longitude, and optional ones.
    var stored: [String] = []

    var description: String { app }

    /// A POST to `/owntracks` with jane's credentials.
    static func ownTracks(
        _ app: String,
        _ body: String,
        target: String = "/owntracks",
        headers: [String] = ["Authorization: Basic amFuZTpzZWNyZXQ="],
        _ stored: [String]
    ) -> PhoneForm {
        let headers = headers + ["Content-Type: application/json"]
        return PhoneForm(app: app, target: target, headers: headers, body: Array(body.utf8), stored: stored)
    }

    /// A POST to `/overland` with bo's token.
    static func overland(
        _ app: String,
        _ body: String,
        headers: [String] = ["Authorization: Bearer hidden"],
        status: Int = 200,
        _ stored: [String]
    ) -> PhoneForm {
        let headers = headers + ["Content-Type: application/json"]
        let bytes = Array(body.utf8)
        return PhoneForm(app: app, target: "/overland", headers: headers, body: bytes, status: status, stored: stored)
    }

    /// A GET on the separate port.
    static func query(_ app: String, _ query: String, status: Int = 200, _ stored: [String]) -> PhoneForm {
        PhoneForm(app: app, isOnOwnPort: true, method: "GET", target: "/?" + query, status: status, stored: stored)
    }

    /// A POST on the separate port.
    static func post(
        _ app: String,
        _ body: String,
        target: String = "/",
        headers: [String] = [],
        status: Int = 200,
        _ stored: [String]
    ) -> PhoneForm {
        PhoneForm(
            app: app,
            isOnOwnPort: true,
            target: target,
            headers: headers,
            body: Array(body.utf8),
            status: status,
            stored: stored
        )
    }

    /// The bytes sent over the socket.
    var request: [UInt8] {
        let lines =
            ["\(method) \(target) \(version)", "Host: test"] + headers
            + (method == "POST" ? ["Content-Length: \(body.count)"] : [])
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
}

extension PhoneForm {
    /// Sends forms one after another to servers of location-producer, whose clock is fixed at ``noon``.
    ///
    /// - Returns: each answer with the stored locations.
    static func send(
        _ forms: [PhoneForm],
        devices: InMemoryDevices = registeredDevices(),
        sightings: DeviceSightings = DeviceSightings()
    ) async throws -> [(answer: RawClient.Response, stored: [String])] {
        let queue = InMemoryQueue()
        let phones = PhoneProtocols(queue, devices: devices, sightings: sightings)
        var outcomes: [(answer: RawClient.Response, stored: [String])] = []
        try await withServer(
            routes: { phones.add(to: &$0) },
            test: { server in
                try await withServer(
                    routes: { $0 = phones.osmandRouter },
                    test: { ownServer in
                        for form in forms {
                            let count = queue.messages.count
                            let client = try RawClient(form.isOnOwnPort ? ownServer : server)
                            _ = try await client.sendAll(form.request)
                            let answer = try await client.response()
                            outcomes.append((answer, queue.messages.dropFirst(count).map { $0.report.summary }))
                        }
                    }
                )
            }
        )
        return outcomes
    }
}

extension LocationReport {
    /// Time, latitude, longitude, and optional values.
    var summary: String {
        var parts = ["\(creationTime)", "\(coordinate.latitude)", "\(coordinate.longitude)"]
        if let accuracy { parts.append("±\(accuracy.metres)") }
        for (quantity, unit) in [
            (.altitude, "m"), (.speed, "m/s"), (.course, "°"), (.battery, "%"),
        ] as [(Telemetry.Quantity, String)] {
            if let value = telemetry[quantity] { parts.append("\(value)\(unit)") }
        }
        if isMock { parts.append("mock") }
        if isHeartbeat { parts.append("still") }
        return parts.joined(separator: " ")
    }
}
