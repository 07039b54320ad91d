internal import Foundation
internal import Glibc
package import Kafka
internal import Synchronization
internal import TestSupport

/// A broker of Apache Kafka as a process of its own, from the distribution that `KAFKA_HOME` names.
package final class KafkaBroker: Sendable {
    /// Whether there is a distribution to start one from.
    package static var isAvailable: Bool { home != nil }

    /// Where it listens.
    package let port: Int
    private let home: URL
    private let folder: URL
    private let process = Mutex<Process?>(nil)

    private static var home: URL? {
        ProcessInfo.processInfo.environment["KAFKA_HOME"].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
    }

    /// Makes the broker's storage and starts it; clients wait for it.
    package init() async throws {
        let ports = (broker: try FreePort.find(), controller: try FreePort.find())
        guard let home = Self.home else { throw KafkaBrokerFailure(description: "KAFKA_HOME is not set") }
        self.home = home
        port = ports.broker
        folder = FileManager.default.temporaryDirectory.appending(path: "kafka-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let properties = """
            process.roles=broker,controller
            node.id=0
            controller.quorum.voters=0@127.0.0.1:\(ports.controller)
            listeners=PLAINTEXT://127.0.0.1:\(ports.broker),CONTROLLER://127.0.0.1:\(ports.controller)
            advertised.listeners=PLAINTEXT://127.0.0.1:\(ports.broker)
            controller.listener.names=CONTROLLER
            log.dirs=\(folder.appending(path: "data").path())
            offsets.topic.replication.factor=1
            offsets.topic.num.partitions=1
            group.initial.rebalance.delay.ms=0
            auto.create.topics.enable=false
            """
        try Data((properties + "\n").utf8).write(to: propertiesFile)
        let id = try await run("kafka-storage.sh", "random-uuid").trimmingCharacters(in: .whitespacesAndNewlines)
        _ = try await run("kafka-storage.sh", "format", "-t", id, "-c", propertiesFile.path())
        try await start()
    }

    /// How it is reached.
    package var configuration: KafkaConfiguration {
        KafkaConfiguration(brokers: "127.0.0.1:\(port)", clientID: "tests")
    }

    /// Starts it, again if it was ended; returns at once, and clients wait for it.
    package func start() async throws {
        let process = Process()
        process.environment = environment
        let log = folder.appending(path: "out.log")
        _ = FileManager.default.createFile(atPath: log.path(), contents: nil)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: log)
        process.standardError = process.standardOutput
        try await ProcessThread.shared.start(
            process,
            home.appending(path: "bin/kafka-server-start.sh"),
            [propertiesFile.path()]
        )
        self.process.withLock { $0 = process }
    }

    /// Ends it without giving it time for anything (`kill -9`).
    package func kill9() async {
        guard let process = process.withLock({ $0 }) else { return }
        kill(process.processIdentifier, SIGKILL)
        while process.isRunning { try? await Task.sleep(for: .milliseconds(2)) }
    }

    /// Ends it for good, and removes what it has stored.
    package func remove() async {
        await kill9()
        try? FileManager.default.removeItem(at: folder)
    }

    private var propertiesFile: URL { folder.appending(path: "server.properties") }

    private var environment: [String: String] {
        ProcessInfo.processInfo.environment.merging([
            "KAFKA_HEAP_OPTS": "-Xmx384m -Xms128m", "LOG_DIR": folder.path(),
        ]) { _, new in new }
    }

    /// Runs a script to its end, without holding up a thread of Swift's pool for so long.
    private func run(_ script: String, _ arguments: String...) async throws -> String {
        let process = Process()
        let file = folder.appending(path: "script.log")
        _ = FileManager.default.createFile(atPath: file.path(), contents: nil)
        process.environment = environment
        process.standardOutput = try FileHandle(forWritingTo: file)
        process.standardError = FileHandle.nullDevice
        try await ProcessThread.shared.start(process, home.appending(path: "bin").appending(path: script), arguments)
        while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        let text = try String(contentsOf: file, encoding: .utf8)
        guard process.terminationStatus == 0 else { throw KafkaBrokerFailure(description: "\(script) failed: \(text)") }
        return text
    }
}

/// Why there is no broker.
package struct KafkaBrokerFailure: Error, CustomStringConvertible {
    package let description: String
}
