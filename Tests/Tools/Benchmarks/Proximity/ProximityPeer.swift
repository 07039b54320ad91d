/// A program that answers the questions of the proximity benchmark.
protocol ProximityPeer {
    /// The name.
    var name: String { get }

    /// Finds the contacts of each person, one after another, ``ProximityWork/repeats`` times.
    func contacts(_ work: ProximityWork, of persons: [Int32]) async throws -> ProximityAnswers
}

/// The answers of a peer, and their times.
struct ProximityAnswers: Decodable {
    /// The seconds of each question.
    let seconds: [Double]
    /// The number of locations found for each question.
    let hits: [Int]

    init(seconds: [Double], hits: [Int]) {
        self.seconds = seconds
        self.hits = hits
    }

    /// Asks some questions one by one, several times.
    ///
    /// The fastest time of each counts.
    init<Question>(
        _ questions: [Question],
        repeats: Int = 1,
        _ ask: (Question) async throws -> Int
    ) async rethrows {
        var seconds = [Double](repeating: .infinity, count: questions.count)
        var hits = [Int](repeating: 0, count: questions.count)
        for _ in 0..<repeats {
            for (index, question) in questions.enumerated() {
                let began = ContinuousClock.now
                hits[index] = try await ask(question)
                seconds[index] = min(seconds[index], (ContinuousClock.now - began) / .seconds(1))
            }
        }
        (self.seconds, self.hits) = (seconds, hits)
    }

    /// The lower times of two rounds.
    func fastest(_ other: ProximityAnswers?) -> ProximityAnswers {
        guard let other else { return self }
        return ProximityAnswers(seconds: zip(seconds, other.seconds).map { min($0, $1) }, hits: hits)
    }
}

/// A peer in a ``PeerProcess``.
struct PythonPeer: ProximityPeer {
    let name: String
    let process: PeerProcess
    let data: ProximityData

    func contacts(_ work: ProximityWork, of persons: [Int32]) throws -> ProximityAnswers {
        let window = work.window(of: data)
        return try process.ask(
            ContactsRequest(
                peer: name,
                persons: persons,
                start: window.lowerBound,
                end: window.upperBound + 1,
                within: work.within
            )
        )
    }

    /// Lets the process load data.
    ///
    /// - Returns: the available peers, the memory of each in bytes, and the reasons why others are missing.
    static func load(
        _ data: ProximityData,
        into process: PeerProcess
    ) throws -> (peers: [PythonPeer], bytes: [String: Int], missing: [String: String]) {
        let windows = ProximityWork.contacts.map { $0.window(of: data) }
        let answer = try process.ask(
            LoadRequest(
                folder: data.folder,
                start: data.start,
                within: ProximityWork.coPresence,
                windows: Array(Set(windows.map { [$0.lowerBound, $0.upperBound + 1] }))
            ),
            LoadAnswer.self
        )
        let peers = answer.bytes.keys.sorted().map { PythonPeer(name: $0, process: process, data: data) }
        return (peers, answer.bytes, answer.missing)
    }

    private struct LoadRequest: Encodable {
        let `do` = "load"
        let folder: String
        let start: Int64
        let radius = ProximityWork.radius
        let within: Int64
        let windows: [[Int64]]
    }

    private struct LoadAnswer: Decodable {
        let bytes: [String: Int]
        let missing: [String: String]
    }

    private struct ContactsRequest: Encodable {
        let `do` = "contacts"
        let peer: String
        let persons: [Int32]
        let start: Int64
        let end: Int64
        let within: Int64?
        let radius = ProximityWork.radius
        let repeats = ProximityWork.repeats
    }
}
