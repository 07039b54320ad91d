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
    private let probes = Mutex<Int32>(0)
    private let deeds = Mutex<[String]>([])

    /// The most seconds from the end of a fault until everything works again.
    static let longestRecovery = 30.0
    /// The most memory that a process may have had, in MiB: `MEMORY_BOUND`, and for the index what a million or two of
    /// locations take while it is loaded again.
    static func memoryBound(of service: String) -> Int {
        service == RunningService.Executable.connectionService.rawValue ? 512 : 256
    }

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

    /// The fixes of a stretch of time, in batches, each person's in order.
    func batches(steps: Range<Int32>) -> [[Fix]] {
        stride(from: steps.lowerBound, to: steps.upperBound, by: 10).map { start in
            (1...Int32(walks.phones)).flatMap { person in
                (start..<min(start + 10, steps.upperBound)).map { Fix(person: person, step: $0) }
            }
        }
    }

    /// A list in an order that the run's seed decides.
    func shuffled(_ list: [Fix]) -> [Fix] {
        var list = list
        generator.withLock { $0.shuffle(&list) }
        return list
    }

    /// A fix that nobody has sent yet.
    func nextProbe() -> Fix {
        probes.withLock { step in
            defer { step += 1 }
            return Fix(person: walks.probe, step: step)
        }
    }

    /// Notes how much was done, for the table: "10 kills".
    func note(_ deed: String) {
        deeds.withLock { $0.append(deed) }
    }

    /// How much was done.
    var done: String { deeds.withLock { $0.joined(separator: ", ") } }

    /// Waits until services are ready.
    ///
    /// - Throws: ``FaultsError`` if that takes longer than 10 seconds.
    func readiness(of parts: [Part]) async throws {
        let began = ContinuousClock.now
        for part in parts { try await part.service?.waitUntilReady() }
        let time = (ContinuousClock.now - began).seconds
        if time > 10 { throw FaultsError("It took \(Int(time)) s until all were ready, more than 10.") }
    }

    /// A phone; each has connections of its own.
    func phone() -> Phone {
        phone(behind: LoadBalancer([suite.producer.address]))
    }

    /// A phone that knows several producers.
    func phone(behind balancer: LoadBalancer) -> Phone {
        Phone(behind: balancer, walks: walks, ledger: ledger)
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
