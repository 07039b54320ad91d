internal import Concurrency
internal import Synchronization

/// How many units a client may take at once, and how fast its bucket refills.
package struct BurstRate: Equatable, Sendable {
    /// The units of a full bucket, at least 1.
    package let units: Int
    /// The seconds in which an empty bucket becomes full, at least 1.
    package let seconds: Int

    /// A rate; values below 1 count as 1.
    package init(units: Int, seconds: Int) {
        self.units = max(1, units)
        self.seconds = max(1, seconds)
    }

    /// The time in which a bucket gains one unit, in nanoseconds.
    var interval: Int64 { max(1, Int64(seconds) * 1_000_000_000 / Int64(units)) }
}

/// A token bucket for each client, in the memory of one replica.
///
/// A bucket is stored as the time at which it is full again (the generic cell rate algorithm, ITU-T I.371), so it costs
/// no timer. Clients are spread over shards, each with its own lock. If more than half of the maximum number of clients
/// send requests, the limit evicts the clients that have been idle longest. Their next request finds a full bucket.
package final class BurstLimit: Sendable {
    /// The answer of a bucket.
    package enum Verdict: Equatable, Sendable {
        /// The units are taken; this many are left.
        case admitted(remaining: Int)
        /// Too few units are left; enough are left after `retryAfter` seconds if other requests take none.
        case refused(remaining: Int, retryAfter: Int)
    }

    /// The stored buckets in two generations: a request moves its client's bucket to the recent one.
    private struct Shard {
        var recent: [QuotaClient: Int64] = [:]
        var earlier: [QuotaClient: Int64] = [:]
    }

    private final class LockedShard: Sendable {
        let state = Mutex(Shard())
    }

    private static let shardCount = 16
    /// The rate of all clients.
    package let rate: BurstRate
    private let capacity: Int
    private let clock: @Sendable () -> Int64
    private let shards: [LockedShard]

    /// Every bucket is full at first.
    ///
    /// - Parameters:
    ///   - rate: the rate of all clients.
    ///   - maximumClients: the maximum number of buckets in memory.
    ///   - clock: a monotonic clock, in nanoseconds.
    package init(
        _ rate: BurstRate,
        maximumClients: Int = 100_000,
        clock: @escaping @Sendable () -> Int64 = MonotonicClock.now
    ) {
        self.rate = rate
        self.clock = clock
        capacity = max(1, maximumClients / Self.shardCount / 2)
        shards = (0..<Self.shardCount).map { _ in LockedShard() }
    }

    /// The number of buckets in memory.
    package var clients: Int {
        shards.reduce(0) { sum, shard in sum + shard.state.withLock { $0.recent.count + $0.earlier.count } }
    }

    /// Takes units from a client's bucket, if it has them; O(1).
    ///
    /// - Parameters:
    ///   - units: at least 1; more units than a full bucket has are always refused.
    ///   - client: the client that pays.
    /// - Returns: the verdict; a refusal takes nothing.
    package func take(_ units: Int, of client: QuotaClient) -> Verdict {
        let now = clock()
        let (interval, size) = (rate.interval, Int64(rate.units))
        let shard = shards[Int(UInt(bitPattern: client.hashValue) % UInt(Self.shardCount))]
        return shard.state.withLock { shard in
            let known = shard.recent[client] ?? shard.earlier.removeValue(forKey: client)
            let fullAt = max(known ?? now, now)
            let missing = (fullAt - now + interval - 1) / interval
            let left = max(0, size - missing)
            let isAdmitted = Int64(units) <= left
            let next = isAdmitted ? fullAt + Int64(units) * interval : fullAt
            if shard.recent.count >= capacity, shard.recent[client] == nil {
                shard.earlier = shard.recent
                shard.recent = [:]
            }
            shard.recent[client] = next
            if isAdmitted { return .admitted(remaining: Int(left) - units) }
            let wait = fullAt - now - (size - min(Int64(units), size)) * interval
            return .refused(remaining: Int(left), retryAfter: Int(max(1, (wait + 999_999_999) / 1_000_000_000)))
        }
    }
}
