import CGRPC
import Concurrency
import Glibc

/// A request to the core, which reports its completion once.
///
/// The subclass has the memory that C uses meanwhile; the core holds a reference to it until then.
class Completion {
    /// Called once, on a thread of a completion queue, so it must not wait or compute much.
    ///
    /// - Parameter isSuccess: whether it succeeded or was given up.
    func complete(_ isSuccess: Bool) {}

    /// The reference that C gets as a tag.
    ///
    /// Safety: the queue's thread releases it in ``CompletionQueue/run()``, once for each event, and the core makes one
    /// event of each accepted tag. If the core did not accept it, the caller releases it by ``withdraw(_:)``.
    final func tag() -> UnsafeMutableRawPointer {
        Unmanaged.passRetained(self).toOpaque()
    }

    /// Releases a tag that the core did not accept.
    static func withdraw(_ tag: UnsafeMutableRawPointer) {
        Unmanaged<Completion>.fromOpaque(tag).release()
    }
}

/// A queue of the core's events, with a thread that does the socket I/O and handles the events.
///
/// Safety: the pointer is constant, and the core locks its own state. The thread ends and destroys the queue after the
/// queue has been shut down and has no more events.
final class CompletionQueue: @unchecked Sendable {
    /// For calls to C only.
    let pointer: OpaquePointer

    /// A queue, whose thread it starts.
    ///
    /// - Parameter onEnd: called on the thread after the queue was destroyed.
    init?(onEnd: @escaping @Sendable () -> Void) {
        guard let pointer = grpc_completion_queue_create_for_next(nil) else { return nil }
        self.pointer = pointer
        // Safety: only its thread destroys the queue, after the last event.
        nonisolated(unsafe) let queue = pointer
        let isStarted = startThread {
            CompletionQueue.serve(queue)
            onEnd()
        }
        guard isStarted else {
            grpc_completion_queue_shutdown(pointer)
            grpc_completion_queue_destroy(pointer)
            return nil
        }
    }

    /// Lets the thread end after the remaining events.
    func shutDown() {
        grpc_completion_queue_shutdown(pointer)
    }

    private static func serve(_ queue: OpaquePointer) {
        let never = gpr_inf_future(GPR_CLOCK_MONOTONIC)
        while true {
            let event = grpc_completion_queue_next(queue, never, nil)
            guard event.type == GRPC_OP_COMPLETE else {
                if event.type == GRPC_QUEUE_SHUTDOWN { break }
                continue
            }
            guard let tag = event.tag else { continue }
            // Safety: see `Completion.tag()`.
            Unmanaged<Completion>.fromOpaque(tag).takeRetainedValue().complete(event.success != 0)
        }
        grpc_completion_queue_destroy(queue)
    }
}
