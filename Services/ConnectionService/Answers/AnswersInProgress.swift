import HTTPServer
import Proximity

/// Limits per client and in total: the memory of answers in progress, streams, and exports.
struct AnswersInProgress: Sendable {
    /// In bytes; one client may use half.
    let memory: ClientShares
    /// In bytes; a client may use as much as its streams need.
    let streamMemory: ClientShares
    /// The number of streams.
    let streams: ClientShares
    /// Meetings of all persons: one answer per client.
    let exports = ClientShares(2, each: 1)

    /// Bytes held by an answer that is sent page by page: the page as text, unsent bytes, and names.
    static let overhead = 256 << 10
    /// Maximum memory of an answer, regardless of its length.
    static let largest = 1 << 20
    /// The most bytes of rows that an answer holds.
    static let largestRows = largest - overhead - ContactSearch.overhead
    /// Rows per page of text.
    static let rowsAtOnce = 250
    /// Bytes of one entry in a stream's event.
    private static let entrySize = 256

    /// - Parameters:
    ///   - shares: of the process's memory.
    ///   - streams: the maximum number of streams.
    ///   - streamsPerClient: the maximum number per client.
    init(_ shares: MemoryShares, streams: Int, streamsPerClient: Int) {
        memory = ClientShares(shares.answers, each: max(shares.answers / 2, Self.largest))
        streamMemory = ClientShares(shares.streams, each: shares.streams)
        self.streams = ClientShares(streams, each: streamsPerClient)
    }

    /// Takes a stream for a client.
    ///
    /// - Parameters:
    ///   - entries: how many entries it shows at a time.
    ///   - client: its address.
    /// - Returns: permits that end the stream's share when they are released.
    /// - Throws: a 429 problem if the client has used its share, 503 if the total is used.
    func stream(of entries: Int, for client: String) throws(Problem) -> [ClientShares.Permit] {
        [
            try streams.take(for: client),
            try streamMemory.take(64 << 10 + entries * Self.entrySize, for: client),
        ]
    }
}
