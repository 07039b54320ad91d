import Synchronization
import Testing

@testable import Kafka

@Suite struct DeliveryLedgerTests {
    @Test func answersOnceEverythingIsDelivered() throws {
        var ledger = DeliveryLedger(maximumRecords: 10, maximumBytes: 100)
        let ticket = try ticket(of: ledger.admit(count: 2, bytes: 10) { _ in })
        #expect(ledger.settle([report(ticket, 1, offset: 8)]).isEmpty)
        let settlements = ledger.settle([report(ticket, 0, offset: 7)])
        #expect(try settlements.first?.outcome.get().map(\.offset) == [7, 8])
        // Reports for a settled ticket change nothing.
        #expect(ledger.settle([report(ticket, 0, offset: 9)]).isEmpty)
    }

    @Test func oneFailedRecordFailsItsCall() throws {
        var ledger = DeliveryLedger(maximumRecords: 10, maximumBytes: 100)
        let ticket = try ticket(of: ledger.admit(count: 2, bytes: 10) { _ in })
        let error = KafkaError(.unavailable, "gone")
        _ = ledger.settle([DeliveryReport(ticket: ticket, index: 0, result: .failure(error))])
        let outcome = ledger.settle([report(ticket, 1, offset: 0)]).first?.outcome
        #expect(throws: error) { try outcome?.get() }
    }

    @Test func aRecordWithoutAnOffsetIsNotDelivered() throws {
        var ledger = DeliveryLedger(maximumRecords: 10, maximumBytes: 100)
        let ticket = try ticket(of: ledger.admit(count: 1, bytes: 1) { _ in })
        let outcome = ledger.settle([report(ticket, 0, offset: -1_001)]).first?.outcome
        #expect(throws: KafkaError.self) { try outcome?.get() }
    }

    @Test(arguments: [(9, 10), (1, 91)])
    func rejectsRecordsOverALimit(count: Int, bytes: Int) throws {
        var ledger = DeliveryLedger(maximumRecords: 10, maximumBytes: 100)
        let first = try ticket(of: ledger.admit(count: 2, bytes: 10) { _ in })
        guard case .refused(let error) = ledger.admit(count: count, bytes: bytes, answer: { _ in }) else {
            Issue.record("it was accepted")
            return
        }
        #expect(error.code == .queueFull)
        // A settled delivery makes room.
        _ = ledger.settle([report(first, 0, offset: 0), report(first, 1, offset: 1)])
        _ = try ticket(of: ledger.admit(count: count, bytes: bytes, answer: { _ in }))
    }

    @Test func endsWhenStoppedWithoutPendingCalls() throws {
        var ledger = DeliveryLedger(maximumRecords: 10, maximumBytes: 100)
        let ticket = try ticket(of: ledger.admit(count: 1, bytes: 1) { _ in })
        ledger.stop()
        #expect(!ledger.hasEnded)
        #expect(ledger.fail([ticket, 99], KafkaError(.unavailable, "gone")).count == 1)
        #expect(ledger.hasEnded)
    }

    private func report(_ ticket: UInt32, _ index: Int, offset: Int64) -> DeliveryReport {
        DeliveryReport(ticket: ticket, index: index, result: .success(KafkaPlace(partition: 0, offset: offset)))
    }

    private func ticket(of admission: DeliveryLedger.Admission) throws -> UInt32 {
        guard case .accepted(let ticket) = admission else { throw Refused() }
        return ticket
    }

    private struct Refused: Error {}
}
