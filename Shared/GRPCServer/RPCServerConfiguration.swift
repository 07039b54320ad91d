import Glibc
package import Networking

/// The settings of a server: its address and its limits.
package struct RPCServerConfiguration: Sendable {
    /// The address to listen on, an IPv4 or IPv6 literal.
    package var host = "0.0.0.0"
    /// The TCP port; 0 takes a free one.
    package var port = 0
    /// Threads that read and write sockets; 0 takes one for each core.
    ///
    /// Handlers run on Swift's pool, not on these.
    package var threads = 0
    /// The limit of connections; further ones are closed at once.
    ///
    /// At most an eighth of the descriptors that the process may open: `DescriptorLimit`.
    package var maximumConnections = 4096
    /// The limit of connections from one address.
    ///
    /// A reverse proxy is one address, so the limit is high.
    package var maximumConnectionsPerAddress = 1024
    /// The limit of calls in progress with a single request message; further ones are answered `RESOURCE_EXHAUSTED`.
    package var maximumCalls = 1024
    /// The limit of calls in progress whose client streams; further ones are answered `RESOURCE_EXHAUSTED`.
    package var maximumStreams = 4096
    /// The limit of calls in progress on one connection; the client waits with further ones.
    package var maximumStreamsPerConnection = 100
    /// The core's memory for incoming messages, in bytes; beyond it, it ends calls with `RESOURCE_EXHAUSTED`.
    package var maximumMemory = 256 << 20
    /// The largest accepted message, in bytes; a larger one is answered `RESOURCE_EXHAUSTED`.
    package var maximumMessage = 4 << 20
    /// The largest accepted initial metadata, in bytes, as HTTP/2 counts it.
    package var maximumMetadata = 8 << 10
    /// The time-out from a call's headers to its answer if it has one request message; then it ends with
    /// `DEADLINE_EXCEEDED`.
    ///
    /// The client's own deadline applies as well.
    package var callTimeout = Duration.seconds(30)
    /// How long a stream's handler waits for the next message; then the call ends with `DEADLINE_EXCEEDED`.
    package var messageTimeout = Duration.seconds(300)
    /// How long a message may wait for its reader.
    package var writeTimeout = Duration.seconds(30)
    /// The time-out of a connection without a call.
    package var connectionIdleTimeout = Duration.seconds(120)
    /// The maximum age of a connection, so that clients spread over new instances; calls get ``connectionAgeGrace``
    /// more.
    package var connectionAge = Duration.seconds(1_800)
    /// The grace period of calls when their connection has reached its maximum age.
    package var connectionAgeGrace = Duration.seconds(20)
    /// The interval of pings to a silent peer.
    package var keepaliveTime = Duration.seconds(20)
    /// The time-out of a ping, after which the connection ends.
    package var keepaliveTimeout = Duration.seconds(10)
    /// The minimum interval of a client's pings without data in between; a client that violates it is disconnected.
    package var minimumPingInterval = Duration.seconds(10)
    /// Whether reflection lists the services and methods.
    package var offersReflection = false
    /// The trusted proxies: `traceparent` counts from them only.
    package var trustedProxies = AddressRanges.loopback
    /// How long ``RPCServer/stop()`` waits for calls in progress.
    package var drainTimeout = Duration.seconds(20)

    /// The default settings.
    package init() {}

    /// The number of threads to start.
    var threadCount: Int {
        threads > 0 ? threads : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }
}
