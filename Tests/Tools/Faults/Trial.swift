import Foundation
import Simulation
import Synchronization
import TestSupport

/// A run of a case on one queue.
final class Trial: Sendable {
    /// The suite under test.
    let suite: Suite
    /// The movements of the phones.
    let walks: Walks
    /// The acknowledged fixes.
    let ledger = Ledger()
    /// Whether to keep the run short, with fewer repetitions.
    let isBrief: Bool

    private let generator: Mutex<Xoshiro256>
    private let faultEnd = Mutex<ContinuousClock.Instant?>(nil)
    private let deadLetters = Mutex(0)
    private let probes = Mutex<Int32>(0)
    private let deeds = Mutex<[String]>([])

    /// Maximum seconds from the end of a fault until everything works again.
    static let longestRecovery = 30.0
    /// Maximum memory of a process in MiB: `MEMORY_BOUND`, plus the memory for loading one or two million locations in the
    /// case of the index.
    static func memoryBound(of service: String) -> Int {
        service == RunningService.Executable.connectionService.rawValue ? 512 : 256
    }

    init(_ suite: Suite, walks: Walks, isBrief: Bool, generator: Xoshiro256) {
        self.suite = suite
        self.walks = walks
        self.isBrief = isBrief
        self.generator = Mutex(generator)
    }

    /// A random number that depends on the run's seed.
    func random(in range: ClosedRange<Int>) -> Int {
        generator.withLock { $0.integer(in: range) }
    }

    /// Waits for a random time that depends on the run's seed.
    func pause(milliseconds: ClosedRange<Int>) async throws {
        try await Task.sleep(for: .milliseconds(random(in: milliseconds)))
    }

    /// The fixes of a time range, in batches; each person's fixes are in order.
    func batches(steps: Range<Int32>) -> [[Fix]] {
        stride(from: steps.lowerBound, to: steps.upperBound, by: 10).map { start in
            (1...Int32(walks.phones)).flatMap { person in
                (start..<min(start + 10, steps.upperBound)).map { Fix(person: person, step: $0) }
            }
        }
    }

    /// A list in a random order that depends on the run's seed.
    func shuffled(_ list: [Fix]) -> [Fix] {
        var list = list
        generator.withLock { $0.shuffle(&list) }
        return list
    }

    /// A fix that has not been sent yet.
    func nextProbe() -> Fix {
        probes.withLock { step in
            defer { step += 1 }
            return Fix(person: walks.probe, step: step)
        }
    }

    /// Records the number of repetitions for the table, for example "10 kills".
    func note(_ deed: String) {
        deeds.withLock { $0.append(deed) }
    }

    /// The recorded repetitions.
    var done: String { deeds.withLock { $0.joined(separator: ", ") } }

    /// Waits until services are ready.
    ///
    /// - Throws: ``FaultsError`` if that takes longer than 10 seconds.
    func readiness(of parts: [Part]) async throws {
        let began = ContinuousClock.now
        for part in parts { try await part.service?.waitUntilReady() }
        let time = (ContinuousClock.now - began).seconds
        if time > 10 { throw FaultsError("The services took \(Int(time)) s to become ready, more than 10.") }
    }

    /// A phone with its own connections.
    func phone() -> Phone {
        phone(behind: LoadBalancer([suite.producer.address]))
    }

    /// A phone that uses several producers.
    func phone(behind balancer: LoadBalancer) -> Phone {
        Phone(behind: balancer, walks: walks, ledger: ledger)
    }

    /// Waits for a number of further acknowledgements.
    func acknowledgements(_ count: Int) async throws {
        let before = ledger.count
        try await eventually("locations are acknowledged") { self.ledger.count >= before + count }
    }

    /// Marks the end of the fault.
    ///
    /// Without this call, the fault ends with the body of the case.
    func faultEnds() {
        faultEnd.withLock { $0 = .now }
    }

    /// The expected number of dead letters.
    var expectedDeadLetters: Int { deadLetters.withLock { $0 } }

    /// Records that messages were sent that cannot be stored.
    func expectDeadLetters(_ count: Int) {
        deadLetters.withLock { $0 += count }
    }

    /// The end of the fault, set by the first call unless it was marked before.
    func faultEnded() -> ContinuousClock.Instant {
        faultEnd.withLock { end in
            let instant = end ?? .now
            end = instant
            return instant
        }
    }
}
