import Glibc
import Networking
import Synchronization

/// The connections that the core has, by their descriptors: their number, addresses and behaviour.
///
/// The core neither reports the end of a connection nor can end one. So each is identified by its descriptor and the
/// unique inode of its socket: if the descriptor has another inode or none, the connection has ended.
final class ConnectionTable: Sendable {
    /// Why a connection is refused.
    enum Refusal: Sendable {
        case tooMany
        case tooManyOfAddress
    }

    fileprivate struct Connection {
        let inode: UInt64
        let address: SocketAddress
        /// How many more calls it may cancel quickly; grows with time.
        var patience: Double
        var countedAt: Int64
    }

    fileprivate struct State {
        var connections: [Int32: Connection] = [:]
        var countOfAddress: [String: Int] = [:]
    }

    /// How many calls a connection may cancel in a burst, against rapid reset (CVE-2023-44487), an attack by calls that
    /// are cancelled as soon as they have begun.
    static let maximumResets = 200.0
    /// How many more it may cancel per second.
    static let resetsPerSecond = 20.0
    /// The age from which a cancelled call is not an attack, in nanoseconds.
    static let quickReset: Int64 = 1_000_000_000

    private let maximum: Int
    private let maximumOfAddress: Int
    private let trustedProxies: AddressRanges
    private let state = Mutex(State())

    init(_ configuration: RPCServerConfiguration) {
        maximum = configuration.maximumConnections
        maximumOfAddress = configuration.maximumConnectionsPerAddress
        trustedProxies = configuration.trustedProxies
    }

    /// The number of connections; some may just have ended.
    var count: Int { state.withLock { $0.connections.count } }

    /// Adds a connection, or returns why it is refused.
    func insert(_ descriptor: Int32, _ address: SocketAddress, at now: Int64) -> Refusal? {
        guard let inode = Self.inode(of: descriptor) else { return .tooMany }
        if count >= maximum { sweep() }
        return state.withLock { state in
            // The descriptor belonged to a connection that has ended.
            state.remove(descriptor)
            guard state.connections.count < maximum else { return .tooMany }
            guard state.countOfAddress[address.host, default: 0] < maximumOfAddress else { return .tooManyOfAddress }
            state.connections[descriptor] = Connection(
                inode: inode,
                address: address,
                patience: Self.maximumResets,
                countedAt: now
            )
            state.countOfAddress[address.host, default: 0] += 1
            return nil
        }
    }

    /// Removes ended connections.
    func sweep() {
        let known = state.withLock { $0.connections.mapValues(\.inode) }
        let gone = known.filter { Self.inode(of: $0.key) != $0.value }
        state.withLock { state in
            for (descriptor, inode) in gone where state.connections[descriptor]?.inode == inode {
                state.remove(descriptor)
            }
        }
    }

    /// The address of a peer, which the core names like `fd:23`; `nil` if the connection is unknown by now.
    func address(ofPeer peer: String) -> SocketAddress? {
        Self.descriptor(ofPeer: peer).flatMap { descriptor in state.withLock { $0.connections[descriptor]?.address } }
    }

    /// Whether a peer is a trusted proxy.
    func isTrusted(_ peer: String) -> Bool { address(ofPeer: peer).map { trustedProxies.contains($0.host) } ?? false }

    /// Counts a call that its client cancelled quickly, and ends the connection after too many.
    ///
    /// - Parameters:
    ///   - peer: the core's name of the client.
    ///   - now: by ``MonotonicClock``.
    /// - Returns: whether the connection has been ended.
    func countReset(ofPeer peer: String, at now: Int64) -> Bool {
        guard let descriptor = Self.descriptor(ofPeer: peer) else { return false }
        let inode = state.withLock { $0.countReset(descriptor, at: now) }
        // Safety: the core may have closed the descriptor meanwhile, which then has another inode. Only between these
        // two calls could it become another connection's, which would be cut; everything here can handle that.
        guard let inode, Self.inode(of: descriptor) == inode else { return false }
        return shutdown(descriptor, Int32(SHUT_RDWR)) == 0
    }

    private static func descriptor(ofPeer peer: String) -> Int32? {
        peer.hasPrefix("fd:") ? Int32(peer.dropFirst(3)) : nil
    }

    private static func inode(of descriptor: Int32) -> UInt64? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        return UInt64(status.st_ino)
    }
}

extension ConnectionTable.State {
    fileprivate mutating func remove(_ descriptor: Int32) {
        guard let connection = connections.removeValue(forKey: descriptor) else { return }
        let host = connection.address.host
        let rest = countOfAddress[host, default: 1] - 1
        countOfAddress[host] = rest > 0 ? rest : nil
    }

    /// Returns the inode of a connection with too many cancelled calls.
    fileprivate mutating func countReset(_ descriptor: Int32, at now: Int64) -> UInt64? {
        guard var connection = connections[descriptor] else { return nil }
        let seconds = Double(max(0, now - connection.countedAt)) / 1e9
        connection.patience =
            min(
                ConnectionTable.maximumResets,
                connection.patience + seconds * ConnectionTable.resetsPerSecond
            ) - 1
        connection.countedAt = now
        connections[descriptor] = connection
        return connection.patience < 0 ? connection.inode : nil
    }
}
