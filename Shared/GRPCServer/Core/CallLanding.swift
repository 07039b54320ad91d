import CGRPC
import Concurrency

/// Where the core stores a new call.
///
/// Safety: the memory has a fixed address as long as the object lives. It belongs to the core from the request for a
/// call to its completion, and is then constant. The call owns the metadata's fields, so a call holds its landing.
final class CallLanding: @unchecked Sendable {
    /// The core writes these.
    struct Memory {
        var call: OpaquePointer?
        var deadline = gpr_timespec()
        var metadata = grpc_metadata_array()
        /// Written for unregistered methods only.
        var details = grpc_call_details()
    }

    /// For calls to C only.
    let memory = UnsafeMutablePointer<Memory>.allocate(capacity: 1)

    init() {
        memory.initialize(to: Memory())
        grpc_metadata_array_init(&memory.pointee.metadata)
        grpc_call_details_init(&memory.pointee.details)
    }

    deinit {
        grpc_metadata_array_destroy(&memory.pointee.metadata)
        grpc_call_details_destroy(&memory.pointee.details)
        memory.deallocate()
    }

    /// Nanoseconds until the client's deadline; `nil` without one.
    var timeRemaining: Int64? {
        let deadline = memory.pointee.deadline
        guard gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) < 0 else { return nil }
        let span = gpr_time_sub(deadline, gpr_now(deadline.clock_type))
        return Duration(secondsComponent: span.tv_sec, attosecondsComponent: Int64(span.tv_nsec) * 1_000_000_000)
            .nanoseconds
    }

    /// The first value of a field; O(fields).
    func metadata(_ name: StaticString) -> [UInt8]? {
        let fields = UnsafeBufferPointer(
            start: memory.pointee.metadata.metadata,
            count: memory.pointee.metadata.count
        )
        return name.withUTF8Buffer { name in
            for index in fields.indices {
                // The bytes of a short slice are in the slice itself, so it is copied to a variable.
                var key = fields[index].key
                guard UnsafeBufferPointer(start: CGRPC_start(&key), count: CGRPC_length(&key)).elementsEqual(name)
                else { continue }
                var value = fields[index].value
                return Array(UnsafeBufferPointer(start: CGRPC_start(&value), count: CGRPC_length(&value)))
            }
            return nil
        }
    }
}
