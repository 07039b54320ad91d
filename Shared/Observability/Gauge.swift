import Synchronization

/// A number that rises and falls: connections open, bytes queued, the lag.
///
/// Keep the handle; setting is one atomic store.
package final class Gauge: Sendable {
    private let number = AtomicDouble()

    init() {}

    /// Sets the number.
    package func set(_ value: Double) {
        number.store(value)
    }

    /// Sets the number.
    package func set(_ value: some BinaryInteger) {
        number.store(Double(value))
    }

    /// The current number.
    package var value: Double {
        number.load()
    }
}

/// A floating-point number that many threads may change: its bits in an atomic integer.
struct AtomicDouble: ~Copyable, Sendable {
    private let bits = Atomic<UInt64>(Double.zero.bitPattern)

    func store(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    func load() -> Double {
        Double(bitPattern: bits.load(ordering: .relaxed))
    }

    func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: seen, desired: sum, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }
}
