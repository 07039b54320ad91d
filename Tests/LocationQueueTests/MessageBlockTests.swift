import Testing

@testable import LocationQueue

@Suite struct MessageBlockTests {
    @Test(arguments: [0, 1, 127, 128, 129, 16_383, 16_384, 70_000])
    func messagesRoundTrip(length: Int) throws {
        let messages = [[1, 2, 3], Array(repeating: UInt8(7), count: length), [], [9]]
        var block = MessageBlock()
        for message in messages { block.append { $0 += message } }
        let ranges = try #require(MessageBlock.ranges(in: block.bytes, count: 4))
        #expect(ranges.map { Array(block.bytes[$0]) } == messages)
        #expect(block.count == 4)
    }

    @Test func blocksCanBeConcatenated() throws {
        var first = MessageBlock()
        first.append { $0 += [1] }
        var second = MessageBlock()
        second.append { $0 += [2, 2] }
        second.append { $0 += [3] }
        first.append(contentsOf: second)
        let ranges = try #require(MessageBlock.ranges(in: first.bytes, count: 3))
        #expect(ranges.map { Array(first.bytes[$0]) } == [[1], [2, 2], [3]])
    }

    @Test(
        arguments: [[1], [5, 1, 2], [0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x80, 0x80, 0x80, 0x80, 1]] as [[UInt8]]
    )
    func rejectsMalformedBlocks(bytes: [UInt8]) {
        #expect(MessageBlock.ranges(in: bytes, count: 1) == nil)
        #expect(MessageBlock.ranges(in: [1, 7], count: 2) == nil)
    }
}
