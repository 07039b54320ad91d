package import Networking
package import Observability

/// What a server is told: where it listens, and the bound of everything.
package struct HTTPServerConfiguration: Sendable {
    /// Tells the gauges of a process's servers apart, if it has several.
    package var name: String?
    /// The address to listen on, an IPv4 or IPv6 literal.
    package var host = "0.0.0.0"
    /// The TCP port; 0 takes any that is free.
    package var port = 0
    /// The TCP port at which a service's measurements and probes are served as well, where only operators reach it; then
    /// measurements are served nowhere else.
    package var adminPort: Int?
    /// Threads that read and write sockets; 0 takes one for each core.
    ///
    /// Handlers run on Swift's pool, not on these.
    package var threads = 0
    /// Connections in all; more wait in the kernel's queue until one goes.
    ///
    /// At most a quarter of the descriptors that the process may open: `DescriptorLimit`. When seven eighths of the places
    /// are taken, connections without a request are ended to make room.
    package var maximumConnections = 4096
    /// Connections from one address.
    ///
    /// A reverse proxy is one address, so the bound is not low.
    package var maximumConnectionsPerAddress = 1024
    /// Requests between their head and their answer; more are answered 503 at once.
    package var maximumRequestsInFlight = 1024
    /// From the connection, or a request's first line, to the end of its head.
    package var headTimeout = Duration.seconds(10)
    /// How long a connection may stay without a request.
    package var idleTimeout = Duration.seconds(25)
    /// What a body is given before it has to keep up with ``minimumBodyRate``.
    package var bodyGrace = Duration.seconds(10)
    /// The slowest sender and the slowest reader that is borne, in bytes a second.
    package var minimumBodyRate = 1024
    /// From a request's head to the head of its response; a handler that takes longer is cancelled and 503 answered.
    package var requestTimeout = Duration.seconds(30)
    /// How long a response or a part of a stream may wait for a reader that does not keep up with ``minimumBodyRate``; one
    /// that has been fast until then has half as long.
    package var writeTimeout = Duration.seconds(20)
    /// The longest time from an answer's head to its end; no bound if `nil`.
    ///
    /// Streams of events have none.
    package var answerTimeout: Duration?
    /// How long ``WebServer/stop()`` waits for requests to be answered.
    package var drainTimeout = Duration.seconds(20)
    /// The bound on a request body that is read as a stream and not given another, in bytes after unfolding.
    package var maximumBody = 1 << 20
    /// The smallest answer that is compressed, in bytes.
    package var compressionThreshold = 1024
    /// The origins whose pages may read answers and change something.
    package var allowedOrigins = AllowedOrigins.own
    /// The peers that speak for their clients: `X-Forwarded-For`, `X-Request-Id` and `traceparent` count from them only.
    package var trustedProxies = AddressRanges.loopback
    /// The level of the line that is logged for each request.
    package var accessLogLevel = LogLevel.debug

    /// The defaults.
    package init() {}
}
