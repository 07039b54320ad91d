import Models
import Proximity
import Testing

@Suite struct EncounterEvidenceTests {
    @Test func givesEachPairItsVerdict() throws {
        let own = try [0.0, 100, 200, 900].map { try located(1, at: $0) }
        let other = [
            try located(2, at: 0, north: 6), try located(2, at: 90, north: 3), try located(2, at: 100, north: 7),
            try located(2, at: 200, north: 30), try located(2, at: 205, north: 1, accuracy: 100),
            try located(2, at: 961, north: 2),
        ]
        let evidence = try EncounterEvidence(own: own, other: other, rule: .standard, limit: 100)
        let lines = evidence.samples.map { sample in
            let (own, other) = (sample.pair.own.id.rawValue, sample.pair.other.id.rawValue)
            let meeting = sample.meeting.map(String.init) ?? "-"
            return "\(own >> 10 & 0xFFFFF) \(other >> 10 & 0xFFFFF) \(sample.verdict.rawValue) \(meeting)"
        }
        #expect(evidence.meetings == encounters(of: own + other))
        #expect(evidence.meetings.count == 1)
        #expect(evidence.count == lines.count)
        #expect(
            lines == [
                "200000 205000 too_inaccurate -", "100000 90000 enters 0", "0 0 not_entered -", "100000 100000 stays 0",
                "200000 200000 beyond_leaving_distance -", "100000 205000 too_far_apart_in_time -",
                "0 205000 too_far_apart_in_time -", "900000 961000 too_far_apart_in_time -",
                "0 90000 too_far_apart_in_time -", "200000 90000 too_far_apart_in_time -",
                "100000 0 too_far_apart_in_time -", "200000 0 too_far_apart_in_time -",
                "0 100000 too_far_apart_in_time -", "200000 100000 too_far_apart_in_time -",
            ]
        )
    }

    @Test(arguments: [1, 2, 7, 100, 10_000])
    func keepsTheNearestIfThereAreTooMany(limit: Int) throws {
        let own = try (0..<60).map { try located(1, at: Double($0) * 7, north: Double($0 * 37 % 100)) }
        let other = try (0..<60).map { try located(2, at: Double($0) * 7 + 3, north: Double($0 * 61 % 100)) }
        let all = try EncounterEvidence(own: own, other: other, rule: .standard, limit: .max / 2)
        let cut = try EncounterEvidence(own: own, other: other, rule: .standard, limit: limit)
        #expect(cut.count == all.count)
        #expect(cut.samples == Array(all.samples.prefix(limit)))
        #expect(cut.meetings == all.meetings)
        #expect(all.meetings == encounters(of: own + other))
        let near = all.samples.prefix { $0.verdict != .tooFarApartInTime }
        #expect(near.map(\.pair.distance) == near.map(\.pair.distance).sorted())
        #expect(!all.samples.dropFirst(near.count).contains { $0.verdict != .tooFarApartInTime })
    }

    @Test func isTheSameBothWaysRound() throws {
        let own = try (0..<40).map { try located(1, at: Double($0) * 11, north: Double($0 % 7)) }
        let other = try (0..<40).map { try located(2, at: Double($0) * 13, north: Double($0 % 5), accuracy: 3) }
        let there = try EncounterEvidence(own: own, other: other, rule: .standard, limit: 10_000)
        let back = try EncounterEvidence(own: other, other: own, rule: .standard, limit: 10_000)
        #expect(there.meetings == back.meetings)
        #expect(there.count == back.count)
        func fingerprint(_ sample: EncounterEvidence.Sample) -> String {
            let ids = [sample.pair.own.id, sample.pair.other.id].sorted()
            return "\(ids[0].rawValue) \(ids[1].rawValue) \(sample.verdict) \(sample.meeting ?? -1)"
        }
        #expect(Set(there.samples.map(fingerprint)) == Set(back.samples.map(fingerprint)))
        let samples = there.samples.filter { $0.meeting != nil }.count
        #expect(samples == there.meetings.map(\.samples).reduce(0, +))
    }

    @Test func isEmptyIfOneOfThemWasNowhere() throws {
        let here = [try located(1, at: 0)]
        for (own, other) in [(here, []), ([], here), ([], []), (here, here)] as [([Location], [Location])] {
            let evidence = try EncounterEvidence(own: own, other: other, rule: .standard, limit: 10)
            #expect(evidence.meetings.isEmpty)
            #expect(evidence.samples.isEmpty)
            #expect(evidence.count == 0)
        }
    }
}
