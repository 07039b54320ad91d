import Foundation
import Simulation
import Synchronization
import TestSupport

/// A case under way on one queue.
final class Trial: Sendable {
    /// The suite that it is done to.
    let suite: Suite
    /// What the phones send.
    let walks: Walks
    /// What was acknowledged.
    let ledger = Ledger()
    /// Whether it is to be over soon, at the cost of repetitions.
    let isBrief: Bool

    private let generator: Mutex<Xoshiro256>
    private let faultEnd = Mutex<ContinuousClock.Instant?>(nil)
    private let deadLetters = Mutex(0)

    /// The most seconds from the end of a fault until everything works again.
    static let longestRecovery = 30.0
    /// The most memory that a process may have had, in MiB.
    static let memoryBound = 256

    init(_ suite: Suite, walks: Walks, isBrief: Bool, generator: Xoshiro256) {
        self.suite = suite
        self.walks = walks
        self.isBrief = isBrief
        self.generator = Mutex(generator)
    }

    /// A number that the run's seed decides.
    func random(in range: ClosedRange<Int>) -> Int {
        generator.withLock { $0.integer(in: range) }
    }

    /// Waits for a time that the run's seed decides.
    func pause(milliseconds: ClosedRange<Int>) async throws {
        try await Task.sleep(for: .milliseconds(random(in: milliseconds)))
    }

    /// A phone; each has connections of its own.
    func phone() -> Phone {
        Phone(of: suite.producer.address, walks: walks, ledger: ledger)
    }

    /// Waits until so many more locations have been acknowledged.
    func acknowledgements(_ count: Int) async throws {
        let before = ledger.count
        try await eventually("locations are acknowledged") { self.ledger.count >= before + count }
    }

    /// Says that from now on everything has to recover; without it, the fault ends with the case's body.
    func faultEnds() {
        faultEnd.withLock { $0 = .now }
    }

    /// How many messages have to be among the dead letters.
    var expectedDeadLetters: Int { deadLetters.withLock { $0 } }

    /// Notes that so many messages have been sent that nobody can store.
    func expectDeadLetters(_ count: Int) {
        deadLetters.withLock { $0 += count }
    }

    /// When the fault ended; the first call decides if nothing has before.
    func faultEnded() -> ContinuousClock.Instant {
        faultEnd.withLock { end in
            let instant = end ?? .now
            end = instant
            return instant
        }
    }
}
