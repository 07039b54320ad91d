internal import Foundation
internal import Glibc
package import Kafka
internal import Synchronization
internal import TestSupport

/// A broker of Apache Kafka in a separate process, from the distribution in `KAFKA_HOME`.
package final class KafkaBroker: Sendable {
    /// A broker's number in its cluster, and its ports on 127.0.0.1.
    struct Node: Sendable {
        let number: Int
        let port: Int
        let controllerPort: Int
        /// An additional listener behind a proxy: its port, and the proxy's port, which the broker advertises.
        let proxied: (port: Int, advertised: Int)?

        /// Chooses ports.
        init(_ number: Int, proxied: (port: Int, advertised: Int)? = nil) throws {
            self.number = number
            self.proxied = proxied
            port = try FreePort.find()
            controllerPort = try FreePort.find()
        }
    }

    /// Whether a distribution is available.
    package static var isAvailable: Bool { home != nil }

    /// The port.
    package var port: Int { node.port }
    private let node: Node
    private let home: URL
    private let folder: URL
    private let process = Mutex<ChildProcess?>(nil)

    private static var home: URL? {
        ProcessInfo.processInfo.environment["KAFKA_HOME"].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
    }

    /// Formats the storage of a single-broker cluster and starts it.
    ///
    /// Clients wait for it.
    package convenience init() async throws {
        let node = try Node(0)
        try await self.init(node, among: [node], cluster: Self.clusterID())
        try await start()
    }

    /// Formats the storage of a broker in a cluster, in a folder of `parent`.
    init(
        _ node: Node,
        among nodes: [Node],
        cluster: String,
        in parent: URL = FileManager.default.temporaryDirectory
    ) async throws {
        guard let home = Self.home else { throw KafkaBrokerFailure(description: "KAFKA_HOME is not set") }
        self.home = home
        self.node = node
        folder = parent.appending(path: "kafka-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let voters = nodes.map { "\($0.number)@127.0.0.1:\($0.controllerPort)" }
        let copies = min(nodes.count, 3)
        var listeners = ["PLAINTEXT://127.0.0.1:\(node.port)", "CONTROLLER://127.0.0.1:\(node.controllerPort)"]
        var advertised = ["PLAINTEXT://127.0.0.1:\(node.port)"]
        if let proxied = node.proxied {
            listeners.append("PROXIED://127.0.0.1:\(proxied.port)")
            advertised.append("PROXIED://127.0.0.1:\(proxied.advertised)")
        }
        let properties = """
            process.roles=broker,controller
            node.id=\(node.number)
            controller.quorum.voters=\(voters.joined(separator: ","))
            listeners=\(listeners.joined(separator: ","))
            advertised.listeners=\(advertised.joined(separator: ","))
            listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT
            controller.listener.names=CONTROLLER
            log.dirs=\(folder.appending(path: "data").path())
            offsets.topic.replication.factor=\(copies)
            offsets.topic.num.partitions=1
            default.replication.factor=\(copies)
            min.insync.replicas=\(max(1, copies - 1))
            group.initial.rebalance.delay.ms=0
            auto.create.topics.enable=false
            log.retention.check.interval.ms=1000
            """
        try Data((properties + "\n").utf8).write(to: propertiesFile)
        _ = try await run("kafka-storage.sh", "format", "-t", cluster, "-c", propertiesFile.path())
    }

    /// An id for a new cluster: 16 bytes in URL-safe base64, like the output of `kafka-storage.sh random-uuid`.
    static func clusterID() -> String {
        // Kafka rejects ids that start like an option.
        let bytes = [UInt8.random(in: 0..<0xF0)] + (1..<16).map { _ in UInt8.random(in: .min ... .max) }
        return Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The settings for clients.
    package var configuration: KafkaConfiguration {
        KafkaConfiguration(brokers: "127.0.0.1:\(port)", clientID: "tests")
    }

    /// Starts or restarts the broker.
    ///
    /// Returns at once; clients wait for it.
    package func start() async throws {
        let log = folder.appending(path: "out.log")
        let process = try ChildProcess(
            home.appending(path: "bin/kafka-server-start.sh").path(),
            [propertiesFile.path()],
            environment: environment,
            output: .file(log),
            errors: .file(log)
        )
        self.process.withLock { $0 = process }
    }

    /// Whether the process is running.
    package var isRunning: Bool { process.withLock { $0?.isRunning == true } }

    /// Kills the broker (`kill -9`).
    package func kill9() async {
        await end(by: SIGKILL)
    }

    /// Stops the broker and waits for its end.
    package func terminate() async {
        await end(by: SIGTERM)
    }

    /// Suspends the broker (SIGSTOP), or resumes it.
    package func halt(_ isHalted: Bool) {
        guard let process = process.withLock({ $0 }) else { return }
        process.signal(isHalted ? SIGSTOP : SIGCONT)
    }

    /// Removes the records of a partition before an offset, as retention does.
    package func deleteRecords(of topic: String, partition: Int, before offset: Int64) async throws {
        let file = folder.appending(path: "delete-records.json")
        let request =
            #"{"version":1,"partitions":[{"topic":"\#(topic)","partition":\#(partition),"offset":\#(offset)}]}"#
        try Data(request.utf8).write(to: file)
        _ = try await run(
            "kafka-delete-records.sh",
            ["--bootstrap-server", "127.0.0.1:\(port)", "--offset-json-file", file.path()]
        )
    }

    /// Deletes a topic and waits until it is gone.
    package func delete(topic: String) async throws {
        let server = ["--bootstrap-server", "127.0.0.1:\(port)"]
        _ = try await run("kafka-topics.sh", server + ["--delete", "--topic", topic])
        while try await run("kafka-topics.sh", server + ["--list"]).split(separator: "\n").contains(topic[...]) {}
    }

    /// Removes the last batch of a partition from the disk of a stopped broker, as if it had never been written.
    package func loseTail(of topic: String, partition: Int) throws {
        let segments = try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: "data/\(topic)-\(partition)"),
            includingPropertiesForKeys: nil
        )
        let logs = segments.filter { $0.pathExtension == "log" }
        guard let last = logs.max(by: { $0.path() < $1.path() }) else { return }
        let file = try FileHandle(forUpdating: last)
        let size = try file.seekToEnd()
        // Half a record suffices: at its start, the broker drops the record with its batch.
        try file.truncate(atOffset: size - min(size, 10))
        try file.close()
    }

    /// Ends the broker permanently, and deletes its files.
    package func remove() async {
        await kill9()
        try? FileManager.default.removeItem(at: folder)
    }

    private func end(by signal: Int32) async {
        guard let process = process.withLock({ $0 }) else { return }
        process.signal(signal)
        await process.exitStatus()
    }

    private var propertiesFile: URL { folder.appending(path: "server.properties") }

    private var environment: [String: String] {
        ProcessInfo.processInfo.environment.merging([
            "KAFKA_HEAP_OPTS": "-Xmx384m -Xms128m", "LOG_DIR": folder.path(),
        ]) { _, new in new }
    }

    private func run(_ script: String, _ arguments: String...) async throws -> String {
        try await run(script, arguments)
    }

    /// Runs a script to completion without blocking a thread of Swift's pool.
    private func run(_ script: String, _ arguments: [String]) async throws -> String {
        let file = folder.appending(path: "script.log")
        let process = try ChildProcess(
            home.appending(path: "bin").appending(path: script).path(),
            arguments,
            environment: environment,
            output: .file(file),
            errors: .nothing
        )
        let status = await process.exitStatus()
        let text = try String(contentsOf: file, encoding: .utf8)
        guard status == 0 else { throw KafkaBrokerFailure(description: "\(script) failed: \(text)") }
        return text
    }
}

/// The reason for a missing broker.
package struct KafkaBrokerFailure: Error, CustomStringConvertible {
    package let description: String
}
