import Dispatch
import Synchronization

/// A self-test that scripts/sanitize runs before it trusts the thread sanitizer.
///
/// Two threads count, alternately under a lock or, with the argument `racing`, at the same time.
final class Count: @unchecked Sendable {
    // Safety: none, which is the point; the thread sanitizer has to see it.
    private var unguarded = 0
    private let guarded = Mutex<[Int]>([])

    func count(racing: Bool) {
        for number in 0..<50_000 {
            if racing { unguarded += 1 }
            guarded.withLock { numbers in
                numbers.append(number)
                if numbers.count == 50 { numbers.removeAll() }
            }
        }
    }
}

let racing = CommandLine.arguments.dropFirst() == ["racing"]
let count = Count()
DispatchQueue.concurrentPerform(iterations: 2) { _ in count.count(racing: racing) }
