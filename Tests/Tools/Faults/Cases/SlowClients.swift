import Foundation
import Glibc
import TestSupport

/// Faults of clients that hold connections without using them.
enum SlowClients {
    static let all = [descriptors, slow]

    private static let descriptors = FaultCase(
        name: "F31",
        fault: "256 file descriptors, and clients on every port that need more"
    ) { trial in
        let producer = trial.suite.producer
        try await producer.terminate()
        try await producer.start(from: try executables(descriptors: 256))
        guard let service = producer.service, let grpc = service.grpcPort, let osmand = service.osmandPort else {
            throw FaultsError("location-producer does not listen on every port.")
        }
        guard await producer.metric("process_max_fds") == 256 else {
            throw FaultsError("location-producer does not use its permitted descriptors.")
        }
        let crowds = [service.port, grpc, osmand].map { Crowd(of: 400, at: $0, saying: "") }
        let end = ContinuousClock.now + .seconds(trial.isBrief ? 3 : 15)
        var most = 0
        while .now < end {
            try await trial.acknowledgements(1_000)
            // libdispatch ends a process without free descriptors.
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(service.processID)/fd").count
            guard open < 240 else { throw FaultsError("location-producer uses \(open) of 256 descriptors.") }
            most = max(most, open)
        }
        for crowd in crowds { crowd.leave() }
        trial.note("\(most) taken")
    }

    /// A folder with a location-producer whose hard limit is the given number of descriptors, and whose soft limit is lower.
    private static func executables(descriptors: Int) throws -> URL {
        let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let name = RunningService.Executable.locationProducer.rawValue
        let folder = URL(filePath: ".build/faults/descriptors")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let script = folder.appending(path: name)
        let text = """
            #!/bin/sh
            ulimit -Sn \(descriptors - 56) && ulimit -Hn \(descriptors) && exec '\(own.appending(path: name).path())'
            """
        try text.write(to: script, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path())
        return folder
    }

    private static let slow = FaultCase(
        name: "F32",
        fault: "slow clients: 800 idle, 100 in the middle of a header, 100 in the middle of a body"
    ) { trial in
        let port = trial.suite.producer.address.port ?? 0
        let crowds = [
            Crowd(of: 800, at: port, saying: ""),
            Crowd(of: 100, at: port, saying: "POST /api/locations/batch HTTP/1.1\r\nHost: a\r\nX-"),
            Crowd(of: 100, at: port, saying: "POST /api/locations HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{"),
        ]
        // The service must work as if these clients were absent.
        for _ in 0..<3 { try await trial.acknowledgements(1_000) }
        try await Task.sleep(for: .seconds(trial.isBrief ? 3 : 30))
        for crowd in crowds { crowd.leave() }
    }
}

/// Connections that send the start of a request and then stop.
private struct Crowd {
    private let sockets: [Int32]

    init(of count: Int, at port: Int, saying text: String) {
        sockets = (0..<count).map { _ in
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            _ = send(socket, text, text.utf8.count, Int32(MSG_NOSIGNAL))
            return socket
        }
    }

    func leave() {
        for socket in sockets { close(socket) }
    }
}
