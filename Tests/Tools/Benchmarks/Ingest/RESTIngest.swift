import Geospatial
import Models
import Postgres
import TestSupport

/// Locations over REST until their acknowledgement: single ones compared with nginx's `return 204`, batches with the queue alone.
///
/// The client is wrk, on the same processors as the server.
struct RESTIngest {
    /// Number of connections for single locations.
    private static let callers = 256
    /// Number of connections for batches.
    private static let lanes = 4
    /// Locations in a batch.
    private static let batch = 10_000

    let queue: QueueAlone
    let database: PostgresConfiguration

    /// Measures all alternately.
    ///
    /// - Parameters:
    ///   - rounds: the number of rounds.
    ///   - seconds: the duration of each measurement.
    /// - Returns: a row for single locations, one for lines and one for arrays.
    /// - Throws: if an answer is not 2xx.
    func rows(rounds: Int, seconds: Int) async throws -> [BenchmarkRow] {
        let scratch = try ScratchFolder()
        let nginx = try Nginx(scratch: scratch)
        let locations = queue.reports.prefix(Self.batch).map(Self.json)
        let single = try scratch.write("single.lua", Self.script(sending: locations.prefix(256)))
        let lines = try scratch.write(
            "lines.lua",
            Self.script(sending: locations.joined(separator: "\n"), type: "application/x-ndjson")
        )
        let array = try scratch.write(
            "array.lua",
            Self.script(sending: "[" + locations.joined(separator: ",") + "]", type: "application/json")
        )
        let callers = LoadGenerator(connections: Self.callers)
        let lanes = LoadGenerator(connections: Self.lanes)
        var (peer, singles, alone): ([Double], [Double], [Double]) = ([], [], [])
        var (ofLines, ofArrays): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            alone.append(
                try await queue.append(queue.reports[...], atOnce: Self.lanes, size: Self.batch, seconds: seconds)
            )
            try await queue.empty()
            peer.append(try await callers.load(port: nginx.port, seconds: seconds))
            let producer = try await RunningService.start(.locationProducer, database: database)
            singles.append(
                try await callers.load(port: producer.port, path: "/api/locations", script: single, seconds: seconds)
            )
            let path = "/api/locations/batch"
            try await Self.settle()
            let count = Double(Self.batch)
            ofLines.append(
                try await lanes.load(port: producer.port, path: path, script: lines, seconds: seconds) * count
            )
            try await Self.settle()
            ofArrays.append(
                try await lanes.load(port: producer.port, path: path, script: array, seconds: seconds) * count
            )
            await producer.terminate()
        }
        nginx.stop()
        return [
            BenchmarkRow(
                work: "REST, one location a request, 256 connections (nginx return 204)",
                ours: singles.median,
                peer: peer.median,
                unit: "requests/s",
                goal: 0.25
            ),
            BenchmarkRow(
                work: "REST batches of 10,000 lines, sent to acknowledged (the queue alone)",
                ours: ofLines.median,
                peer: alone.median,
                unit: "locations/s",
                goal: 0.6
            ),
            BenchmarkRow(
                work: "REST arrays of 10,000, sent to acknowledged (the queue alone)",
                ours: ofArrays.median,
                peer: alone.median,
                unit: "locations/s",
                goal: 0.6
            ),
        ]
    }

    /// Waits until the server has finished the requests that wrk abandoned.
    private static func settle() async throws {
        try await Task.sleep(for: .seconds(2))
    }

    /// A location in the format of phones, about 110 bytes.
    static func json(_ report: LocationReport) -> String {
        #"{"person_id":\#(report.personID.rawValue),"latitude":"\#(report.coordinate.latitude)","#
            + #""longitude":"\#(report.coordinate.longitude)","creation_time":"\#(report.creationTime)"}"#
    }

    private static func script(sending body: String, type: String) -> String {
        """
        wrk.method = "POST"
        wrk.body = [==[\(body)]==]
        wrk.headers["Content-Type"] = "\(type)"
        """
    }

    /// Sends the bodies in turn, so that all partitions get the same share.
    private static func script(sending bodies: ArraySlice<String>) -> String {
        """
        local requests, next = {}, 0
        function init()
            wrk.headers["Content-Type"] = "application/json"
            for _, body in ipairs({\(bodies.map { "[[\($0)]]" }.joined(separator: ","))}) do
                requests[#requests + 1] = wrk.format("POST", nil, nil, body)
            end
        end
        function request()
            next = next % #requests + 1
            return requests[next]
        end
        """
    }
}
