import Proximity

/// What clients may have in progress at a time: the memory that answers hold while they are sent, streams, and exports.
struct AnswersInProgress: Sendable {
    /// In bytes; one client may have half.
    let memory: ClientShares
    /// In bytes; a client may have as many as its streams need.
    let streamMemory: ClientShares
    /// In streams.
    let streams: ClientShares
    /// Everybody's meetings: one answer for each client.
    let exports = ClientShares(2, each: 1)

    /// What an answer holds that is sent page by page: the page as text, what waits for the client, and names.
    static let overhead = 256 << 10
    /// The most that an answer holds, whatever its length.
    static let largest = 1 << 20
    /// How many bytes of rows an answer holds at most.
    static let largestRows = largest - overhead - ContactSearch.overhead
    /// How many rows are made into text at a time.
    static let rowsAtOnce = 250
    /// What an entry takes of a stream's event.
    private static let entrySize = 256

    /// - Parameters:
    ///   - shares: of the process's memory.
    ///   - streams: how many streams there may be.
    ///   - streamsPerClient: how many of one client.
    init(_ shares: MemoryShares, streams: Int, streamsPerClient: Int) {
        memory = ClientShares(shares.answers, each: max(shares.answers / 2, Self.largest))
        streamMemory = ClientShares(shares.streams, each: shares.streams)
        self.streams = ClientShares(streams, each: streamsPerClient)
    }

    /// What a stream holds that shows so many entries at a time.
    static func streamSize(entries: Int) -> Int { 64 << 10 + entries * entrySize }
}
