import Foundation
import Glibc
import TestSupport

/// Faults of clients that hold connections and do nothing useful with them.
enum SlowClients {
    static let all = [descriptors, slow]

    private static let descriptors = FaultCase(
        name: "F31",
        fault: "256 file descriptors, and clients that want more"
    ) { trial in
        guard let service = trial.suite.producer.service else { return }
        // Of util-linux, for a process that runs already.
        let tool = try ChildProcess("prlimit", ["--pid", String(service.processID), "--nofile=256:256"])
        guard await tool.exitStatus() == 0 else {
            throw Obstacle("This machine does not let a process's limit of descriptors be changed.")
        }
        let crowd = Crowd(of: 400, at: service.port, saying: "")
        try await Task.sleep(for: .seconds(trial.isBrief ? 3 : 15))
        crowd.leave()
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
        // As if they were not there.
        for _ in 0..<3 { try await trial.acknowledgements(1_000) }
        try await Task.sleep(for: .seconds(trial.isBrief ? 3 : 30))
        for crowd in crowds { crowd.leave() }
    }
}

/// Connections that send the beginning of something, and nothing more.
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
