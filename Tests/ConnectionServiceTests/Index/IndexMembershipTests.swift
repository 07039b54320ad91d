import Models
import Testing

@testable import ConnectionService
@testable import LocationQueue

@Suite struct IndexMembershipTests {
    @Test func isCurrentOnceThePositionsReachTheGoal() throws {
        var membership = IndexMembership()
        membership.replace(persons: [try person(1)], positions: [0: 4, 1: 0], goal: [0: 5, 1: 0])
        #expect(membership.isLoaded)
        let early = membership.reachGoal()
        _ = membership.advance(behind: [QueueBatch(partition: 0, messages: [], start: 4, end: 5)], pending: [])
        let arrivals = [membership.reachGoal(), membership.reachGoal()]
        #expect(!early)
        #expect(arrivals == [true, false])
        #expect(membership.isCurrent)
        let losses = [membership.fallBehind(), membership.fallBehind()]
        #expect(losses == [true, false])
    }

    @Test func dropsTheOldestPendingLocationsBeyondTheMaximum() throws {
        var membership = IndexMembership()
        let locations = try (0..<3).map { Location(id: try id($0), report: try report(1, person: 7)) }
        let flood = Array(repeating: locations[0], count: IndexMembership.maximumPending - 1)
        let dropped = membership.advance(behind: [], pending: flood + locations)
        #expect(dropped == 2)
        #expect(membership.pending.count == IndexMembership.maximumPending)
        #expect(membership.unknownPersons(of: locations) == [try person(7): 0])
        membership.settle([try id(0)])
        #expect(membership.pending.map(\.id) == [try id(1), try id(2)])
    }
}
