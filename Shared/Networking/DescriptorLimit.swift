import Glibc

/// How many files and sockets this process may have open at once.
///
/// Some have to be left at all times: libdispatch opens a file in `/proc` once a second to count the threads of a queue that
/// has work, and ends the process if it cannot. So servers take no more than a share each; location-producer, which has the
/// most, has two for HTTP and one for gRPC, which together take five eighths.
package enum DescriptorLimit {
    /// The most connections of a server for HTTP.
    package static var ofHTTPServer: Int { max(1, current / 4) }
    /// The most connections of a server for gRPC.
    package static var ofRPCServer: Int { max(1, current / 8) }

    /// Raises the limit as far as the process may, to the hard one.
    ///
    /// The soft one is often 1,024, for the sake of programs that use select(2), which none of our libraries does.
    package static func raise() {
        guard var limit = read(), limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }

    /// The limit that holds; 1,024 if the system does not tell.
    private static var current: Int { read().map { Int(clamping: $0.rlim_cur) } ?? 1_024 }

    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    private static func read() -> rlimit? {
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? limit : nil
    }
}
