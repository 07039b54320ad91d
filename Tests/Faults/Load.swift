import Foundation
import Synchronization

/// Phones that send all the time, at a bounded rate, until they are told to stop.
final class Load: Sendable {
    /// How much is sent, and how.
    struct Shape {
        /// How many phones send at once; each sends for its share of the persons.
        var senders = 4
        /// How many fixes of each person a batch has.
        var stepsPerBatch: Int32 = 10
        /// Between two batches of a phone.
        var pause = Duration.milliseconds(200)
    }

    private let shape: Shape
    private let walks: Walks
    private let phone: @Sendable () -> Phone
    private let isClosed = Atomic(false)

    /// Makes it; `phone` makes each phone.
    init(_ shape: Shape, _ walks: Walks, phone: @escaping @Sendable () -> Phone) {
        self.shape = shape
        self.walks = walks
        self.phone = phone
    }

    /// Lets ``run()`` end when all that has been begun is acknowledged.
    func close() {
        isClosed.store(true, ordering: .relaxed)
    }

    /// Sends.
    ///
    /// - Throws: if a batch is refused for good, and `CancellationError`.
    func run() async throws {
        try await withThrowingTaskGroup { group in
            for sender in 0..<shape.senders {
                group.addTask {
                    let phone = self.phone()
                    let persons = (1...Int32(self.walks.phones)).filter { Int($0) % self.shape.senders == sender }
                    var step: Int32 = 0
                    while !self.isClosed.load(ordering: .relaxed) {
                        let next = step + self.shape.stepsPerBatch
                        try await phone.send(
                            persons.flatMap { person in
                                (step..<next).map { Fix(person: person, step: $0) }
                            }
                        )
                        step = next
                        try await Task.sleep(for: self.shape.pause)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
