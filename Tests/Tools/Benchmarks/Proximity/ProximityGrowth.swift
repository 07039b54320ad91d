/// Measures the effect of many more people elsewhere in the city.
enum ProximityGrowth {
    private static let base = 100_000

    /// Asks our index about the same persons, with different numbers of people elsewhere.
    static func measure(factors: [Int], into results: inout ProximityResults) async throws {
        var peers = [(factor: 1, peer: try GridIndexPeer(ProximityData(count: base), builds: 1))]
        for factor in factors {
            note("\(factor) times as many locations elsewhere: building the index")
            peers.append((factor, try GridIndexPeer(ProximityData(count: base, growth: factor), builds: 1)))
        }
        for work in ProximityWork.contacts {
            var fastest: [Int: ProximityAnswers] = [:]
            for _ in 0..<15 {
                for (factor, peer) in peers {
                    let answers = try await peer.contacts(work, of: peer.data.measured)
                    fastest[factor] = answers.fastest(fastest[factor])
                }
            }
            for (factor, answers) in fastest {
                guard answers.hits == fastest[1]?.hits else {
                    throw BenchmarkFailure(description: "People elsewhere change the result: \(work.title).")
                }
                results.growth.append(ProximityResults.Growth(work: work, factor: factor, seconds: answers.seconds))
            }
        }
    }
}
