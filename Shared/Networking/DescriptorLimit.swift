import Glibc

/// The limit of open files and sockets of this process.
///
/// A reserve must remain at all times: libdispatch opens a file in `/proc` once a second to count the threads of a busy
/// queue, and ends the process if it cannot. So each server takes at most a share. location-producer has the most
/// servers, two for HTTP and one for gRPC, which take five eighths together.
package enum DescriptorLimit {
    /// The maximum number of connections of an HTTP server.
    package static var ofHTTPServer: Int { max(1, current / 4) }
    /// The maximum number of connections of a gRPC server.
    package static var ofRPCServer: Int { max(1, current / 8) }

    /// Raises the soft limit to the hard limit.
    ///
    /// The soft limit is often 1,024, for programs that use select(2). None of our libraries does.
    package static func raise() {
        guard var limit = read(), limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }

    /// The current limit; 1,024 if the system does not report it.
    private static var current: Int { read().map { Int(clamping: $0.rlim_cur) } ?? 1_024 }

    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    private static func read() -> rlimit? {
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? limit : nil
    }
}
