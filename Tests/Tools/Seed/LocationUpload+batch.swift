import Geospatial
import Models

extension LocationUpload {
    /// Locations that wait to be sent.
    struct Batch {
        /// A request with locations.
        enum Request: Sendable {
            /// Locations of any persons, one object per line.
            case lines([UInt8], count: Int)
            /// Locations of one registered phone.
            case phone(token: String, [LocationReport])

            var count: Int {
                switch self {
                case .lines(_, let count): count
                case .phone(_, let reports): reports.count
                }
            }

            func send(to client: UdaConnectClient) async throws -> UdaConnectClient.Verdict {
                switch self {
                case .lines(let lines, _): try await client.createLocations(lines)
                case .phone(let token, let reports):
                    try await client.createLocations(reports, ofPhoneWithToken: token)
                }
            }
        }

        private let size: Int
        private var phones = PhoneBuffers()
        private var lines: [UInt8] = []
        /// Where each line ends.
        private var ends: [Int] = []
        /// The share of the source that has been read, from 0 to 1.
        var share = 0.0

        init(size: Int) {
            self.size = size
            lines.reserveCapacity(size * 125)
            ends.reserveCapacity(size)
        }

        /// The number of waiting locations.
        var count: Int { ends.count + phones.count }

        var isFull: Bool { ends.count >= size || phones.isFull(batchSize: size) }

        /// Takes out the requests that are full enough; at the end, all of them.
        mutating func takeRequests(isLast: Bool) -> [Request] {
            var requests: [Request] = []
            if phones.isFull(batchSize: size) || isLast {
                requests = phones.takeAll(batchSize: size).map { .phone(token: $0.token, $0.reports) }
            }
            if !ends.isEmpty, ends.count >= size || isLast {
                let (lines, count) = takeFirst(size)
                requests.append(.lines(lines, count: count))
            }
            return requests
        }

        /// Adds a location; with a token, one of a registered phone.
        mutating func append(_ report: LocationReport, token: String?) {
            if let token {
                phones.append(report, token: token)
            } else {
                append(report)
            }
        }

        mutating func append(_ report: LocationReport) {
            lines.append(contentsOf: #"{"person_id":"#.utf8)
            lines.append(contentsOf: String(report.personID.rawValue).utf8)
            lines.append(contentsOf: #","latitude":""#.utf8)
            lines.append(contentsOf: report.coordinate.latitude.description.utf8)
            lines.append(contentsOf: #"","longitude":""#.utf8)
            lines.append(contentsOf: report.coordinate.longitude.description.utf8)
            lines.append(contentsOf: #"","creation_time":""#.utf8)
            lines.append(contentsOf: report.creationTime.description.utf8)
            lines.append(UInt8(ascii: "\""))
            if let accuracy = report.accuracy {
                lines.append(contentsOf: #","accuracy":"#.utf8)
                lines.append(contentsOf: String(accuracy.metres).utf8)
            }
            lines.append(contentsOf: "}\n".utf8)
            ends.append(lines.count)
        }

        /// Takes out the first lines, at most `maximum`.
        private mutating func takeFirst(_ maximum: Int) -> (lines: [UInt8], count: Int) {
            let count = min(maximum, ends.count)
            guard count > 0 else { return ([], 0) }
            let end = ends[count - 1]
            let taken = Array(lines[..<end])
            lines.removeFirst(end)
            ends.removeFirst(count)
            for index in ends.indices { ends[index] -= end }
            return (taken, count)
        }
    }
}
