import Foundation
import Synchronization

/// Phones that send continuously at a limited rate until they are stopped.
final class Load: Sendable {
    /// The parameters of a load.
    struct Shape {
        /// The number of concurrent phones.
        ///
        /// Each sends for a share of the persons.
        var senders = 4
        /// The number of fixes of each person in a batch.
        var stepsPerBatch: Int32 = 10
        /// The pause between two batches of a phone.
        var pause = Duration.milliseconds(200)
    }

    private let shape: Shape
    private let walks: Walks
    private let phone: @Sendable () -> Phone
    private let isClosed = Atomic(false)

    /// Creates a load; `phone` creates each phone.
    init(_ shape: Shape, _ walks: Walks, phone: @escaping @Sendable () -> Phone) {
        self.shape = shape
        self.walks = walks
        self.phone = phone
    }

    /// Makes ``run()`` return once all pending batches are acknowledged.
    func close() {
        isClosed.store(true, ordering: .relaxed)
    }

    /// Sends batches until closed.
    ///
    /// - Throws: if a batch is rejected permanently, and `CancellationError`.
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
