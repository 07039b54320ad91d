import Models
import Testing

@testable import Kafka
@testable import LocationQueue

@Suite struct KafkaPositionsTests {
    @Test func aBatchContinuesAtTheEndOfTheLastOne() throws {
        var positions = KafkaPositions()
        positions.reset(to: [1: 5, 2: 0])
        let (batches, mustReadAgain) = positions.take([records(of: 1, 5..<8), records(of: 2, 0..<1)])
        #expect(!mustReadAgain)
        #expect(batches.map(\.partition) == [1, 2])
        #expect(batches.map { $0.start..<$0.end } == [5..<8, 0..<1])
        #expect(batches.first?.messages.map(\.bytes) == [[5], [6], [7]])
        #expect(batches.first?.messages.map(\.appendedAt.microseconds) == [5_000, 6_000, 7_000])
        #expect(batches.first?.messages.first { $0.offset == 6 }?.bytes == [6])
        #expect(batches.first?.messages.contains { $0.offset == 8 } == false)
        #expect(positions.next == [1: 8, 2: 1])
    }

    @Test func dropsRecordsThatAreNoLongerWanted() {
        var positions = KafkaPositions()
        positions.reset(to: [1: 5])
        // From before an assignment: other partitions, and records that were already taken.
        let (batches, mustReadAgain) = positions.take([records(of: 2, 0..<3), records(of: 1, 3..<7)])
        #expect(!mustReadAgain)
        #expect(batches.map { $0.start..<$0.end } == [5..<7])
        positions.halt(1)
        #expect(positions.take([records(of: 1, 7..<8)]).batches.isEmpty)
    }

    @Test func acceptsAGapWhenItAppearsTwice() {
        var positions = KafkaPositions()
        positions.reset(to: [1: 0])
        let found = [records(of: 1, [0, 1, 4, 5])]
        let first = positions.take(found)
        #expect(first.mustReadAgain)
        #expect(first.batches.map { $0.start..<$0.end } == [0..<2])
        // Skip nothing until the gap has appeared twice, even after another reset.
        positions.reset(to: [1: 0])
        let second = positions.take(found)
        #expect(!second.mustReadAgain)
        #expect(second.batches.map { $0.start..<$0.end } == [0..<6])
        #expect(second.batches.first?.messages.map(\.offset) == [0, 1, 4, 5])
        #expect(second.batches.first?.messages.first { $0.offset == 4 }?.bytes == [4])
        #expect(second.batches.first?.messages.contains { $0.offset == 3 } == false)
    }

    private func records(of partition: Int, _ offsets: some Sequence<Int64>) -> KafkaPartitionRecords {
        var records = KafkaPartitionRecords(partition: partition)
        for offset in offsets {
            [UInt8(offset)].withUnsafeBytes {
                records.append(offset: offset, timestamp: offset, value: $0, headers: [])
            }
        }
        return records
    }
}
