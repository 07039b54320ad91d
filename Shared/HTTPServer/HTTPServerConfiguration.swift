package import Networking
package import Observability

/// The settings of a server: its address and its limits.
package struct HTTPServerConfiguration: Sendable {
    /// The label of the gauges, if a process has several servers.
    package var name: String?
    /// The address to listen on, an IPv4 or IPv6 literal.
    package var host = "0.0.0.0"
    /// The TCP port; 0 takes a free one.
    package var port = 0
    /// The TCP port for metrics and probes, which only operators can reach; metrics are then served nowhere else.
    package var adminPort: Int?
    /// Threads that read and write sockets; 0 takes one for each core.
    ///
    /// Handlers run on Swift's pool, not on these.
    package var threads = 0
    /// The limit of connections; further ones wait in the kernel's queue.
    ///
    /// At most a quarter of the descriptors that the process may open: `DescriptorLimit`. Above seven eighths of the
    /// limit, connections without a request are closed to make room.
    package var maximumConnections = 4096
    /// The limit of connections from one address.
    ///
    /// A reverse proxy is one address, so the limit is high.
    package var maximumConnectionsPerAddress = 1024
    /// The limit of requests in progress; further ones are answered 503 at once.
    package var maximumRequestsInFlight = 1024
    /// The time-out from the connection, or a request's first line, to the end of its head.
    package var headTimeout = Duration.seconds(10)
    /// The time-out of a connection without a request.
    package var idleTimeout = Duration.seconds(25)
    /// The grace period of a body before ``minimumBodyRate`` applies.
    package var bodyGrace = Duration.seconds(10)
    /// The minimum rate of senders and readers, in bytes per second.
    package var minimumBodyRate = 1024
    /// The time-out from a request's head to the head of its response; a slower handler is cancelled, and 503 is
    /// answered.
    package var requestTimeout = Duration.seconds(30)
    /// How long a response may wait for a reader below ``minimumBodyRate``; half as long for one that has been fast
    /// until then.
    package var writeTimeout = Duration.seconds(20)
    /// The longest time from an answer's head to its end; unlimited if `nil`.
    ///
    /// It does not apply to event streams.
    package var answerTimeout: Duration?
    /// How long ``WebServer/stop()`` waits for requests in progress.
    package var drainTimeout = Duration.seconds(20)
    /// The default limit of a request body that is read as a stream, in bytes after decompression.
    package var maximumBody = 1 << 20
    /// The size from which answers are compressed, in bytes.
    package var compressionThreshold = 1024
    /// The origins whose pages may read answers and change something.
    package var allowedOrigins = AllowedOrigins.own
    /// The trusted proxies: `X-Forwarded-For`, `X-Request-Id` and `traceparent` count from them only.
    package var trustedProxies = AddressRanges.loopback
    /// The log level of the line for each request.
    package var accessLogLevel = LogLevel.debug

    /// The default settings.
    package init() {}
}
