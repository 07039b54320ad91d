import Testing

@testable import HTTPServer

/// A thread of libmicrohttpd may accept a connection long before it reports it to a server that is stopping.
@Suite struct ConnectionTableTests {
    private static func record() -> ConnectionRecord {
        ConnectionRecord(socket: -1, peer: Peer(address: "127.0.0.1", isTrusted: true), deadline: .max)
    }

    @Test func acceptsNoConnectionOnceDrained() async {
        let table = ConnectionTable(limit: 8)
        #expect(await table.waitUntilEmpty(upTo: .seconds(3_600)))
        #expect(!table.insert(Self.record()))
        #expect(table.count == 0)
    }

    @Test func acceptsConnectionsUntilTheLastOneCloses() async {
        let table = ConnectionTable(limit: 8)
        let (first, second) = (Self.record(), Self.record())
        #expect(table.insert(first))
        async let isEmpty = table.waitUntilEmpty(upTo: .seconds(3_600))
        #expect(table.insert(second))
        table.remove(first)
        table.remove(second)
        #expect(await isEmpty)
        #expect(!table.insert(Self.record()))
    }
}
